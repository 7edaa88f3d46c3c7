import TweetJournal
import TweetModel

/// Applies entries about accounts.
extension Store {
    func createAccount(
        _ name: Name, password: PasswordHash, time: Timestamp, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        try accounts.insert.bind(1, name.key)
        try accounts.insert.bind(2, name.string)
        try accounts.insert.bind(3, numbers.sequence)
        try accounts.insert.bind(4, time.milliseconds)
        try accounts.insert.bind(5, password.string)
        try accounts.insert.run()
        guard database.changes > 0 else { return .nameTaken(name) }
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    func changePassword(
        of name: Name, from former: PasswordHash?, to password: PasswordHash, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        try accounts.changePassword.bind(1, name.key)
        try accounts.changePassword.bind(2, numbers.sequence)
        try accounts.changePassword.bind(3, password.string)
        try accounts.changePassword.bind(4, former?.string)
        try accounts.changePassword.run()
        guard database.changes > 0 else {
            return try exists(name) ? .passwordReplaced(name) : .noAccount(name)
        }
        try removeTokens(of: name, onlySessions: true)
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    func changeVisibility(
        of name: Name, isHidden: Bool, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        try accounts.changeVisibility.bind(1, name.key)
        try accounts.changeVisibility.bind(2, numbers.sequence)
        try accounts.changeVisibility.bind(3, isHidden ? 1 : 0)
        try accounts.changeVisibility.run()
        guard database.changes > 0 else { return .noAccount(name) }
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    /// Blocks a name for an account, or unblocks it.
    func changeBlock(
        by owner: Name, of name: Name, isBlocked: Bool, time: Timestamp, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        guard try exists(owner) else { return .noAccount(owner) }
        let statement = isBlocked ? accounts.block : accounts.unblock
        try statement.bind(1, owner.key)
        try statement.bind(2, name.key)
        if isBlocked {
            try statement.bind(3, name.string)
            try statement.bind(4, time.milliseconds)
        }
        try statement.run()
        if isBlocked, database.changes == 0, try !blocks(owner, name) { return .tooManyBlocked(owner) }
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    private func blocks(_ owner: Name, _ name: Name) throws(SQLiteError) -> Bool {
        try accounts.findBlock.bind(1, owner.key)
        try accounts.findBlock.bind(2, name.key)
        return try accounts.findBlock.first { _ in true } != nil
    }

    /// Removes an account, its blocks, tokens and counts, the first of its deliveries, and the texts of messages that
    /// nobody else received.
    ///
    /// ``eraseMore()`` removes the others; no reader finds them any more.
    func removeAccount(_ name: Name, _ numbers: EntryNumbers) throws(SQLiteError) -> Outcome {
        try accounts.remove.bind(1, name.key)
        try accounts.remove.run()
        guard database.changes > 0 else { return .noAccount(name) }
        for statement in [accounts.removeBlocks, accounts.removeCounts] {
            try statement.bind(1, name.key)
            try statement.run()
        }
        try removeTokens(of: name, onlySessions: false)
        if try !erase(name.key, through: numbers.sequence) {
            try accounts.beginErasure.bind(1, name.key)
            try accounts.beginErasure.bind(2, numbers.sequence)
            try accounts.beginErasure.run()
            isErasing = true
        }
        hasErasedTexts = true
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    func exists(_ account: Name) throws(SQLiteError) -> Bool {
        try accounts.find.bind(1, account.key)
        return try accounts.find.first { _ in true } != nil
    }

    /// Stores the numbers of an entry that has no row of its own, so that neither is used again after a restart.
    func keep(_ numbers: EntryNumbers) throws(SQLiteError) {
        try accounts.keepNumbers.bind(1, numbers.sequence)
        try accounts.keepNumbers.bind(2, numbers.position.number)
        try accounts.keepNumbers.run()
    }

    /// Stores the position of an entry that stored nothing else.
    func storePosition() throws(SQLiteError) {
        try accounts.keepPosition.bind(1, position.number)
        try accounts.keepPosition.run()
    }
}

/// The statements that change accounts; ?1 is a name's key.
struct AccountStatements {
    let find: Statement
    let insert: Statement
    let changePassword: Statement
    let changeVisibility: Statement
    let block: Statement
    let unblock: Statement
    let findBlock: Statement
    let removeBlocks: Statement
    let removeCounts: Statement
    let remove: Statement
    let beginErasure: Statement
    let nextErasure: Statement
    let endErasure: Statement
    let endOfStep: Statement
    let eraseTexts: Statement
    let removeDeliveries: Statement
    let keepNumbers: Statement
    let keepPosition: Statement

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
        block = try database.prepare(
            """
            INSERT OR IGNORE INTO block (owner, sender, name, time) SELECT ?1, ?2, ?3, ?4
            WHERE (SELECT count(*) FROM block WHERE owner = ?1) < \(MailLimits.blocked)
            """)
        unblock = try database.prepare("DELETE FROM block WHERE owner = ?1 AND sender = ?2")
        findBlock = try database.prepare("SELECT 1 FROM block WHERE owner = ?1 AND sender = ?2")
        removeBlocks = try database.prepare("DELETE FROM block WHERE owner = ?1")
        removeCounts = try database.prepare("DELETE FROM pending_from WHERE recipient = ?1")
        remove = try database.prepare("DELETE FROM account WHERE key = ?1")
        beginErasure = try database.prepare("INSERT INTO erasure (recipient, message) VALUES (?1, ?2)")
        nextErasure = try database.prepare("SELECT recipient, message FROM erasure LIMIT 1")
        endErasure = try database.prepare("DELETE FROM erasure WHERE recipient = ?1 AND message = ?2")
        endOfStep = try database.prepare(
            """
            SELECT message FROM delivery WHERE recipient = ?1 AND message <= ?2
            ORDER BY message LIMIT 1 OFFSET \(Store.erasedAtOnce - 1)
            """)
        // All deliveries of a message have the same sender, which finds the message's other deliveries.
        eraseTexts = try database.prepare(
            """
            UPDATE message SET text = '' WHERE sequence IN (
                SELECT d.message FROM delivery AS d WHERE d.recipient = ?1 AND d.message <= ?2 AND NOT EXISTS (
                    SELECT 1 FROM delivery AS other INDEXED BY delivery_sent
                    WHERE other.sender = d.sender AND other.message = d.message AND other.recipient <> ?1))
            """)
        removeDeliveries = try database.prepare("DELETE FROM delivery WHERE recipient = ?1 AND message <= ?2")
        keepNumbers = try database.prepare("UPDATE latest SET sequence = ?1, position = ?2")
        keepPosition = try database.prepare("UPDATE latest SET position = ?1")
    }
}
