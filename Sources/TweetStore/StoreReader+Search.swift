public import TweetModel

/// A place in the results of a search from which it continues, newest first.
public struct SearchCursor: Sendable {
    let query: SearchQuery
    /// Tweets before this sequence are still to be looked at.
    fileprivate(set) var before: SequenceNumber
    /// The most tweets still to find.
    fileprivate(set) var remaining: Int

    public var isAtEnd: Bool { remaining == 0 }

    public init(_ query: SearchQuery, before sequence: SequenceNumber = .max, atMost count: Int) {
        self.query = query
        before = sequence
        remaining = count
    }
}

/// Searches tweets for words.
extension StoreReader {
    /// Sequences that one look into the index covers: a search for frequent words that no tweet has together must not
    /// keep the loop.
    static let searchedAtOnce: SequenceNumber = 16_384

    /// Finds tweets and moves the cursor past each, until the body stops or the look-ups are used up: first among those
    /// that the index does not have yet, which are looked at one by one, then in the index.
    ///
    /// - Parameters:
    ///   - lookUps: the approximate number of rows to read; each call makes progress, however few they are.
    ///   - body: takes a tweet and returns whether it wants another.
    public func read(
        _ cursor: inout SearchCursor, atMost lookUps: Int, _ body: (Tweet) -> Bool
    ) throws(SQLiteError) {
        let indexed = try search.end.first { $0.integer(0) } ?? 0
        var rest = lookUps
        var wasStopped = false
        var (before, remaining) = (cursor.before, cursor.remaining)
        defer { (cursor.before, cursor.remaining) = (before, remaining) }
        /// - Returns: whether the body wants another tweet.
        func take(_ tweet: Tweet) -> Bool {
            before = tweet.sequence
            rest -= 1
            if cursor.query.finds(tweet.text.string) {
                remaining -= 1
                wasStopped = !body(tweet)
            }
            return !wasStopped && remaining > 0 && rest > 0
        }
        if before.subtractingSaturated(1) > indexed {
            try search.tail.bind(1, indexed)
            try search.tail.bind(2, before)
            guard try search.tail.forEachRow({ take(Tweet($0)) }) else { return }
            before = indexed.addingSaturated(1)
        }
        while !wasStopped, remaining > 0, rest > 0 {
            // Sequences may have gaps of any size.
            guard let newest = try newestSequence(before: before) else {
                remaining = 0
                return
            }
            before = newest.addingSaturated(1)
            let floor = max(before.subtractingSaturated(Self.searchedAtOnce), 0)
            try search.find.bind(1, cursor.query.match)
            try search.find.bind(2, floor)
            try search.find.bind(3, before)
            // A row of the index stays behind for a tweet whose words were made by another version; it has no tweet then.
            if try search.find.forEachRow({ take(Tweet($0)) }) { before = floor }
            // A look into the index costs about as much as some rows.
            rest -= Self.workOfLook
        }
    }

    private static let workOfLook = 8

    private func newestSequence(before sequence: SequenceNumber) throws(SQLiteError) -> SequenceNumber? {
        try search.older.bind(1, sequence)
        return try search.older.first { $0.integer(0) }
    }
}

extension SearchQuery {
    /// The terms in FTS5's language: each is quoted, so that nothing in it is a part of that language.
    fileprivate var match: String {
        terms.map { "\"" + $0.replacingQuotes + "\"" }.joined(separator: " AND ")
    }
}

extension String {
    /// The string with each quote doubled.
    ///
    /// No term has one; safety must not depend on that.
    fileprivate var replacingQuotes: String {
        split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    }
}

/// The statements that search.
struct SearchQueries {
    fileprivate let end: Statement
    fileprivate let tail: Statement
    fileprivate let find: Statement
    fileprivate let older: Statement

    init(_ database: Database) throws(SQLiteError) {
        end = try database.prepare("SELECT sequence FROM search")
        tail = try database.prepare(
            """
            SELECT \(Tweet.columns) FROM tweet AS t WHERE t.sequence > ?1 AND t.sequence < ?2
            ORDER BY t.sequence DESC
            """)
        find = try database.prepare(
            """
            SELECT \(Tweet.columns) FROM tweet_word AS w JOIN tweet AS t ON t.sequence = w.rowid
            WHERE w.tweet_word MATCH ?1 AND w.rowid >= ?2 AND w.rowid < ?3 ORDER BY w.rowid DESC
            """)
        older = try database.prepare(
            "SELECT sequence FROM tweet WHERE sequence < ?1 AND sequence > 0 ORDER BY sequence DESC LIMIT 1")
    }
}
