import TweetJournal
import TweetModel

/// Applies entries about private messages.
extension Store {
    /// Stores a message and delivers it to all of its recipients, or changes nothing.
    func storeMessage(
        time: Timestamp, from sender: Name, isByAccount: Bool, to recipients: [Name], text: TweetText, id: UploadID?,
        _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        precondition(!recipients.isEmpty, "a message goes to somebody")
        if let id, let earlier = try earlierUpload(id) { return earlier }
        let recipients = recipients.withoutRepeats
        let origin = isByAccount ? sender.key : Self.guests
        for recipient in recipients {
            if let refusal = try refusal(by: recipient, of: sender, from: origin) { return refusal }
        }
        try messages.insert.bind(1, numbers.sequence)
        try messages.insert.bind(2, time.milliseconds)
        try messages.insert.bind(3, sender.string)
        try messages.insert.bind(4, recipients.map(\.string).joined(separator: " "))
        try messages.insert.bind(5, id?.string)
        try messages.insert.bind(6, text.string)
        try messages.insert.bind(7, numbers.position.number)
        try messages.insert.bind(8, isByAccount ? 1 : 0)
        try messages.insert.run()
        try rememberOther(id, at: numbers.sequence)
        for recipient in recipients {
            try messages.deliver.bind(1, recipient.key)
            try messages.deliver.bind(2, numbers.sequence)
            try messages.deliver.bind(3, sender.key)
            try messages.deliver.run()
            try addPending(1, to: recipient)
            try addPending(1, to: recipient, from: origin)
        }
        return .stored(numbers.sequence)
    }

    /// The origin of all messages that are not an account's: no key is empty.
    private static let guests = ""

    /// The reason why a recipient does not get a message; nil if it does.
    private func refusal(by recipient: Name, of sender: Name, from origin: String) throws(SQLiteError) -> Outcome? {
        try messages.takes.bind(1, recipient.key)
        try messages.takes.bind(2, sender.key)
        try messages.takes.bind(3, origin)
        let found = try messages.takes.first { row in
            (isBlocked: row.integer(0) != 0, pending: row.integer(1), ofOrigin: row.integer(2))
        }
        guard let found else { return .noAccount(recipient) }
        // A blocked sender learns nothing else.
        if found.isBlocked { return .notTaken(by: recipient, .blocked) }
        if found.pending >= MailLimits.pending { return .notTaken(by: recipient, .inboxFull) }
        if found.ofOrigin < MailLimits.pendingOfSender(whenPending: found.pending) { return nil }
        return .notTaken(by: recipient, origin == Self.guests ? .tooManyOfGuests : .tooManyOfSender)
    }

    func markRead(
        _ sequences: [SequenceNumber], by reader: Name, time: Timestamp, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        var counts: [String: Int] = [:]
        for message in sequences {
            try messages.read.bind(1, reader.key)
            try messages.read.bind(2, message)
            try messages.read.bind(3, time.milliseconds)
            try messages.read.bind(4, numbers.sequence)
            if let origin = try messages.read.first({ $0.text(0) ?? Self.guests }) { counts[origin, default: 0] += 1 }
        }
        let count = counts.values.reduce(0, +)
        if count > 0 { try addPending(-count, to: reader) }
        for (origin, count) in counts { try addPending(-count, to: reader, from: origin) }
        try keep(numbers)
        return .read(numbers.sequence, count: count)
    }

    private func addPending(_ count: Int, to recipient: Name) throws(SQLiteError) {
        try messages.addPending.bind(1, recipient.key)
        try messages.addPending.bind(2, Int64(count))
        try messages.addPending.run()
    }

    private func addPending(_ count: Int, to recipient: Name, from origin: String) throws(SQLiteError) {
        let statement = count > 0 ? messages.addPendingFrom : messages.subtractPendingFrom
        try statement.bind(1, recipient.key)
        try statement.bind(2, origin)
        try statement.bind(3, Int64(count))
        try statement.run()
        guard count < 0 else { return }
        try messages.endPendingFrom.bind(1, recipient.key)
        try messages.endPendingFrom.bind(2, origin)
        try messages.endPendingFrom.run()
    }
}

/// The statements that store messages; in those about a recipient, ?1 is the key of its name.
struct MessageStatements {
    let insert: Statement
    let find: Statement
    let takes: Statement
    let deliver: Statement
    let read: Statement
    let addPending: Statement
    let addPendingFrom: Statement
    let subtractPendingFrom: Statement
    let endPendingFrom: Statement

    init(_ database: Database) throws(SQLiteError) {
        insert = try database.prepare(
            """
            INSERT INTO message (sequence, time, sender, recipients, upload, text, position, by_account)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        find = try database.prepare(
            "SELECT \(PrivateMessage.columns), NULL FROM message AS m WHERE sequence = ?1")
        takes = try database.prepare(
            """
            SELECT EXISTS (SELECT 1 FROM block WHERE owner = ?1 AND sender = ?2), pending,
                coalesce((SELECT count FROM pending_from WHERE recipient = ?1 AND origin = ?3), 0)
            FROM account WHERE key = ?1
            """)
        deliver = try database.prepare("INSERT INTO delivery (recipient, message, sender) VALUES (?1, ?2, ?3)")
        read = try database.prepare(
            """
            UPDATE delivery SET read = ?3, reading = ?4 WHERE recipient = ?1 AND message = ?2 AND reading IS NULL
            AND message > (SELECT created FROM account WHERE key = ?1)
            RETURNING CASE WHEN (SELECT by_account FROM message WHERE sequence = ?2) THEN sender END
            """)
        addPending = try database.prepare("UPDATE account SET pending = pending + ?2 WHERE key = ?1")
        addPendingFrom = try database.prepare(
            """
            INSERT INTO pending_from (recipient, origin, count) VALUES (?1, ?2, ?3)
            ON CONFLICT (recipient, origin) DO UPDATE SET count = count + ?3
            """)
        subtractPendingFrom = try database.prepare(
            "UPDATE pending_from SET count = count + ?3 WHERE recipient = ?1 AND origin = ?2")
        endPendingFrom = try database.prepare(
            "DELETE FROM pending_from WHERE recipient = ?1 AND origin = ?2 AND count <= 0")
    }
}

extension PrivateMessage {
    /// The first columns that ``init(_:to:)`` reads, of a table `message AS m`.
    static let columns = "m.sequence, m.time, m.sender, m.recipients, m.text, m.by_account"

    /// Reads the columns of ``columns`` and the time of reading.
    ///
    /// - Parameter recipient: the key of the only recipient to include; nil for all of them.
    init(_ row: borrowing Row, to recipient: String? = nil) {
        let names = (row.text(3) ?? "").split(separator: " ").map { Name(stored: String($0)) }
        self.init(
            sequence: row.integer(0), time: Timestamp(milliseconds: row.integer(1)),
            sender: Name(stored: row.text(2) ?? ""), isByAccount: row.optionalInteger(5) == 1,
            recipients: recipient.map { key in names.filter { $0.key == key } } ?? names,
            text: TweetText(stored: row.text(4) ?? ""),
            readAt: row.optionalInteger(6).map(Timestamp.init(milliseconds:)))
    }
}
