import TweetSystem

/// The random time by which a client comes back later than a server has asked for.
///
/// Without it, a thousand clients that were refused at the same instant come back at the same instant.
public struct Jitter: Sendable {
    /// Clients that are asked to come back soon are spread over so much time, others over a quarter of their pause.
    private static let least: Duration = .milliseconds(50)

    private let random: @Sendable (ClosedRange<Int64>) -> Int64

    /// - Parameter random: returns a random number in a range.
    public init(random: @escaping @Sendable (ClosedRange<Int64>) -> Int64) {
        self.random = random
    }

    /// Jitter from the system's random numbers.
    public static let system = Jitter { Int64.random(in: $0) }

    /// Extends a span that a server has asked for.
    ///
    /// - Parameter time: the time that is left, at least as long as the span; half of what is left after the span stays
    ///   for the request.
    public func extend(_ span: Duration, within time: Duration) -> Duration {
        let most = min(max(span / 4, Self.least).inMilliseconds, (time - span).inMilliseconds / 2)
        return span + .milliseconds(random(0...max(0, most)))
    }
}
