public import TweetSystem

/// How long the tests wait for what must come: a safety net alone, no test passes because of it.
public enum Patience {
    public static let seconds = 120.0
    /// The same as a span of time.
    public static let span: Duration = .seconds(seconds)
    /// Longer than any run; a date that Foundation can still count to.
    public static let endless = 1e9

    /// The end of a wait that begins now.
    public static var deadline: Instant { .now + span }

    /// Looks again and again, since nobody tells of a change: at a file, or a terminal's screen.
    ///
    /// - Returns: what the body makes of what it sees; nil when the time is over first.
    public static func look<Result>(_ body: () throws -> Result?) rethrows -> Result? {
        let end = deadline
        while true {
            if let result = try body() { return result }
            guard Instant.now < end else { return nil }
            Poll.pause(until: .now + .milliseconds(20))
        }
    }
}

/// An error after which a test cannot go on.
public struct HarnessError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
