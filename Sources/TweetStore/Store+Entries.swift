import TweetJournal
import TweetModel

/// Applies entries: the one function for all kinds, and those for sessions, tweets and resets.
extension Store {
    /// Applies one entry.
    ///
    /// Deterministic: the result depends only on the entries before; an upload that is repeated with its id is stored
    /// once.
    func apply(_ entry: Entry, _ numbers: EntryNumbers) throws(SQLiteError) -> Outcome {
        switch entry {
        case .sessionOpened(let time):
            try openSession(time: time, numbers)
        case .tweetUploaded(let time, let author, let text, let id, let isByAccount):
            try storeTweet(time: time, author: author, isByAccount: isByAccount, text: text, id: id, numbers)
        case .lastMessageReset(let time, let id):
            try storeReset(time: time, id: id, numbers)
        case .accountCreated(let time, let name, let password):
            try createAccount(name, password: password, time: time, numbers)
        case .passwordChanged(_, let name, let password, let former):
            try changePassword(of: name, from: former, to: password, numbers)
        case .visibilityChanged(_, let name, let isHidden):
            try changeVisibility(of: name, isHidden: isHidden, numbers)
        case .accountRemoved(_, let name):
            try removeAccount(name, numbers)
        case .messageSent(let time, let sender, let recipients, let text, let id, let isByAccount):
            try storeMessage(
                time: time, from: sender, isByAccount: isByAccount, to: recipients, text: text, id: id, numbers)
        case .messagesRead(let time, let reader, let messages):
            try markRead(messages, by: reader, time: time, numbers)
        case .pruned(_, let step):
            try prune(step, numbers)
        case .blockChanged(let time, let owner, let name, let isBlocked):
            try changeBlock(by: owner, of: name, isBlocked: isBlocked, time: time, numbers)
        case .tokenCreated(let time, let owner, let hash, let scope, let label, let expires):
            try createToken(
                of: owner, hash: hash, scope: scope, label: label, time: time, expires: expires, numbers)
        case .tokenRemoved(_, let owner, let token):
            try removeToken(token, of: owner, numbers)
        }
    }

    private func openSession(time: Timestamp, _ numbers: EntryNumbers) throws(SQLiteError) -> Outcome {
        try uploads.insertSession.bind(1, numbers.sequence)
        try uploads.insertSession.bind(2, time.milliseconds)
        try uploads.insertSession.bind(3, numbers.position.number)
        try uploads.insertSession.run()
        return .stored(numbers.sequence)
    }

    private func storeTweet(
        time: Timestamp, author: Name?, isByAccount: Bool, text: TweetText, id: UploadID?, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        try uploads.insertTweet.bind(1, numbers.sequence)
        try uploads.insertTweet.bind(2, time.milliseconds)
        try uploads.insertTweet.bind(3, author?.string)
        try uploads.insertTweet.bind(4, id?.string)
        try uploads.insertTweet.bind(5, text.string)
        try uploads.insertTweet.bind(6, numbers.position.number)
        try uploads.insertTweet.bind(7, isByAccount ? 1 : 0)
        try uploads.insertTweet.run()
        if database.changes == 0 { return try knownUpload(id) }
        tail?.add(text, at: numbers.sequence)
        return .stored(numbers.sequence)
    }

    /// Writes the next rows of the hashtags' index, once enough have gathered: a share with each commit, so that none takes
    /// long.
    ///
    /// - Parameter added: rows that this commit has added to the tail; twice as many are written, so that an end comes.
    /// - Returns: whether there were any to write.
    func writeTail(added: Int) throws(SQLiteError) -> Bool {
        guard let tail, tail.isDue(rows: tailRows) || !rowsUnderWay.isEmpty else { return false }
        if rowsUnderWay.isEmpty {
            rowsUnderWay = tail.allRows()[...]
            rowsEnd = tail.end
        }
        let share = rowsUnderWay.prefix(max(HashtagTail.rowsOfCommit, 2 * added))
        for row in share { try indexHashtag(row.key, of: row.sequence) }
        rowsUnderWay = rowsUnderWay.dropFirst(share.count)
        guard rowsUnderWay.isEmpty else { return true }
        try database.execute("UPDATE indexed SET sequence = \(rowsEnd)")
        self.tail?.drop(through: rowsEnd)
        return true
    }

    /// Adds a tweet to the index of a hashtag.
    func indexHashtag(_ key: String, of sequence: SequenceNumber) throws(SQLiteError) {
        try uploads.insertHashtag.bind(1, key)
        try uploads.insertHashtag.bind(2, sequence)
        try uploads.insertHashtag.run()
    }

    private func storeReset(
        time: Timestamp, id: UploadID?, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        try uploads.insertReset.bind(1, numbers.sequence)
        try uploads.insertReset.bind(2, time.milliseconds)
        try uploads.insertReset.bind(3, id?.string)
        try uploads.insertReset.bind(4, numbers.position.number)
        try uploads.insertReset.run()
        if database.changes == 0 { return try knownUpload(id) }
        try rememberOther(id, at: numbers.sequence)
        return .stored(numbers.sequence)
    }

    /// The outcome of the earlier upload with an id that turned out to be used already.
    private func knownUpload(_ id: UploadID?) throws(SQLiteError) -> Outcome {
        if let id, let earlier = try earlierUpload(id) { return earlier }
        throw SQLiteError(code: 0, message: "an upload is neither new nor known")
    }

    /// Records the id of a reset or a message, so that a tweet with the same id is a duplicate.
    func rememberOther(_ id: UploadID?, at sequence: SequenceNumber) throws(SQLiteError) {
        guard let id else { return }
        try uploads.insertOther.bind(1, id.string)
        try uploads.insertOther.bind(2, sequence)
        try uploads.insertOther.run()
    }

    /// The outcome of the earlier upload with an id; nil if the id is new.
    func earlierUpload(_ id: UploadID) throws(SQLiteError) -> Outcome? {
        try uploads.findTweet.bind(1, id.string)
        if let tweet = try uploads.findTweet.first({ Tweet($0) }) { return .duplicate(tweet) }
        try uploads.findOther.bind(1, id.string)
        guard let sequence = try uploads.findOther.first({ $0.integer(0) }) else { return nil }
        try messages.find.bind(1, sequence)
        return try messages.find.first { .duplicateMessage(PrivateMessage($0)) } ?? .duplicateReset
    }
}

/// The two numbers of an entry that is being applied.
struct EntryNumbers {
    let position: JournalPosition
    /// The sequence that the entry takes if it stores something.
    let sequence: SequenceNumber
}

/// The statements that store sessions, tweets and resets.
struct UploadStatements {
    let insertSession: Statement
    let insertTweet: Statement
    let insertReset: Statement
    let insertHashtag: Statement
    let findTweet: Statement
    let insertOther: Statement
    let findOther: Statement
    let tail: TailQueries

    init(_ database: Database) throws(SQLiteError) {
        insertSession = try database.prepare("INSERT INTO session (sequence, time, position) VALUES (?1, ?2, ?3)")
        insertTweet = try database.prepare(
            """
            INSERT OR IGNORE INTO tweet (sequence, time, author, upload, text, position, by_account)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
            WHERE NOT EXISTS (SELECT 1 FROM other_upload WHERE upload = ?4)
            """)
        insertReset = try database.prepare(
            """
            INSERT OR IGNORE INTO reset (sequence, time, upload, position) SELECT ?1, ?2, ?3, ?4
            WHERE NOT EXISTS (SELECT 1 FROM tweet WHERE upload = ?3)
            AND NOT EXISTS (SELECT 1 FROM other_upload WHERE upload = ?3)
            """)
        insertHashtag = try database.prepare("INSERT OR IGNORE INTO hashtag (tag, sequence) VALUES (?1, ?2)")
        findTweet = try database.prepare("SELECT \(Tweet.columns) FROM tweet AS t WHERE upload = ?1")
        insertOther = try database.prepare("INSERT INTO other_upload (upload, sequence) VALUES (?1, ?2)")
        findOther = try database.prepare("SELECT sequence FROM other_upload WHERE upload = ?1")
        tail = try TailQueries(database)
    }
}

extension Outcome {
    /// Whether the entry stored something and so used its sequence; otherwise the next entry gets the sequence.
    var takesSequence: Bool {
        switch self {
        case .stored, .read: true
        default: false
        }
    }
}

extension Tweet {
    /// The columns that ``init(_:)`` reads, of a table `tweet AS t`.
    static let columns = "t.sequence, t.time, t.author, t.text, t.by_account"

    /// Reads the columns of ``columns``.
    init(_ row: borrowing Row) {
        self.init(
            sequence: row.integer(0), time: Timestamp(milliseconds: row.integer(1)),
            author: row.text(2).flatMap(Name.init), isByAccount: row.optionalInteger(4) == 1,
            text: TweetText(stored: row.text(3) ?? ""))
    }
}
