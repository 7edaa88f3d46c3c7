public import TweetJournal
public import TweetModel

/// The reading side of the store: a separate connection that sees committed data.
///
/// Used by the loop's thread. The cost of every query depends on what is asked for, not on the size of the store.
public final class StoreReader {
    let database: Database
    let accounts: AccountQueries
    let messages: MessageQueries
    let hashtags: HashtagQueries
    let tokens: TokenQueries
    let search: SearchQueries
    private let tailQueries: TailQueries
    /// The hashtags of tweets that the index does not have yet; updated before each query about a hashtag.
    var tail: HashtagTail
    private let newest: Statement
    private let start: Statement
    private let startTagged: Statement
    private let page: Statement
    private let pageTagged: Statement
    private let older: Statement
    private let newer: Statement
    private let greatest: Statement
    private let latest: Statement

    init(path: String) throws(SQLiteError) {
        database = try Database(path: path, readOnly: true)
        let columns = Tweet.columns
        // Rows after ?4 are ignored: the tail has them.
        let indexed = "FROM hashtag WHERE tag = ?3 AND sequence <= ?4"
        newest = try database.prepare(
            """
            SELECT \(columns) FROM tweet AS t WHERE t.sequence > ?1 AND t.sequence <= ?2
            ORDER BY t.sequence DESC LIMIT 1
            """)
        start = try database.prepare(
            "SELECT sequence FROM tweet WHERE sequence > ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2")
        startTagged = try database.prepare(
            "SELECT sequence \(indexed) AND sequence > ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2")
        page = try database.prepare(
            """
            SELECT \(columns) FROM tweet AS t WHERE t.sequence > ?1 ORDER BY t.sequence LIMIT ?2
            """)
        pageTagged = try database.prepare(
            """
            SELECT \(columns) FROM hashtag AS h JOIN tweet AS t ON t.sequence = h.sequence
            WHERE h.tag = ?3 AND h.sequence > ?1 AND h.sequence <= ?4 ORDER BY h.sequence LIMIT ?2
            """)
        older = try database.prepare("SELECT max(sequence) \(indexed) AND sequence < ?1")
        newer = try database.prepare("SELECT min(sequence) \(indexed) AND sequence > ?1")
        greatest = try database.prepare("SELECT coalesce(max(sequence), 0) FROM tweet")
        latest = try database.prepare("SELECT position FROM latest")
        accounts = try AccountQueries(database)
        messages = try MessageQueries(database)
        hashtags = try HashtagQueries(database)
        tokens = try TokenQueries(database)
        search = try SearchQueries(database)
        tailQueries = try TailQueries(database)
        tail = try tailQueries.read()
        // The loop never waits for a lock: a request that meets one is refused, and all others continue.
        database.waitForLocks(atMost: .zero)
    }

    /// Closes the file; nothing may be read afterwards.
    func close() {
        database.close()
    }

    /// The newest tweet of any of the hashtags, of which there must be at least one, from any session.
    public func newest(of tags: [Hashtag]) throws(SQLiteError) -> Tweet? {
        try newest(ofKeys: tags.map(\.key))
    }

    func newest(ofKeys keys: [String]) throws(SQLiteError) -> Tweet? {
        try catchUp()
        var limit = SequenceNumber.max
        while true {
            var newest: SequenceNumber?
            for key in keys {
                guard let sequence = try lookUp(key, .older, limit) else { continue }
                newest = max(newest ?? 0, sequence)
            }
            guard let newest else { return nil }
            if let tweet = try tweet(newest) { return tweet }
            // The tail still has a tweet that was pruned a moment ago.
            limit = newest
        }
    }

    // MARK: The tail

    /// Notes a tweet that was committed, so that no query has to read it first.
    ///
    /// All tweets are noted in their order: one behind another that was left out would hide it.
    public func note(_ text: TweetText, at sequence: SequenceNumber) {
        tail.add(text, at: sequence)
        // Where that fails the next query says so.
        try? shortenTail()
    }

    /// Notes tweets that were pruned, which the tail may still have.
    public func notePruned(_ tweets: [PrunedRows.PrunedTweet]) {
        for tweet in tweets { tail.remove(tweet.keys, of: tweet.sequence) }
    }

    /// Adds new tweets of the store to the tail.
    func catchUp() throws(SQLiteError) {
        try shortenTail()
        try tailQueries.extend(&tail)
    }

    /// Drops tweets that the index has from a tail that is long.
    private func shortenTail() throws(SQLiteError) {
        if tail.isLong { tail.drop(through: try tailQueries.indexedSequence()) }
    }

    /// The newest tweet after a sequence, up to another one.
    public func newest(
        after floor: SequenceNumber, through end: SequenceNumber = .max
    ) throws(SQLiteError) -> Tweet? {
        try newest.bind(1, floor)
        try newest.bind(2, end)
        return try newest.first { Tweet($0) }
    }

    /// The greatest sequence of any tweet; 0 if there is none.
    public func newestTweetSequence() throws(SQLiteError) -> SequenceNumber {
        try greatest.first { $0.integer(0) } ?? 0
    }

    /// The sequence of the last entry of any kind; 0 if there is none.
    public func lastSequence() throws(SQLiteError) -> SequenceNumber { try Schema.lastSequence(of: database) }

    /// The position of the newest entry that has removed or changed rows: of all such entries up to it, every query from
    /// now on sees the effects.
    public func position() throws(SQLiteError) -> JournalPosition {
        JournalPosition(try latest.first { $0.integer(0) } ?? 0)
    }

    /// Returns a cursor before the newest `count` tweets after `floor`, so that they can be read oldest first.
    ///
    /// - Parameter tags: empty for all tweets.
    public func cursor(
        newest count: Int, after floor: SequenceNumber, of tags: [Hashtag]
    ) throws(SQLiteError) -> TweetCursor {
        if tags.count > 1 { return TweetCursor(tags: tags, newest: count, after: floor) }
        let first: SequenceNumber? =
            if let tag = tags.first {
                try start(of: tag, newest: count, after: floor)
            } else {
                try start(newest: count, after: floor)
            }
        return TweetCursor(tags: tags, position: first.map { $0.subtractingSaturated(1) } ?? floor, remaining: count)
    }

    /// The sequence of the oldest of the newest `count` tweets after `floor`; nil if there are fewer.
    private func start(newest count: Int, after floor: SequenceNumber) throws(SQLiteError) -> SequenceNumber? {
        try start.bind(1, floor)
        try start.bind(2, Int64(count - 1))
        return try start.first { $0.integer(0) }
    }

    private func start(
        of tag: Hashtag, newest count: Int, after floor: SequenceNumber
    ) throws(SQLiteError) -> SequenceNumber? {
        try catchUp()
        let recent = tail.sequences(of: tag.key, after: floor)
        if recent.count >= count { return recent[recent.endIndex - count] }
        try startTagged.bind(1, floor)
        try startTagged.bind(2, Int64(count - recent.count - 1))
        try startTagged.bind(3, tag.key)
        try startTagged.bind(4, tail.start)
        return try startTagged.first { $0.integer(0) }
    }

    /// Reads tweets and moves the cursor past each, until the body stops or the look-ups are used up.
    ///
    /// - Parameters:
    ///   - lookUps: the approximate number of rows to read; each call makes progress, however few they are.
    ///   - body: takes a tweet and returns whether it wants another.
    public func read(
        _ cursor: inout TweetCursor, atMost lookUps: Int, _ body: (Tweet) -> Bool
    ) throws(SQLiteError) {
        if cursor.tags.count > 1 { return try readMerged(&cursor, atMost: lookUps, body) }
        let statement = cursor.tags.isEmpty ? page : pageTagged
        try statement.bind(1, cursor.position)
        try statement.bind(2, Int64(cursor.remaining))
        if let tag = cursor.tags.first {
            try catchUp()
            try statement.bind(3, tag.key)
            try statement.bind(4, tail.start)
        }
        var position = cursor.position
        var remaining = cursor.remaining
        var rest = lookUps
        /// - Returns: whether the body wants another tweet.
        func take(_ tweet: Tweet) -> Bool {
            position = tweet.sequence
            remaining -= 1
            rest -= 1
            return body(tweet) && remaining > 0 && rest > 0
        }
        var wasStopped = try !statement.forEachRow { take(Tweet($0)) }
        if let tag = cursor.tags.first, !wasStopped {
            for sequence in tail.sequences(of: tag.key, after: max(position, tail.start)) where !wasStopped {
                wasStopped = try !(tweet(sequence).map(take) ?? true)
            }
        }
        cursor.position = position
        cursor.remaining = wasStopped ? remaining : 0
    }

    private func readMerged(
        _ cursor: inout TweetCursor, atMost lookUps: Int, _ body: (Tweet) -> Bool
    ) throws(SQLiteError) {
        try catchUp()
        var rest = lookUps
        guard try findStart(of: &cursor, &rest) else { return }
        while cursor.remaining > 0 {
            if cursor.walk == nil, try !beginWalk(&cursor, &rest) {
                cursor.remaining = 0
                return
            }
            guard let sequence = try step(&cursor.walk, &rest) else { continue }
            cursor.position = sequence
            rest -= 1
            if let tweet = try tweet(sequence) {
                cursor.remaining -= 1
                if !body(tweet) { return }
            }
            if rest <= 0 { return }
        }
    }

    /// Walks back to where the newest tweets of several hashtags begin, because no index can find that place.
    ///
    /// - Returns: whether the place is found.
    private func findStart(of cursor: inout TweetCursor, _ lookUps: inout Int) throws(SQLiteError) -> Bool {
        guard var count = cursor.countToFind else { return true }
        if cursor.walk == nil {
            cursor.walk = try HashtagMerge(cursor.tags, .older, after: cursor.position, through: .max - 1, lookUp)
            lookUps -= cursor.tags.count
        }
        while count > 0, let sequence = try step(&cursor.walk, &lookUps) {
            cursor.start = sequence
            count -= 1
            cursor.countToFind = count
            if lookUps <= 0, count > 0 { return false }
        }
        cursor.countToFind = nil
        cursor.walk = nil
        if let start = cursor.start { cursor.position = start.subtractingSaturated(1) }
        return true
    }

    /// Starts a walk over the present tweets after the cursor; tweets that arrive meanwhile are left to the next walk,
    /// so that none is skipped.
    ///
    /// - Returns: whether there are any.
    private func beginWalk(_ cursor: inout TweetCursor, _ lookUps: inout Int) throws(SQLiteError) -> Bool {
        let newest = tail.end
        guard newest > cursor.position else { return false }
        lookUps -= cursor.tags.count
        let walk = try HashtagMerge(cursor.tags, .newer, after: cursor.position, through: newest, lookUp)
        guard !walk.isAtEnd else { return false }
        cursor.walk = walk
        return true
    }

    /// Takes a walk's next step; nil at the end of the walk, which is then dropped.
    private func step(_ walk: inout HashtagMerge?, _ lookUps: inout Int) throws(SQLiteError) -> SequenceNumber? {
        guard var current = walk else { return nil }
        let before = current.lookUps
        let next = try current.next(lookUp)
        lookUps -= current.lookUps - before
        walk = next == nil ? nil : current
        return next
    }

    private func lookUp(
        _ tag: Hashtag, _ direction: HashtagMerge.Direction, _ sequence: SequenceNumber
    ) throws(SQLiteError) -> SequenceNumber? {
        try lookUp(tag.key, direction, sequence)
    }

    private func lookUp(
        _ key: String, _ direction: HashtagMerge.Direction, _ sequence: SequenceNumber
    ) throws(SQLiteError) -> SequenceNumber? {
        if direction == .older, let recent = tail.newest(of: key, before: sequence) { return recent }
        let statement = direction == .older ? older : newer
        try statement.bind(1, sequence)
        try statement.bind(3, key)
        try statement.bind(4, tail.start)
        let indexed = try statement.first { $0.optionalInteger(0) } ?? nil
        return direction == .older ? indexed : indexed ?? tail.sequences(of: key, after: sequence).first
    }

    // MARK: Sessions

    /// The newest session and its last message.
    func newestSession() throws(SQLiteError) -> Session? {
        let statement = try database.prepare("SELECT number, sequence FROM session ORDER BY number DESC LIMIT 1")
        guard let (number, opened) = try statement.first({ (Int($0.integer(0)), $0.integer(1)) }) else { return nil }
        let reset = try database.integer("SELECT max(sequence) FROM reset") ?? 0
        let floor = max(opened, reset)
        return Session(
            number: number, floor: floor, lastMessage: try newest(after: floor).map(LastMessage.tweet) ?? .empty)
    }
}

/// A place among the tweets from which reading continues, oldest first.
public struct TweetCursor: Sendable {
    /// The hashtags whose tweets are read; empty for all tweets.
    let tags: [Hashtag]
    /// The sequence after which reading continues.
    fileprivate(set) var position: SequenceNumber
    /// The most tweets still to read: uploads during a long answer do not make it longer.
    fileprivate(set) var remaining: Int
    /// The number of steps back that are left to find where the newest tweets begin; nil once that is found.
    fileprivate var countToFind: Int?
    /// The sequence that the walk back has reached.
    fileprivate var start: SequenceNumber?
    /// The current walk, if there are several hashtags.
    fileprivate var walk: HashtagMerge?

    public var isAtEnd: Bool { remaining == 0 }

    /// The same place without a limit on the number of tweets.
    public var toTheEnd: TweetCursor {
        var cursor = self
        cursor.remaining = .max
        return cursor
    }

    fileprivate init(tags: [Hashtag], position: SequenceNumber, remaining: Int) {
        self.tags = tags
        self.position = position
        self.remaining = remaining
    }

    /// Creates a cursor before the newest tweets of several hashtags, whose place is still to be found.
    fileprivate init(tags: [Hashtag], newest count: Int, after floor: SequenceNumber) {
        self.init(tags: tags, position: floor, remaining: count)
        countToFind = count
    }

    /// Creates a cursor after a sequence.
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
