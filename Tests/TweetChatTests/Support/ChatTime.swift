import TweetSystem

/// A number where an instant is meant: milliseconds of a made-up clock, so that scripts of events stay readable.
extension Instant: ExpressibleByIntegerLiteral {
    init(integerLiteral milliseconds: UInt64) {
        self.init(milliseconds: milliseconds)
    }
}
