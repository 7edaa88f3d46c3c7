public import TweetModel

/// The progress of reindexing an older store's hashtags.
public struct ReindexProgress: Sendable {
    /// The sequence up to which the tweets are done.
    public let sequence: SequenceNumber
    /// The sequence of the newest tweet.
    public let newest: SequenceNumber

    public init(sequence: SequenceNumber, newest: SequenceNumber) {
        self.sequence = sequence
        self.newest = newest
    }
}

/// Reindexes the tweets of an older store by the hashtags that this version finds in them.
extension Store {
    /// The approximate number of rows that one transaction changes: at worst 40 MB of pages, some milliseconds of work.
    static let reindexRows = 10_000

    /// Reindexes the next tweets, if any are left; call it until it returns nil.
    ///
    /// Each call is a transaction that also stores the progress. So the write-ahead log stays short however large the
    /// store is, the new index reuses the pages of the former one, and after an interruption the next start continues.
    /// An older program refuses the store as soon as reindexing begins, because the store's version is new.
    ///
    /// - Parameter rows: the approximate number of rows that the transaction changes.
    func reindexMore(rows: Int = Store.reindexRows) throws(SQLiteError) -> ReindexProgress? {
        let isDue = try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'reindexing'") ?? 0
        guard isDue > 0 else { return nil }
        let newest = try database.integer("SELECT max(sequence) FROM tweet") ?? 0
        try database.execute("BEGIN IMMEDIATE")
        let sequence = try reindexTweets(rows: rows)
        try database.execute("UPDATE reindexing SET sequence = \(sequence)")
        // The former indexes shrink at the pace at which the new one grows.
        let removed = try removeFormer(rows: rows)
        if sequence >= newest, removed < rows { try Schema.endReindexing(in: database) }
        try database.execute("COMMIT")
        if needsCheckpoint { try checkpoint() }
        return ReindexProgress(sequence: sequence, newest: newest)
    }

    /// Removes rows of the former indexes.
    ///
    /// - Returns: the number of removed rows; fewer than `rows` once none is left.
    private func removeFormer(rows: Int) throws(SQLiteError) -> Int {
        var removed = 0
        for table in Schema.formerIndexes {
            try database.execute(
                """
                DELETE FROM \(table) WHERE (tag, sequence) IN
                    (SELECT tag, sequence FROM \(table) LIMIT \(rows - removed))
                """)
            removed += database.changes
        }
        return removed
    }

    /// Indexes the next tweets.
    ///
    /// - Returns: the sequence of the last indexed tweet.
    private func reindexTweets(rows: Int) throws(SQLiteError) -> SequenceNumber {
        var sequence = try database.integer("SELECT sequence FROM reindexing") ?? 0
        var tags: [(key: String, sequence: SequenceNumber)] = []
        var rest = rows
        let page = try database.prepare("SELECT sequence, text FROM tweet WHERE sequence > ?1 ORDER BY sequence")
        try page.bind(1, sequence)
        _ = try page.forEachRow { row in
            sequence = row.integer(0)
            let found = TweetText(stored: row.text(1) ?? "").hashtags
            tags += found.map { ($0.key, sequence) }
            rest -= 1 + found.count
            return rest > 0
        }
        for tag in tags { try indexHashtag(tag.key, of: tag.sequence) }
        return sequence
    }
}
