public import TweetSystem

/// The attempts to reach a server since it last worked: the pause before the next one, and whether the host was found.
///
/// Both clients share it. It has no clock and no socket.
public struct ConnectAttempts: Sendable {
    private let firstPause: Duration
    private let longestPause: Duration
    private var nextPause: Duration
    /// The span for which the next pause lasts at least, since the server has asked for it.
    private var requested = Duration.zero
    /// Whether the host was ever resolved: from then on a resolver's failure is temporary.
    private var hasFoundHost = false

    /// - Parameters:
    ///   - firstPause: the pause after the first break; each later one is twice as long.
    ///   - longestPause: the longest pause.
    public init(firstPause: Duration, longestPause: Duration) {
        self.firstPause = firstPause
        self.longestPause = longestPause
        nextPause = firstPause
    }

    public mutating func connected() { hasFoundHost = true }

    public mutating func failed(_ failure: ConnectFailure) {
        if failure.kind == .connect { hasFoundHost = true }
    }

    /// Whether retrying cannot help: an unknown host is probably misspelled.
    public func isHopeless(_ failure: ConnectFailure) -> Bool {
        failure.kind == .trust || failure.kind == .unknownHost && !hasFoundHost
    }

    /// Makes the next pause at least as long as a span.
    public mutating func comeBack(after span: Duration) { requested = span }

    /// Begins a pause and returns its end.
    ///
    /// A pause of our own is no longer than half of the remaining time, so that a server that comes back shortly before
    /// the limit is found.
    public mutating func pause(at now: Instant, until limit: Instant) -> Instant {
        defer {
            nextPause = min(nextPause * 2, longestPause)
            requested = .zero
        }
        return min(limit, max(now + requested, shortened(now + nextPause, at: now, until: limit)))
    }

    /// The end of a pause that has begun, once there is a limit.
    public func shortened(_ end: Instant, at now: Instant, until limit: Instant) -> Instant {
        let half = max(Duration.milliseconds((limit - now).inMilliseconds / 2), firstPause)
        return min(end, now + half, limit)
    }

    /// Starts again with the first pause, since the server works.
    public mutating func succeeded() { nextPause = firstPause }
}
