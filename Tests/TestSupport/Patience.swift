public import TweetSystem

/// The time limit of every wait in the tests: only a safety net, since no test passes because of it.
public enum Patience {
    public static let seconds = 120.0
    /// The same limit as a `Duration`.
    public static let span: Duration = .seconds(seconds)
    /// A limit in seconds that no run reaches; as a date it is still in Foundation's range.
    public static let endless = 1e9

    /// The end of a wait that begins now.
    public static var deadline: Instant { .now + span }

    /// Polls something that does not announce its changes, such as a file or a terminal's screen.
    ///
    /// - Returns: the first result of the body; nil when the time runs out first.
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
