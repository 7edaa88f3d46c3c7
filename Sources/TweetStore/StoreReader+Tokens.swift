public import TweetModel

/// Reads tokens.
extension StoreReader {
    /// The token with a hash, expired or not; nil if there is none, or none that this version understands.
    public func token(_ hash: TokenHash) throws(SQLiteError) -> AccessToken? {
        try tokens.find.bind(1, hash.string)
        return try tokens.find.first { AccessToken($0) } ?? nil
    }

    /// All tokens of an account, expired ones too, in the order in which they were made.
    ///
    /// They are few: see ``TweetJournal/TokenLimits``.
    public func tokens(of owner: Name) throws(SQLiteError) -> [AccessToken] {
        var found: [AccessToken] = []
        try tokens.list.bind(1, owner.key)
        _ = try tokens.list.forEachRow { row in
            if let token = AccessToken(row) { found.append(token) }
            return true
        }
        return found
    }
}

/// The statements that read tokens.
struct TokenQueries {
    fileprivate let find: Statement
    fileprivate let list: Statement

    init(_ database: Database) throws(SQLiteError) {
        // The account's row has the name as its owner writes it.
        let token = """
            SELECT t.id, a.name, t.kind, t.tag, t.label, t.created, t.expires
            FROM token AS t JOIN account AS a ON a.key = t.owner
            """
        find = try database.prepare("\(token) WHERE t.hash = ?1")
        list = try database.prepare("\(token) WHERE t.owner = ?1 ORDER BY t.id")
    }
}

extension AccessToken {
    /// Reads the columns id, name, kind, tag, label, created, expires.
    fileprivate init?(_ row: borrowing Row) {
        guard let scope = TokenScope(storedKind: row.integer(2), tag: row.text(3)) else { return nil }
        self.init(
            id: row.integer(0), owner: Name(stored: row.text(1) ?? ""), scope: scope,
            label: row.text(4).map(TokenLabel.init(stored:)), created: Timestamp(milliseconds: row.integer(5)),
            expires: row.optionalInteger(6).map(Timestamp.init(milliseconds:)))
    }
}
