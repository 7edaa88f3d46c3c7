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
        guard sequence == nil, let start = messages.start(of: list) else { return cursor }
        try cursor.bind(to: start)
        cursor.position =
            try start.first { .init(message: $0.integer(0), recipient: $0.text(1) ?? "") } ?? cursor.position
        return cursor
    }

    /// Finds a message by the id that its sender gave it; check its sender before showing anything of it.
    public func message(id: UploadID) throws(SQLiteError) -> PrivateMessage? {
        try messages.byID.bind(1, id.string)
        return try messages.byID.first { PrivateMessage($0) }
    }

    /// Reads messages and moves the cursor past each, until the body stops.
    ///
    /// - Parameter body: takes a message and returns whether it wants another.
    public func read(_ cursor: inout MessageCursor, _ body: (PrivateMessage) -> Bool) throws(SQLiteError) {
        let page = messages.page(of: cursor.list)
        try cursor.bind(to: page)
        var position = cursor.position
        var remaining = cursor.remaining
        let isSent = cursor.list == .sent
        let wasStopped = try !page.forEachRow { row in
            let recipient = row.text(7) ?? ""
            position = .init(message: row.integer(0), recipient: recipient)
            remaining -= 1
            return body(PrivateMessage(row, to: isSent ? recipient : nil)) && remaining > 0
        }
        cursor.position = position
        cursor.remaining = wasStopped ? remaining : 0
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

    public var isAtEnd: Bool { remaining == 0 }

    fileprivate func bind(to statement: Statement) throws(SQLiteError) {
        try statement.bind(1, owner)
        try statement.bind(2, created)
        try statement.bind(3, position.message)
        try statement.bind(4, Int64(remaining))
        if list == .sent { try statement.bind(5, position.recipient) }
    }
}

/// The statements that read messages.
///
/// The messages of a removed account may still be there (see ``Store/eraseMore()``): they are older than a later account
/// of its name, and the list of sent messages leaves them out.
struct MessageQueries {
    fileprivate let byID: Statement
    private let startOfArchive: Statement
    private let startOfSent: Statement
    private let pendingPage: Statement
    private let archivePage: Statement
    private let sentPage: Statement

    init(_ database: Database) throws(SQLiteError) {
        byID = try database.prepare(
            """
            SELECT \(PrivateMessage.columns), NULL
            FROM other_upload AS o JOIN message AS m ON m.sequence = o.sequence WHERE o.upload = ?1
            """)
        startOfArchive = try database.prepare(Self.startSQL(of: .archive))
        startOfSent = try database.prepare(Self.startSQL(of: .sent))
        pendingPage = try database.prepare(Self.pageSQL(of: .pending))
        archivePage = try database.prepare(Self.pageSQL(of: .archive))
        sentPage = try database.prepare(Self.pageSQL(of: .sent))
    }

    /// The statement that finds where a list's newest messages start; nil for a list that starts with its oldest.
    func start(of list: MessageCursor.List) -> Statement? {
        switch list {
        case .pending: nil
        case .archive: startOfArchive
        case .sent: startOfSent
        }
    }

    /// The statement that reads a list's deliveries after a position.
    func page(of list: MessageCursor.List) -> Statement {
        switch list {
        case .pending: pendingPage
        case .archive: archivePage
        case .sent: sentPage
        }
    }

    static func startSQL(of list: MessageCursor.List) -> String {
        """
        SELECT d.message, d.recipient FROM \(deliveries(of: list))
        ORDER BY d.message DESC, d.recipient DESC LIMIT 1 OFFSET ?4
        """
    }

    static func pageSQL(of list: MessageCursor.List) -> String {
        """
        SELECT \(PrivateMessage.columns), d.read, d.recipient
        FROM \(deliveries(of: list, joined: "CROSS JOIN message AS m ON m.sequence = d.message"))
        ORDER BY d.message, d.recipient LIMIT ?4
        """
    }

    /// The SQL for a list's deliveries after a position: ?1 is the owner's key, ?2 its creation, ?3 and ?5 are the
    /// position.
    private static func deliveries(of list: MessageCursor.List, joined join: String = "") -> String {
        let (index, condition) =
            switch list {
            case .pending: ("delivery_pending", "d.recipient = ?1 AND d.reading IS NULL AND d.message > ?3")
            case .archive: ("delivery_archived", "d.recipient = ?1 AND d.reading IS NOT NULL AND d.message > ?3")
            case .sent:
                (
                    "delivery_sent",
                    """
                    d.sender = ?1 AND (d.message, d.recipient) > (?3, ?5) AND NOT EXISTS (
                        SELECT 1 FROM erasure AS e WHERE e.recipient = d.recipient AND e.message >= d.message)
                    """
                )
            }
        return """
            delivery AS d INDEXED BY \(index) \(join)
            WHERE \(condition) AND EXISTS (SELECT 1 FROM account WHERE key = ?1 AND created = ?2)
            """
    }
}
