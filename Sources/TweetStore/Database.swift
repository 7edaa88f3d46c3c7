import CSQLite
import CSystem
import TweetSystem

/// An error of SQLite: its extended result code and its message.
public struct SQLiteError: Error, Sendable, CustomStringConvertible {
    public let code: CInt
    public let message: String
    /// The errno behind an SQLITE_IOERR_WRITE.
    ///
    /// For a COMMIT, sqlite3_system_errno does not report it.
    var systemError: CInt = 0

    public var description: String { message }

    /// Whether the disk or the user's quota is full, or a limit on the size of files is reached: a write may succeed
    /// later.
    ///
    /// This does not include a sync that fails for lack of space: that has lost data which had already been accepted.
    var isFull: Bool {
        code & 0xFF == SQLITE_FULL || code == Self.writeFailed && [EDQUOT, EFBIG].contains(systemError)
            || leavesIndexBehind
    }

    /// Whether the write-ahead log's index could not grow after the log itself was already written and synced.
    var leavesIndexBehind: Bool { code == Self.indexFailed }

    /// SQLITE_IOERR_WRITE and SQLITE_IOERR_SHMSIZE, which Swift does not import.
    private static let writeFailed = SQLITE_IOERR | 3 << 8
    private static let indexFailed = SQLITE_IOERR | 19 << 8

    /// The error if the store has given all sequences or positions away: like a full disk, it loses nothing.
    static let noNumberLeft = SQLiteError(code: SQLITE_FULL, message: "it has no number left for another entry")

    /// The error if the store's files are no longer in their places.
    static let filesReplaced = SQLiteError(
        code: SQLITE_READONLY | 4 << 8, message: "its files were removed or replaced while the server ran")

    /// The error if it cannot be seen whether the store's files are in their places.
    static func filesNotSeen(_ reason: Errno) -> SQLiteError {
        // No statement of the store has this code.
        SQLiteError(code: SQLITE_PERM, message: "it cannot be seen whether its files are in their places: \(reason)")
    }

    /// Whether only a look at the store's files has failed, and a later one may succeed.
    var isOfLooking: Bool { code == SQLITE_PERM }

    /// Whether the disk failed, other than for lack of space.
    var isInputOutput: Bool { code & 0xFF == SQLITE_IOERR && !isFull }

    /// Whether a page could not be read: nothing was written.
    var isOfReading: Bool { code == SQLITE_IOERR | 1 << 8 || code == SQLITE_IOERR | 2 << 8 }

    /// Whether another connection holds a lock: retrying later helps.
    var isPassing: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }
}

/// One connection to an SQLite file, used by one thread at a time (SQLite's multi-thread mode, no mutexes of its own).
final class Database {
    /// Nil once closed.
    private var handle: OpaquePointer?
    /// The statements that were prepared here; FTS5 has others, which it finalizes itself.
    private var statements: Set<OpaquePointer> = []

    /// Opens an existing file; see sqlite3_open_v2.
    init(path: String, readOnly: Bool) throws(SQLiteError) {
        var handle: OpaquePointer?
        let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code, message: message)
        }
        self.handle = handle
        waitForLocks(atMost: Self.patience)
    }

    /// The time to wait for another process (a backup, or an operator's sqlite3), which may hold a lock for a moment.
    static let patience: Duration = .seconds(2)

    /// Makes statements wait for another connection's lock, at most for a span of time; see sqlite3_busy_timeout.
    func waitForLocks(atMost span: Duration) {
        sqlite3_busy_timeout(handle, CInt(clamping: span.inMilliseconds))
    }

    deinit {
        close()
    }

    /// Closes the file and its statements.
    ///
    /// The last connection to close a file moves the write-ahead log into it and removes the log; see ``keepsLog``.
    func close() {
        guard let open = handle else { return }
        for statement in statements { sqlite3_finalize(statement) }
        statements = []
        sqlite3_close(open)
        handle = nil
    }

    /// Finalizes a statement, unless closing has done so.
    fileprivate func finalize(_ statement: OpaquePointer) {
        if statements.remove(statement) != nil { sqlite3_finalize(statement) }
    }

    /// Whether closing leaves the write-ahead log unchanged; see SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE.
    var keepsLog = false {
        didSet { csqlite_keep_log(handle, keepsLog ? 1 : 0) }
    }

    /// Runs statements that return no rows.
    func execute(_ sql: String) throws(SQLiteError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Compiles a statement for repeated use.
    func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        guard let statement else { throw SQLiteError(code: SQLITE_MISUSE, message: "an empty statement") }
        statements.insert(statement)
        return Statement(statement, of: self)
    }

    /// The first column of the first row, as an integer; nil without a row or for NULL.
    func integer(_ sql: String) throws(SQLiteError) -> Int64? {
        let statement = try prepare(sql)
        return try statement.first { $0.optionalInteger(0) } ?? nil
    }

    /// The number of rows that the last INSERT, UPDATE or DELETE changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// The number of rows that all statements have changed; see sqlite3_total_changes64.
    var totalChanges: Int64 { sqlite3_total_changes64(handle) }

    /// Whether a transaction is open: SQLite rolls back some failed transactions by itself.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Moves the write-ahead log into the file, except for what readers still need; see sqlite3_wal_checkpoint_v2.
    ///
    /// - Parameter truncates: whether to wait for readers, and to truncate the log.
    /// - Returns: whether all of it was moved.
    func checkpoint(truncates: Bool = false) throws(SQLiteError) -> Bool {
        let mode = truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        var logged: CInt = 0
        var moved: CInt = 0
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, &logged, &moved)
        // Busy is not a failure: another connection was in the way, and the next checkpoint will do it.
        if code & 0xFF == SQLITE_BUSY { return false }
        try check(code)
        return logged == moved
    }

    /// Stores the number of pages in the write-ahead log at the target after each commit; see sqlite3_wal_hook.
    func onCommit(_ target: UnsafeMutablePointer<Int>?) {
        sqlite3_wal_hook(
            handle,
            { target, _, _, pages in
                target?.assumingMemoryBound(to: Int.self).pointee = Int(pages)
                return SQLITE_OK
            }, target)
    }

    fileprivate func check(_ code: CInt) throws(SQLiteError) {
        if code != SQLITE_OK { throw failure }
    }

    /// The error of the last call, which failed.
    fileprivate var failure: SQLiteError {
        let systemError = csystem_errno()
        return SQLiteError(
            code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)),
            systemError: systemError)
    }
}

/// A compiled statement for repeated use.
final class Statement {
    private let handle: OpaquePointer
    private let database: Database

    fileprivate init(_ handle: OpaquePointer, of database: Database) {
        self.handle = handle
        self.database = database
    }

    deinit {
        database.finalize(handle)
    }

    // MARK: Parameters, numbered from 1

    func bind(_ index: Int, _ value: Int64) throws(SQLiteError) {
        try database.check(sqlite3_bind_int64(handle, CInt(index), value))
    }

    func bind(_ index: Int, _ value: String?) throws(SQLiteError) {
        guard var value else { return try database.check(sqlite3_bind_null(handle, CInt(index))) }
        let code = value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                csqlite_bind_text(handle, CInt(index), $0.baseAddress, CInt($0.count))
            }
        }
        try database.check(code)
    }

    // MARK: Running

    /// Runs a statement that returns no rows, and resets it for the next run.
    func run() throws(SQLiteError) {
        let code = sqlite3_step(handle)
        let result = code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code
        defer { sqlite3_reset(handle) }
        try database.check(result)
    }

    /// Calls the body for each row until it returns false, and resets the statement for the next run.
    ///
    /// - Returns: whether all rows were read.
    func forEachRow(_ body: (borrowing Row) -> Bool) throws(SQLiteError) -> Bool {
        defer { sqlite3_reset(handle) }
        while true {
            let code = sqlite3_step(handle)
            if code == SQLITE_DONE { return true }
            guard code == SQLITE_ROW else { throw database.failure }
            guard body(Row(handle: handle)) else { return false }
        }
    }

    /// Returns the body's value for the first row; nil without a row.
    func first<Value>(_ body: (borrowing Row) -> Value) throws(SQLiteError) -> Value? {
        defer { sqlite3_reset(handle) }
        let code = sqlite3_step(handle)
        if code == SQLITE_DONE { return nil }
        guard code == SQLITE_ROW else { throw database.failure }
        return body(Row(handle: handle))
    }
}

/// The current row of a statement; columns are numbered from 0.
struct Row: ~Copyable {
    fileprivate let handle: OpaquePointer

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, CInt(column)) }

    func optionalInteger(_ column: Int) -> Int64? {
        sqlite3_column_type(handle, CInt(column)) == SQLITE_NULL ? nil : integer(column)
    }

    func text(_ column: Int) -> String? {
        guard let bytes = sqlite3_column_text(handle, CInt(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, CInt(column)))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
