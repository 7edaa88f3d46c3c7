public import TweetSystem

/// The time limit for an operation.
public enum TimeLimit: Hashable, Sendable {
    /// All attempts end at a moment.
    case until(Instant, since: Instant)
    /// New attempts begin until a moment, whatever the cause of the failures; each has its own time limit.
    case retry(until: Instant, each: Duration, since: Instant)

    /// The beginning of the run.
    var runBegan: Instant {
        switch self {
        case .until(_, let start), .retry(_, _, let start): start
        }
    }

    /// The end of the retry window: no new attempt begins after it.
    var retryEnd: Instant {
        switch self {
        case .until(let moment, _), .retry(let moment, _, _): moment
        }
    }

    /// The end of an attempt that begins now.
    func deadline(ofTryAt now: Instant) -> Instant {
        switch self {
        case .until(let moment, _): moment
        case .retry(_, let each, _): now + each
        }
    }

    /// Whether to retry even if the operation could not begin.
    var isRetry: Bool { if case .retry = self { true } else { false } }
}
