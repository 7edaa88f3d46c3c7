public import TweetSystem

/// How long something is tried.
public enum TimeLimit: Hashable, Sendable {
    /// All tries end at a moment.
    case until(Instant, since: Instant)
    /// New tries begin until a moment, whatever keeps a server from doing what it is asked; each has so much time.
    case retry(until: Instant, each: Duration, since: Instant)

    /// The beginning of the run.
    var runBegan: Instant {
        switch self {
        case .until(_, let start), .retry(_, _, let start): start
        }
    }

    /// The end of the retry window: no new try begins after it.
    var retryEnd: Instant {
        switch self {
        case .until(let moment, _), .retry(let moment, _, _): moment
        }
    }

    /// When a try ends that begins now.
    func deadline(ofTryAt now: Instant) -> Instant {
        switch self {
        case .until(let moment, _): moment
        case .retry(_, let each, _): now + each
        }
    }

    /// Whether something is tried again that was not even begun.
    var isRetry: Bool { if case .retry = self { true } else { false } }
}
