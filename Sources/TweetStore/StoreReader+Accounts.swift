public import TweetModel

/// Reads accounts.
extension StoreReader {
    public func account(_ name: Name) throws(SQLiteError) -> Account? {
        try accounts.find.bind(1, name.key)
        return try accounts.find.first { Account($0) }
    }

    /// Reads the accounts that are not hidden, ordered by their names' keys, until the body stops.
    ///
    /// - Parameters:
    ///   - name: the name after which to start; nil for all accounts.
    ///   - body: takes an account and returns whether it wants another.
    public func readAccounts(after name: Name?, _ body: (Account) -> Bool) throws(SQLiteError) {
        try accounts.page.bind(1, name?.key ?? "")
        _ = try accounts.page.forEachRow { body(Account($0)) }
    }

    /// Reads the names that an account blocks, ordered by their keys, until the body stops.
    ///
    /// - Parameters:
    ///   - name: the name after which to start; nil for all of them.
    ///   - body: takes a name, and since when it is blocked, and returns whether it wants another.
    public func readBlocks(
        of account: Account, after name: Name?, _ body: (Name, Timestamp) -> Bool
    ) throws(SQLiteError) {
        try accounts.blocks.bind(1, account.name.key)
        try accounts.blocks.bind(2, account.created)
        try accounts.blocks.bind(3, name?.key ?? "")
        _ = try accounts.blocks.forEachRow { row in
            body(Name(stored: row.text(0) ?? ""), Timestamp(milliseconds: row.integer(1)))
        }
    }

    /// The number of messages that an account has not read; 0 if the account is removed.
    public func pendingCount(of account: Account) throws(SQLiteError) -> Int {
        try accounts.countPending.bind(1, account.name.key)
        try accounts.countPending.bind(2, account.created)
        return try accounts.countPending.first { Int($0.integer(0)) } ?? 0
    }
}

/// The statements that read accounts; ?1 is a name's key.
struct AccountQueries {
    let find: Statement
    let page: Statement
    let countPending: Statement
    let blocks: Statement

    static let pageSQL = """
        SELECT name, created, password, hidden FROM account INDEXED BY account_visible
        WHERE hidden = 0 AND key > ?1 ORDER BY key
        """

    init(_ database: Database) throws(SQLiteError) {
        find = try database.prepare("SELECT name, created, password, hidden FROM account WHERE key = ?1")
        page = try database.prepare(Self.pageSQL)
        blocks = try database.prepare(
            """
            SELECT name, time FROM block WHERE owner = ?1 AND sender > ?3
            AND EXISTS (SELECT 1 FROM account WHERE key = ?1 AND created = ?2) ORDER BY sender
            """)
        countPending = try database.prepare("SELECT pending FROM account WHERE key = ?1 AND created = ?2")
    }
}

extension Account {
    /// Reads the columns name, created, password, hidden.
    fileprivate init(_ row: borrowing Row) {
        self.init(
            name: Name(stored: row.text(0) ?? ""), created: row.integer(1),
            password: PasswordHash(row.text(2) ?? ""), isHidden: row.integer(3) != 0)
    }
}
