public import TweetSystem

/// The attempts to reach a server since it last worked: the pause before the next one, and whether the host was found.
///
/// Both clients share it. It has no clock and no socket.
public struct ConnectAttempts: Sendable {
    private let firstPause: Duration
    private let longestPause: Duration
    private var nextPause: Duration
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

    /// Begins a pause and returns its end.
    ///
    /// No pause is longer than half of the remaining time, so that a server that comes back shortly before the limit is
    /// found.
    public mutating func pause(at now: Instant, until limit: Instant) -> Instant {
        defer { nextPause = min(nextPause * 2, longestPause) }
        return shortened(now + nextPause, at: now, until: limit)
    }

    /// The end of a pause that has begun, once there is a limit.
    public func shortened(_ end: Instant, at now: Instant, until limit: Instant) -> Instant {
        let half = max(Duration.milliseconds((limit - now).inMilliseconds / 2), firstPause)
        return min(end, now + half, limit)
    }

    /// Starts again with the first pause, since the server works.
    public mutating func succeeded() { nextPause = firstPause }
}
