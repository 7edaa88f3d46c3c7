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
}

/// An error after which a test cannot go on.
public struct HarnessError: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
