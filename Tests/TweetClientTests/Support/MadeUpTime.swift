import TweetSystem

/// An integer literal as an instant, in milliseconds of a made-up clock, so that scripts of events stay readable.
extension Instant: ExpressibleByIntegerLiteral {
    init(integerLiteral milliseconds: UInt64) {
        self.init(milliseconds: milliseconds)
    }
}
