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
        for recipient in recipients {
            guard try exists(recipient) else { return .noAccount(recipient) }
        }
        let recipients = recipients.withoutRepeats
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
        }
        return .stored(numbers.sequence)
    }

    func markRead(
        _ sequences: [SequenceNumber], by reader: Name, time: Timestamp, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        var count = 0
        for message in sequences {
            try messages.read.bind(1, reader.key)
            try messages.read.bind(2, message)
            try messages.read.bind(3, time.milliseconds)
            try messages.read.bind(4, numbers.sequence)
            try messages.read.run()
            count += database.changes
        }
        if count > 0 { try addPending(-count, to: reader) }
        try keep(numbers)
        return .read(numbers.sequence, count: count)
    }

    private func addPending(_ count: Int, to recipient: Name) throws(SQLiteError) {
        try messages.addPending.bind(1, recipient.key)
        try messages.addPending.bind(2, Int64(count))
        try messages.addPending.run()
    }
}

/// The statements that store messages; in those about a recipient, ?1 is the key of its name.
struct MessageStatements {
    let insert: Statement
    let find: Statement
    let deliver: Statement
    let read: Statement
    let addPending: Statement

    init(_ database: Database) throws(SQLiteError) {
        insert = try database.prepare(
            """
            INSERT INTO message (sequence, time, sender, recipients, upload, text, position, by_account)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        find = try database.prepare(
            "SELECT \(PrivateMessage.columns), NULL FROM message AS m WHERE sequence = ?1")
        deliver = try database.prepare("INSERT INTO delivery (recipient, message, sender) VALUES (?1, ?2, ?3)")
        read = try database.prepare(
            """
            UPDATE delivery SET read = ?3, reading = ?4 WHERE recipient = ?1 AND message = ?2 AND reading IS NULL
            AND message > (SELECT created FROM account WHERE key = ?1)
            """)
        addPending = try database.prepare("UPDATE account SET pending = pending + ?2 WHERE key = ?1")
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
