/// The number in a store's first page that ties the file to the write-ahead log that was written for it.
///
/// SQLite replays a log into whatever file it finds beside it. If a server is killed and a backup is copied over its
/// store, the backup would be mixed with that server's log, so ``StoreHeader`` compares the two before SQLite opens
/// them.
///
/// The number is SQLite's schema cookie ("Database File Format", 1.3.9), which may be any value that no open connection
/// knows; SQLite's own copies of a file (`.backup`, `VACUUM INTO`) get a new cookie by themselves. Two rules make the
/// comparison sound:
/// - The cookie becomes a new random number before each checkpoint, so each state of the file has its own.
/// - The unchanged first page is also logged, when a log begins and before the cookie changes. So a log contains all
///   cookies that its file may have: the one that the file had when the log began, and those that a checkpoint moves
///   into it.
enum Edition {
    /// Logs the first page without a change.
    ///
    /// - Throws: errors that mean the disk cannot be trusted. A full disk or another program's lock only prevents the
    ///   note; a log without it is replayed like any other.
    static func note(in database: Database) throws(SQLiteError) {
        try write("PRAGMA application_id = \(Schema.applicationID)", to: database)
    }

    /// Gives the store a new random cookie.
    ///
    /// - Throws: as ``note(in:)``.
    static func renew(in database: Database) throws(SQLiteError) {
        try note(in: database)
        try write("PRAGMA schema_version = \(Int32.random(in: 1...Int32.max))", to: database)
    }

    private static func write(_ pragma: String, to database: Database) throws(SQLiteError) {
        do throws(SQLiteError) {
            try database.execute(pragma)
        } catch {
            if !error.isFull && !error.isPassing { throw error }
        }
    }
}
