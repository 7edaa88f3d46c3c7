import TweetModel
import TweetStore
import TweetSystem
import TweetWire

/// The times that count as fresh for a download: not older than its maximum age, and not ahead of the server's clock.
///
/// After a clock was set back, some tweets have times in the future. Their age is unknown, so they are not fresh.
struct Freshness {
    private let times: ClosedRange<Timestamp>

    /// - Parameters:
    ///   - maxAge: the greatest age in milliseconds; not negative.
    ///   - now: the current time of the server's clock.
    init(maxAge: Int64, at now: Timestamp) {
        let latest = now.adding(milliseconds: ServerLimits.clockTolerance.inMilliseconds)
        times = now.subtracting(milliseconds: maxAge)...latest
    }

    func includes(_ tweet: Tweet) -> Bool { times.contains(tweet.time) }
}

/// The newest fresh tweets of a download: the one rule for a single tweet and for a list, whose shortest is the single.
///
/// Of the newest 1,000 tweets the fresh ones count, whatever lies between them, and of those the newest.
struct FreshTweets {
    private let freshness: Freshness
    private let tags: [Hashtag]
    private let floor: SequenceNumber
    private let count: Int
    /// The number of the newest tweets that the search covers: only if these do not suffice, it covers more.
    private var window: Int
    private var cursor: TweetCursor
    private var rows = 0
    /// The sequences of the fresh tweets found, oldest first.
    private var found: [SequenceNumber] = []
    private var isSearching = true
    /// The newest fresh tweet, once it was read.
    private(set) var newest: Tweet?

    /// - Parameters:
    ///   - count: the most tweets wanted.
    ///   - floor: the sequence after which tweets count.
    init(
        _ freshness: Freshness, newest count: Int, of tags: [Hashtag], after floor: SequenceNumber,
        in reader: StoreReader
    ) throws(SQLiteError) {
        self.freshness = freshness
        self.tags = tags
        self.floor = floor
        self.count = count
        window = count
        cursor = try reader.cursor(newest: count, after: floor, of: tags)
    }

    /// Reads the next rows.
    ///
    /// - Parameters:
    ///   - lookUps: the number of rows to read.
    ///   - body: takes a fresh tweet and returns whether it wants another now.
    /// - Returns: whether all were read.
    mutating func read(
        from reader: StoreReader, atMost lookUps: Int, _ body: (Tweet) -> Bool
    ) throws(SQLiteError) -> Bool {
        if isSearching {
            try search(reader, lookUps)
            return !isSearching && found.isEmpty
        }
        guard let last = found.last else { return true }
        var newest: Tweet?
        try reader.read(&cursor, atMost: lookUps) { tweet in
            // Tweets that came after the search do not count.
            guard tweet.sequence <= last else { return false }
            newest = tweet
            return freshness.includes(tweet) ? body(tweet) : true
        }
        if let newest { self.newest = newest }
        return cursor.isAtEnd || newest.map { $0.sequence >= last } ?? true
    }

    private mutating func search(_ reader: StoreReader, _ lookUps: Int) throws(SQLiteError) {
        var (rows, found) = (rows, found)
        try reader.read(&cursor, atMost: lookUps) { tweet in
            rows += 1
            if freshness.includes(tweet) { found.append(tweet.sequence) }
            return true
        }
        (self.rows, self.found) = (rows, found)
        guard cursor.isAtEnd else { return }
        if found.count < count, rows >= window, window < WireLimits.downloadCount {
            window = WireLimits.downloadCount
            (self.rows, self.found) = (0, [])
            cursor = try reader.cursor(newest: window, after: floor, of: tags)
            return
        }
        isSearching = false
        self.found = found.suffix(count)
        guard let first = self.found.first else { return }
        cursor = TweetCursor(after: first - 1, of: tags, atMost: WireLimits.downloadCount)
    }
}
