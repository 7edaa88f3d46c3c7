import TweetJournal
import TweetModel

/// Applies entries about tokens.
extension Store {
    /// Stores a new token, and removes the account's expired ones: so that an account never keeps more than it may have.
    func createToken(
        of owner: Name, hash: TokenHash, scope: TokenScope, label: TokenLabel?, time: Timestamp, expires: Timestamp?,
        _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        guard try exists(owner) else { return .noAccount(owner) }
        try tokens.count.bind(1, owner.key)
        try tokens.count.bind(2, time.milliseconds)
        let count = try tokens.count.first { $0.integer(0) } ?? 0
        guard count < TokenLimits.ofAccount else { return .tooManyTokens(owner) }
        try tokens.removeExpired.bind(1, owner.key)
        try tokens.removeExpired.bind(2, time.milliseconds)
        try tokens.removeExpired.run()
        try tokens.insert.bind(1, numbers.sequence)
        try tokens.insert.bind(2, owner.key)
        try tokens.insert.bind(3, hash.string)
        try tokens.insert.bind(4, scope.storedKind)
        try tokens.insert.bind(5, scope.storedTag)
        try tokens.insert.bind(6, label?.string)
        try tokens.insert.bind(7, time.milliseconds)
        if let expires { try tokens.insert.bind(8, expires.milliseconds) } else { try tokens.insert.bind(8, nil) }
        try tokens.insert.run()
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    func removeToken(
        _ id: SequenceNumber, of owner: Name, _ numbers: EntryNumbers
    ) throws(SQLiteError) -> Outcome {
        try tokens.remove.bind(1, owner.key)
        try tokens.remove.bind(2, id)
        try tokens.remove.run()
        guard database.changes > 0 else { return .noToken(id) }
        try keep(numbers)
        return .stored(numbers.sequence)
    }

    /// Removes the tokens of an account that is removed, or those of its sessions.
    func removeTokens(of owner: Name, onlySessions: Bool) throws(SQLiteError) {
        let statement = onlySessions ? tokens.removeSessions : tokens.removeAll
        try statement.bind(1, owner.key)
        try statement.run()
    }
}

/// The statements that change tokens; ?1 is the key of the owner's name.
struct TokenStatements {
    let count: Statement
    let insert: Statement
    let remove: Statement
    let removeExpired: Statement
    let removeSessions: Statement
    let removeAll: Statement

    init(_ database: Database) throws(SQLiteError) {
        count = try database.prepare(
            "SELECT count(*) FROM token WHERE owner = ?1 AND (expires IS NULL OR expires > ?2)")
        insert = try database.prepare(
            """
            INSERT OR REPLACE INTO token (id, owner, hash, kind, tag, label, created, expires)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        remove = try database.prepare("DELETE FROM token WHERE owner = ?1 AND id = ?2")
        removeExpired = try database.prepare("DELETE FROM token WHERE owner = ?1 AND expires <= ?2")
        removeSessions = try database.prepare(
            "DELETE FROM token WHERE owner = ?1 AND kind = \(TokenScope.everything.storedKind)")
        removeAll = try database.prepare("DELETE FROM token WHERE owner = ?1")
    }
}

extension TokenScope {
    /// The number of its kind in the store, which is never reused.
    var storedKind: Int64 {
        switch self {
        case .send: 1
        case .read: 2
        case .everything: 3
        }
    }

    /// The hashtag that it reads, as its owner wrote it.
    var storedTag: String? { if case .read(let tag) = self { tag.written } else { nil } }

    /// - Returns: nil for what this version does not know.
    init?(storedKind kind: Int64, tag: String?) {
        switch kind {
        case 1: self = .send
        case 2:
            guard let tag = tag.flatMap({ Hashtag($0) }) else { return nil }
            self = .read(tag)
        case 3: self = .everything
        default: return nil
        }
    }
}
