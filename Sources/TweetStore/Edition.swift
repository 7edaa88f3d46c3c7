/// The number in a store's first page that tells which write-ahead log was written for the file.
///
/// SQLite replays a log over whatever file it lies beside. A backup that is copied over the store of a server that was
/// killed would be mixed with that server's log, so ``StoreHeader`` compares the two before SQLite opens them.
///
/// The number is SQLite's schema cookie ("Database File Format", 1.3.9), which may have any value that no open
/// connection knows; SQLite's own copies of a file (`.backup`, `VACUUM INTO`) get another one by themselves. Two rules
/// make the comparison sound:
/// - The cookie becomes a random number before each checkpoint, so that each state of the file has one of its own.
/// - The first page is also logged as it is, when a log begins and before the cookie changes. So a log has all cookies
///   that its file may have: the one the file had when the log began, and those that a checkpoint moves there.
enum Edition {
    /// Logs the first page as it is.
    ///
    /// - Throws: what says that the disk cannot be trusted. Without the note, which a full disk or another program's
    ///   lock prevents, the log is replayed as any other.
    static func note(in database: Database) throws(SQLiteError) {
        try write("PRAGMA application_id = \(Schema.applicationID)", to: database)
    }

    /// Gives the store a cookie that it has never had.
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
