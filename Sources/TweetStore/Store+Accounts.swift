import TweetModel

/// What becomes of entries about accounts.
extension Store {
    func createAccount(
        _ name: Name, password: PasswordHash, time: Timestamp, at sequence: SequenceNumber
    ) throws(SQLiteError) -> Outcome {
        try accounts.insert.bind(1, name.key)
        try accounts.insert.bind(2, name.string)
        try accounts.insert.bind(3, sequence)
        try accounts.insert.bind(4, time.milliseconds)
        try accounts.insert.bind(5, password.string)
        try accounts.insert.run()
        guard database.changes > 0 else { return .nameTaken(name) }
        try keep(sequence)
        return .stored(sequence)
    }

    func changePassword(
        of name: Name, from former: PasswordHash?, to password: PasswordHash, at sequence: SequenceNumber
    ) throws(SQLiteError) -> Outcome {
        try accounts.changePassword.bind(1, name.key)
        try accounts.changePassword.bind(2, sequence)
        try accounts.changePassword.bind(3, password.string)
        try accounts.changePassword.bind(4, former?.string)
        try accounts.changePassword.run()
        guard database.changes > 0 else {
            return try exists(name) ? .passwordReplaced(name) : .noAccount(name)
        }
        try keep(sequence)
        return .stored(sequence)
    }

    func changeVisibility(
        of name: Name, isHidden: Bool, at sequence: SequenceNumber
    ) throws(SQLiteError) -> Outcome {
        try accounts.changeVisibility.bind(1, name.key)
        try accounts.changeVisibility.bind(2, sequence)
        try accounts.changeVisibility.bind(3, isHidden ? 1 : 0)
        try accounts.changeVisibility.run()
        guard database.changes > 0 else { return .noAccount(name) }
        try keep(sequence)
        return .stored(sequence)
    }

    /// Removes an account, what was delivered to it, and the texts that nobody else was sent.
    ///
    /// The messages themselves stay: an id that is sent again must still be known. Nobody finds one that no delivery
    /// leads to.
    func removeAccount(_ name: Name, at sequence: SequenceNumber) throws(SQLiteError) -> Outcome {
        try accounts.remove.bind(1, name.key)
        try accounts.remove.run()
        guard database.changes > 0 else { return .noAccount(name) }
        try accounts.eraseTexts.bind(1, name.key)
        try accounts.eraseTexts.run()
        try accounts.removeDeliveries.bind(1, name.key)
        try accounts.removeDeliveries.run()
        try keep(sequence)
        return .stored(sequence)
    }

    func exists(_ account: Name) throws(SQLiteError) -> Bool {
        try accounts.find.bind(1, account.key)
        return try accounts.find.first { _ in true } != nil
    }

    /// Keeps the sequence of an entry that makes no row of its own, so that it is not given again after a reopening.
    func keep(_ sequence: SequenceNumber) throws(SQLiteError) {
        try accounts.keepSequence.bind(1, sequence)
        try accounts.keepSequence.run()
    }
}

/// The statements that change accounts; ?1 is a name's key.
struct AccountStatements {
    let find: Statement
    let insert: Statement
    let changePassword: Statement
    let changeVisibility: Statement
    let remove: Statement
    let eraseTexts: Statement
    let removeDeliveries: Statement
    let keepSequence: Statement

    init(_ database: Database) throws(SQLiteError) {
        find = try database.prepare("SELECT 1 FROM account WHERE key = ?1")
        insert = try database.prepare(
            """
            INSERT OR IGNORE INTO account (key, name, created, changed, time, password, hidden, pending)
            VALUES (?1, ?2, ?3, ?3, ?4, ?5, 0, 0)
            """)
        changePassword = try database.prepare(
            "UPDATE account SET changed = ?2, password = ?3 WHERE key = ?1 AND (?4 IS NULL OR password = ?4)")
        changeVisibility = try database.prepare("UPDATE account SET changed = ?2, hidden = ?3 WHERE key = ?1")
        remove = try database.prepare("DELETE FROM account WHERE key = ?1")
        // All deliveries of a message have one sender, by which the others of the same message are found.
        eraseTexts = try database.prepare(
            """
            UPDATE message SET text = '' WHERE sequence IN (
                SELECT d.message FROM delivery AS d WHERE d.recipient = ?1 AND NOT EXISTS (
                    SELECT 1 FROM delivery AS other INDEXED BY delivery_sent
                    WHERE other.sender = d.sender AND other.message = d.message AND other.recipient <> ?1))
            """)
        removeDeliveries = try database.prepare("DELETE FROM delivery WHERE recipient = ?1")
        keepSequence = try database.prepare("UPDATE latest SET sequence = ?1")
    }
}
