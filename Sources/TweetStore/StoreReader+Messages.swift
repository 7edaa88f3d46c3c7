public import TweetModel

/// Reads private messages, and only those of a given account.
///
/// An ``Account`` that has been removed since it was read finds nothing, even if another account has its name now.
extension StoreReader {
    /// Returns a cursor before messages that were sent to an account.
    ///
    /// - Parameters:
    ///   - isArchive: whether to list the messages that it has read instead of the unread ones.
    ///   - count: the most messages to list: the oldest pending ones, or the newest of the archive; always oldest
    ///     first.
    ///   - sequence: lists only messages after this sequence, and then the oldest of them.
    public func inboxCursor(
        of account: Account, isArchive: Bool, count: Int, since sequence: SequenceNumber?
    ) throws(SQLiteError) -> MessageCursor {
        try cursor(isArchive ? .archive : .pending, of: account, count: count, since: sequence)
    }

    /// Returns a cursor before messages that an account has sent: one for each recipient.
    ///
    /// - Parameters: as in ``inboxCursor(of:isArchive:count:since:)``; the newest messages, oldest first.
    public func sentCursor(
        of account: Account, count: Int, since sequence: SequenceNumber?
    ) throws(SQLiteError) -> MessageCursor {
        try cursor(.sent, of: account, count: count, since: sequence)
    }

    private func cursor(
        _ list: MessageCursor.List, of account: Account, count: Int, since sequence: SequenceNumber?
    ) throws(SQLiteError) -> MessageCursor {
        var cursor = MessageCursor(
            list: list, owner: account.name.key, created: account.created,
            position: .behind(max(account.created, sequence ?? 0)), remaining: count)
        guard sequence == nil else { return cursor }
        switch list {
        case .pending: break
        case .archive:
            try cursor.bind(to: messages.startOfArchive)
            try messages.startOfArchive.bind(4, Int64(count))
            let start = try messages.startOfArchive.first { MessageCursor.Position.behind($0.integer(0)) }
            cursor.position = start ?? cursor.position
        case .sent: cursor.countToFind = count
        }
        return cursor
    }

    /// Finds a message by the id that its sender gave it; check its sender before showing anything of it.
    public func message(id: UploadID) throws(SQLiteError) -> PrivateMessage? {
        try messages.byID.bind(1, id.string)
        return try messages.byID.first { PrivateMessage($0) }
    }

    /// Reads messages and moves the cursor past each, until the body stops or the look-ups are used up.
    ///
    /// - Parameters:
    ///   - lookUps: the approximate number of rows to read, whether they are still to be erased or not; each call makes
    ///     progress, however few they are.
    ///   - body: takes a message and returns whether it wants another.
    public func read(
        _ cursor: inout MessageCursor, atMost lookUps: Int = .max, _ body: (PrivateMessage) -> Bool
    ) throws(SQLiteError) {
        var rest = lookUps
        guard try findStart(of: &cursor, &rest) else { return }
        let page = messages.page(of: cursor.list)
        try cursor.bind(to: page)
        var position = cursor.position
        var remaining = cursor.remaining
        let isSent = cursor.list == .sent
        let wasStopped = try !page.forEachRow { row in
            let recipient = row.text(7) ?? ""
            position = .init(message: row.integer(0), recipient: recipient)
            rest -= 1
            if row.integer(8) != 0 { return rest > 0 }
            remaining -= 1
            return body(PrivateMessage(row, to: isSent ? recipient : nil)) && remaining > 0 && rest > 0
        }
        cursor.position = position
        cursor.remaining = wasStopped ? remaining : 0
    }

    /// Walks back to where the newest sent messages begin: rows that are still to be erased do not count, and there may
    /// be more of them than a turn has time for.
    ///
    /// - Returns: whether the place is found.
    private func findStart(of cursor: inout MessageCursor, _ lookUps: inout Int) throws(SQLiteError) -> Bool {
        guard var count = cursor.countToFind else { return true }
        var place = cursor.walked
        var rest = lookUps
        try cursor.bind(to: messages.sentBackwards)
        try messages.sentBackwards.bind(6, place.message)
        try messages.sentBackwards.bind(7, place.recipient)
        let isAtOldest = try messages.sentBackwards.forEachRow { row in
            place = .init(message: row.integer(0), recipient: row.text(1) ?? "")
            rest -= 1
            if row.integer(2) == 0 { count -= 1 }
            return count >= 0 && rest > 0
        }
        lookUps = rest
        cursor.walked = place
        cursor.countToFind = count
        // The delivery before the first one of the list is the place after which it begins.
        guard isAtOldest || count < 0 else { return false }
        if !isAtOldest { cursor.position = place }
        cursor.countToFind = nil
        return true
    }
}

/// A place among an account's messages from which reading continues, oldest first.
public struct MessageCursor: Sendable {
    enum List: CaseIterable {
        case pending, archive, sent
    }

    /// The last delivery that was read; deliveries are ordered by message, then by recipient.
    struct Position {
        var message: SequenceNumber
        var recipient: String

        /// Returns the position after all deliveries of a message: `~` sorts after the letters and digits of names.
        static func behind(_ message: SequenceNumber) -> Position { Position(message: message, recipient: "~") }
    }

    let list: List
    /// The key of the account's name.
    let owner: String
    let created: SequenceNumber
    var position: Position
    /// The most messages still to read: messages that arrive during a long answer do not make it longer.
    var remaining: Int
    /// The number of messages that are left to pass on the way back to where the newest begin; nil once that is found.
    fileprivate(set) var countToFind: Int?
    /// The delivery that the way back has reached.
    fileprivate(set) var walked = Position.behind(.max)

    public var isAtEnd: Bool { remaining == 0 }

    fileprivate func bind(to statement: Statement) throws(SQLiteError) {
        try statement.bind(1, owner)
        try statement.bind(2, created)
        try statement.bind(3, position.message)
        if list == .sent { try statement.bind(5, position.recipient) }
    }
}

/// The statements that read messages.
///
/// The messages of a removed account may still be there (see ``Store/eraseMore()``): they are older than a later account
/// of its name, and the list of sent messages leaves them out.
struct MessageQueries {
    fileprivate let byID: Statement
    fileprivate let startOfArchive: Statement
    fileprivate let sentBackwards: Statement
    private let pendingPage: Statement
    private let archivePage: Statement
    private let sentPage: Statement

    /// Finds the place behind which the newest messages of an archive begin.
    static let startOfArchiveSQL = """
        SELECT d.message FROM \(deliveries(of: .archive)) ORDER BY d.message DESC LIMIT 1 OFFSET ?4
        """
    /// Reads the deliveries of sent messages before a position, ?6 and ?7, the newest first.
    static let sentBackwardsSQL = """
        SELECT d.message, d.recipient, \(isErased) FROM \(deliveries(of: .sent))
        AND (d.message, d.recipient) < (?6, ?7) ORDER BY d.message DESC, d.recipient DESC
        """
    /// Whether a delivery's recipient is removed, and the delivery is still to be erased.
    private static let isErased = """
        EXISTS (SELECT 1 FROM erasure AS e WHERE e.recipient = d.recipient AND e.message >= d.message)
        """

    init(_ database: Database) throws(SQLiteError) {
        byID = try database.prepare(
            """
            SELECT \(PrivateMessage.columns), NULL
            FROM other_upload AS o JOIN message AS m ON m.sequence = o.sequence WHERE o.upload = ?1
            """)
        startOfArchive = try database.prepare(Self.startOfArchiveSQL)
        sentBackwards = try database.prepare(Self.sentBackwardsSQL)
        pendingPage = try database.prepare(Self.pageSQL(of: .pending))
        archivePage = try database.prepare(Self.pageSQL(of: .archive))
        sentPage = try database.prepare(Self.pageSQL(of: .sent))
    }

    /// The statement that reads a list's deliveries after a position.
    func page(of list: MessageCursor.List) -> Statement {
        switch list {
        case .pending: pendingPage
        case .archive: archivePage
        case .sent: sentPage
        }
    }

    static func pageSQL(of list: MessageCursor.List) -> String {
        """
        SELECT \(PrivateMessage.columns), d.read, d.recipient, \(list == .sent ? isErased : "0")
        FROM \(deliveries(of: list, joined: "CROSS JOIN message AS m ON m.sequence = d.message"))
        ORDER BY d.message, d.recipient
        """
    }

    /// The SQL for a list's deliveries after a position: ?1 is the owner's key, ?2 its creation, ?3 and ?5 are the
    /// position.
    private static func deliveries(of list: MessageCursor.List, joined join: String = "") -> String {
        let (index, condition) =
            switch list {
            case .pending: ("delivery_pending", "d.recipient = ?1 AND d.reading IS NULL AND d.message > ?3")
            case .archive: ("delivery_archived", "d.recipient = ?1 AND d.reading IS NOT NULL AND d.message > ?3")
            case .sent: ("delivery_sent", "d.sender = ?1 AND (d.message, d.recipient) > (?3, ?5)")
            }
        return """
            delivery AS d INDEXED BY \(index) \(join)
            WHERE \(condition) AND EXISTS (SELECT 1 FROM account WHERE key = ?1 AND created = ?2)
            """
    }
}
