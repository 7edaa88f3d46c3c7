import TweetModel
public import TweetStore
public import TweetSystem

/// Progress reports while an older store's hashtags are indexed anew: a line a second, and nothing for a store that
/// takes less.
public struct ReindexReports {
    /// The time between two lines.
    static let interval: Duration = .seconds(1)

    private var last: Instant
    private var hasReported = false

    /// - Parameter now: the beginning, after which the first line is an interval away.
    public init(now: Instant) {
        last = now
    }

    /// The line for how far it has come, if one is due.
    public mutating func line(for progress: ReindexProgress, now: Instant) -> String? {
        guard now - last >= Self.interval else { return nil }
        last = now
        hasReported = true
        return "indexing hashtags anew: message \(progress.sequence) of \(progress.newest)"
    }

    /// The line for its end, if anybody was told of its beginning.
    public var endLine: String? { hasReported ? "all hashtags are indexed anew" : nil }
}
