import TweetModel
public import TweetStore
public import TweetSystem

/// Progress reports while an older store's hashtags are reindexed: one line a second, and none if it takes less.
public struct ReindexReports {
    /// The time between two reports.
    static let interval: Duration = .seconds(1)

    private var last: Instant
    private var hasReported = false

    /// - Parameter now: the start time; the first line is due one interval later.
    public init(now: Instant) {
        last = now
    }

    /// The line that reports the progress, if one is due.
    public mutating func line(for progress: ReindexProgress, now: Instant) -> String? {
        guard now - last >= Self.interval else { return nil }
        last = now
        hasReported = true
        return "indexing hashtags anew: message \(progress.sequence) of \(progress.newest)"
    }

    /// The line that reports the end; nil if no progress was reported.
    public var endLine: String? { hasReported ? "all hashtags are indexed anew" : nil }
}
