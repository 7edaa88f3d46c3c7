import TweetModel
public import TweetStore

/// Progress reports while an older store's hashtags are indexed anew: a line a second, and nothing for a store that
/// takes less.
public struct ReindexReports {
    /// Milliseconds between two lines.
    static let interval: UInt64 = 1000

    private var last: UInt64
    private var hasReported = false

    /// - Parameter now: milliseconds of a clock that never goes back.
    public init(now: UInt64) {
        last = now
    }

    /// The line for how far it has come, if one is due.
    public mutating func line(for progress: ReindexProgress, now: UInt64) -> String? {
        guard now - last >= Self.interval else { return nil }
        last = now
        hasReported = true
        return "indexing hashtags anew: message \(progress.sequence) of \(progress.newest)"
    }

    /// The line for its end, if anybody was told of its beginning.
    public var endLine: String? { hasReported ? "all hashtags are indexed anew" : nil }
}
