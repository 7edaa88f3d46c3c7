public import TweetModel

/// The reading side of the store: a connection of its own that sees what is committed.
///
/// Used by the loop's thread. Every query here is bounded by what is asked for, not by what is stored.
public final class StoreReader {
    private let database: Database
    let accounts: AccountQueries
    let messages: MessageQueries
    private let newest: Statement
    private let newestTagged: Statement
    private let start: Statement
    private let startTagged: Statement
    private let page: Statement
    private let pageTagged: Statement
    private let greatest: Statement

    init(path: String) throws(SQLiteError) {
        database = try Database(path: path, readOnly: true)
        let columns = "t.sequence, t.time, t.author, t.text"
        let tagged = "hashtag AS h JOIN tweet AS t ON t.sequence = h.sequence WHERE h.tag = ?3"
        newest = try database.prepare(
            "SELECT \(columns) FROM tweet AS t WHERE t.sequence > ?1 ORDER BY t.sequence DESC LIMIT 1")
        newestTagged = try database.prepare(
            "SELECT \(columns) FROM \(tagged) ORDER BY h.sequence DESC LIMIT 1")
        start = try database.prepare(
            "SELECT sequence FROM tweet WHERE sequence > ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2")
        startTagged = try database.prepare(
            "SELECT sequence FROM hashtag WHERE tag = ?3 AND sequence > ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2")
        page = try database.prepare(
            """
            SELECT \(columns) FROM tweet AS t WHERE t.sequence > ?1 ORDER BY t.sequence LIMIT ?2
            """)
        pageTagged = try database.prepare(
            """
            SELECT \(columns) FROM \(tagged) AND h.sequence > ?1 ORDER BY h.sequence LIMIT ?2
            """)
        greatest = try database.prepare("SELECT coalesce(max(sequence), 0) FROM tweet")
        accounts = try AccountQueries(database)
        messages = try MessageQueries(database)
    }

    /// The newest tweet of a hashtag, of any session.
    public func newest(of tag: Hashtag) throws(SQLiteError) -> Tweet? {
        try newestTagged.bind(3, tag.key)
        return try newestTagged.first { Tweet($0) }
    }

    /// The newest tweet behind a sequence.
    func newest(after floor: SequenceNumber) throws(SQLiteError) -> Tweet? {
        try newest.bind(1, floor)
        return try newest.first { Tweet($0) }
    }

    /// The greatest sequence of any tweet; 0 when there is none.
    public func newestTweetSequence() throws(SQLiteError) -> SequenceNumber {
        try greatest.first { $0.integer(0) } ?? 0
    }

    /// Stands before the newest `count` tweets behind `floor`, so that they can be read oldest first.
    public func cursor(
        newest count: Int, after floor: SequenceNumber, of tag: Hashtag?
    ) throws(SQLiteError) -> TweetCursor {
        let statement = tag == nil ? start : startTagged
        try statement.bind(1, floor)
        try statement.bind(2, Int64(count - 1))
        if let tag { try statement.bind(3, tag.key) }
        let first = try statement.first { $0.integer(0) }
        return TweetCursor(tag: tag, position: first.map { $0 - 1 } ?? floor, remaining: count)
    }

    /// Reads tweets and moves the cursor behind each, until the body has had enough.
    ///
    /// - Parameter body: takes a tweet and says whether it wants another.
    public func read(_ cursor: inout TweetCursor, _ body: (Tweet) -> Bool) throws(SQLiteError) {
        let statement = cursor.tag == nil ? page : pageTagged
        try statement.bind(1, cursor.position)
        try statement.bind(2, Int64(cursor.remaining))
        if let tag = cursor.tag { try statement.bind(3, tag.key) }
        var position = cursor.position
        var remaining = cursor.remaining
        let wasStopped = try !statement.forEachRow { row in
            let tweet = Tweet(row)
            position = tweet.sequence
            remaining -= 1
            return body(tweet) && remaining > 0
        }
        cursor.position = position
        cursor.remaining = wasStopped ? remaining : 0
    }

    // MARK: Sessions

    /// The newest session, and where its last message stands.
    func newestSession() throws(SQLiteError) -> Session? {
        let statement = try database.prepare("SELECT number, sequence FROM session ORDER BY number DESC LIMIT 1")
        guard let (number, opened) = try statement.first({ (Int($0.integer(0)), $0.integer(1)) }) else { return nil }
        let reset = try database.integer("SELECT max(sequence) FROM reset") ?? 0
        let floor = max(opened, reset)
        return Session(
            number: number, floor: floor, lastMessage: try newest(after: floor).map(LastMessage.tweet) ?? .empty)
    }
}

/// A place among the tweets from which they are read on, oldest first.
public struct TweetCursor: Sendable {
    let tag: Hashtag?
    /// The tweets after this one come next.
    var position: SequenceNumber
    /// So many more at most: uploads during a long answer do not make it longer.
    var remaining: Int

    public var isAtEnd: Bool { remaining == 0 }

    /// The same place, and all that comes behind it.
    public var toTheEnd: TweetCursor { TweetCursor(tag: tag, position: position, remaining: .max) }

    init(tag: Hashtag?, position: SequenceNumber, remaining: Int) {
        self.tag = tag
        self.position = position
        self.remaining = remaining
    }

    /// Stands behind a sequence.
    public init(after sequence: SequenceNumber, of tag: Hashtag?, atMost count: Int) {
        self.init(tag: tag, position: sequence, remaining: count)
    }
}

/// One run of the server, as the store knows it.
public struct Session: Sendable {
    public let number: Int
    /// The entry that made the last message empty: the session's opening, or a later reset.
    public var floor: SequenceNumber
    public var lastMessage: LastMessage
}
