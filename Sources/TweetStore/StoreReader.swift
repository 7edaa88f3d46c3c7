public import TweetModel

/// The reading side of the store: a connection of its own that sees what is committed.
///
/// Used by the loop's thread. Every query here is bounded by what is asked for, not by what is stored.
public final class StoreReader {
    private let database: Database
    let accounts: AccountQueries
    let messages: MessageQueries
    let hashtags: HashtagQueries
    private let newest: Statement
    private let newestTagged: Statement
    private let start: Statement
    private let startTagged: Statement
    private let page: Statement
    private let pageTagged: Statement
    private let exact: Statement
    private let older: Statement
    private let newer: Statement
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
        exact = try database.prepare("SELECT \(columns) FROM tweet AS t WHERE t.sequence = ?1")
        older = try database.prepare("SELECT max(sequence) FROM hashtag WHERE tag = ?3 AND sequence < ?1")
        newer = try database.prepare("SELECT min(sequence) FROM hashtag WHERE tag = ?3 AND sequence > ?1")
        greatest = try database.prepare("SELECT coalesce(max(sequence), 0) FROM tweet")
        accounts = try AccountQueries(database)
        messages = try MessageQueries(database)
        hashtags = try HashtagQueries(database)
    }

    /// Closes the file; nothing is read any more.
    func close() {
        database.close()
    }

    /// The newest tweet of any of some hashtags, at least one, of any session.
    public func newest(of tags: [Hashtag]) throws(SQLiteError) -> Tweet? {
        var newest: Tweet?
        for tag in tags {
            try newestTagged.bind(3, tag.key)
            guard let tweet = try newestTagged.first({ Tweet($0) }) else { continue }
            if tweet.sequence > newest?.sequence ?? 0 { newest = tweet }
        }
        return newest
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
    ///
    /// - Parameter tags: empty for all tweets.
    public func cursor(
        newest count: Int, after floor: SequenceNumber, of tags: [Hashtag]
    ) throws(SQLiteError) -> TweetCursor {
        if tags.count > 1 {
            var merge = try merge(of: tags, .older, from: .max)
            var first: SequenceNumber?
            for _ in 0..<count {
                guard let sequence = try merge.next(), sequence > floor else { break }
                first = sequence
            }
            return TweetCursor(tags: tags, position: first.map { $0 - 1 } ?? floor, remaining: count)
        }
        let statement = tags.isEmpty ? start : startTagged
        try statement.bind(1, floor)
        try statement.bind(2, Int64(count - 1))
        if let tag = tags.first { try statement.bind(3, tag.key) }
        let first = try statement.first { $0.integer(0) }
        return TweetCursor(tags: tags, position: first.map { $0 - 1 } ?? floor, remaining: count)
    }

    /// Reads tweets and moves the cursor behind each, until the body has had enough.
    ///
    /// - Parameter body: takes a tweet and says whether it wants another.
    public func read(_ cursor: inout TweetCursor, _ body: (Tweet) -> Bool) throws(SQLiteError) {
        if cursor.tags.count > 1 { return try readMerged(&cursor, body) }
        let statement = cursor.tags.isEmpty ? page : pageTagged
        try statement.bind(1, cursor.position)
        try statement.bind(2, Int64(cursor.remaining))
        if let tag = cursor.tags.first { try statement.bind(3, tag.key) }
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

    private func readMerged(_ cursor: inout TweetCursor, _ body: (Tweet) -> Bool) throws(SQLiteError) {
        var merge = try merge(of: cursor.tags, .newer, from: cursor.position)
        while cursor.remaining > 0 {
            guard let sequence = try merge.next() else {
                cursor.remaining = 0
                return
            }
            cursor.position = sequence
            try exact.bind(1, sequence)
            guard let tweet = try exact.first({ Tweet($0) }) else { continue }
            cursor.remaining -= 1
            if !body(tweet) { return }
        }
    }

    private func merge(
        of tags: [Hashtag], _ direction: HashtagMerge.Direction, from sequence: SequenceNumber
    ) throws(SQLiteError) -> HashtagMerge {
        let statement = direction == .older ? older : newer
        return try HashtagMerge(tags, direction, from: sequence) { (tag, sequence) throws(SQLiteError) in
            try statement.bind(1, sequence)
            try statement.bind(3, tag.key)
            return try statement.first { $0.optionalInteger(0) } ?? nil
        }
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
    /// Of any of these; empty for all tweets.
    let tags: [Hashtag]
    /// The tweets after this one come next.
    var position: SequenceNumber
    /// At most this many more: uploads during a long answer do not make it longer.
    var remaining: Int

    public var isAtEnd: Bool { remaining == 0 }

    /// The same place, and all that comes behind it.
    public var toTheEnd: TweetCursor { TweetCursor(tags: tags, position: position, remaining: .max) }

    init(tags: [Hashtag], position: SequenceNumber, remaining: Int) {
        self.tags = tags
        self.position = position
        self.remaining = remaining
    }

    /// Stands behind a sequence.
    public init(after sequence: SequenceNumber, of tags: [Hashtag], atMost count: Int) {
        self.init(tags: tags, position: sequence, remaining: count)
    }
}

/// One run of the server, as the store knows it.
public struct Session: Sendable {
    public let number: Int
    /// The entry that made the last message empty: the session's opening, or a later reset.
    public var floor: SequenceNumber
    public var lastMessage: LastMessage
}
