public import TweetModel

/// Reads the known hashtags.
extension StoreReader {
    /// The next hashtag in the order of the keys, and the sequence of its newest tweet; nil after the last one.
    ///
    /// It takes two index seeks, however often a hashtag was used.
    public func hashtag(after key: String) throws(SQLiteError) -> (key: String, newest: SequenceNumber)? {
        try catchUp()
        try hashtags.next.bind(1, key)
        let indexed = try hashtags.next.first { (key: $0.text(0) ?? "", newest: $0.integer(1)) }
        let recent = tail.key(after: key)
        guard let next = [indexed?.key, recent].compactMap({ $0 }).min(by: { $0.precedes($1) }) else { return nil }
        return (next, tail.newest(of: next) ?? indexed?.newest ?? 0)
    }

    /// Counts the tweets of a hashtag in order, and returns the sequence that it has reached.
    ///
    /// - Parameters:
    ///   - key: the hashtag's key.
    ///   - floor: counts tweets after this sequence.
    ///   - newest: counts tweets up to this sequence.
    ///   - limit: the most rows to read.
    public func countTweets(
        of key: String, after floor: SequenceNumber, through newest: SequenceNumber, atMost limit: Int
    ) throws(SQLiteError) -> (count: Int, through: SequenceNumber) {
        try catchUp()
        try hashtags.count.bind(1, key)
        try hashtags.count.bind(2, floor)
        try hashtags.count.bind(3, min(newest, tail.start))
        try hashtags.count.bind(4, Int64(limit))
        let counted = try hashtags.count.first { (count: Int($0.integer(0)), last: $0.integer(1)) }
        if let counted, counted.count == limit { return (counted.count, counted.last) }
        let indexed = counted?.count ?? 0
        let recent = tail.sequences(of: key, after: max(floor, tail.start)).prefix { $0 <= newest }
        guard recent.count >= limit - indexed else { return (indexed + recent.count, newest) }
        return (limit, recent[recent.startIndex + limit - indexed - 1])
    }

    /// The newest tweet of a hashtag's key.
    public func newestTweet(of key: String) throws(SQLiteError) -> Tweet? {
        try newest(ofKeys: [key])
    }

    /// A tweet by its sequence.
    public func tweet(_ sequence: SequenceNumber) throws(SQLiteError) -> Tweet? {
        try hashtags.tweet.bind(1, sequence)
        return try hashtags.tweet.first { Tweet($0) }
    }
}

/// The statements that read hashtags.
struct HashtagQueries {
    fileprivate let next: Statement
    fileprivate let count: Statement
    fileprivate let tweet: Statement

    static let nextSQL = """
        SELECT tag, (SELECT max(sequence) FROM hashtag WHERE tag = h.tag) FROM hashtag AS h
        WHERE tag > ?1 ORDER BY tag LIMIT 1
        """
    static let countSQL = """
        SELECT count(*), max(sequence) FROM (
            SELECT sequence FROM hashtag WHERE tag = ?1 AND sequence > ?2 AND sequence <= ?3
            ORDER BY sequence LIMIT ?4)
        """

    init(_ database: Database) throws(SQLiteError) {
        next = try database.prepare(Self.nextSQL)
        count = try database.prepare(Self.countSQL)
        tweet = try database.prepare("SELECT \(Tweet.columns) FROM tweet AS t WHERE t.sequence = ?1")
    }
}
