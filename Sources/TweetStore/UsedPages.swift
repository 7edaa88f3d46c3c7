/// The part of the store's file that is in use, as SQLite counts it.
///
/// The file itself never shrinks: pages that erased and pruned rows leave are free, and the next rows use them. So the
/// size of the file would say that a store is full when it has room again. The two numbers are in the first page, which
/// the writer has in its cache: within a transaction asking for both takes two microseconds, and seven outside of one,
/// where each question locks the store.
struct UsedPages {
    private let pageBytes: Int64
    private let all: Statement
    private let free: Statement

    init(_ database: Database) throws(SQLiteError) {
        pageBytes = try database.integer("PRAGMA page_size") ?? 0
        all = try database.prepare("PRAGMA page_count")
        free = try database.prepare("PRAGMA freelist_count")
    }

    /// The bytes of the pages that are in use, with the changes of the transaction that is open.
    func bytes() throws(SQLiteError) -> Int64 {
        let all = try all.first { $0.integer(0) } ?? 0
        let free = try free.first { $0.integer(0) } ?? 0
        return (all - free) * pageBytes
    }
}
