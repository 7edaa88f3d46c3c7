import TweetModel

/// The statements that read a tail from the store.
struct TailQueries {
    private let indexed: Statement
    private let behind: Statement

    init(_ database: Database) throws(SQLiteError) {
        indexed = try database.prepare("SELECT sequence FROM indexed")
        behind = try database.prepare("SELECT sequence, text FROM tweet WHERE sequence > ?1 ORDER BY sequence")
    }

    /// Reads a whole tail.
    func read() throws(SQLiteError) -> HashtagTail {
        var tail = HashtagTail(behind: try indexedSequence())
        try extend(&tail)
        return tail
    }

    /// The sequence up to which the index has the tweets.
    func indexedSequence() throws(SQLiteError) -> SequenceNumber { try indexed.first { $0.integer(0) } ?? 0 }

    /// Adds the tweets that are in the store but not yet in the tail.
    func extend(_ tail: inout HashtagTail) throws(SQLiteError) {
        try behind.bind(1, tail.end)
        _ = try behind.forEachRow { row in
            tail.add(TweetText(stored: row.text(1) ?? ""), at: row.integer(0))
            return true
        }
    }
}
