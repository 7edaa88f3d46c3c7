import CSQLite
import CSystem
import Foundation
import Testing
import TweetSystem

// MARK: Files

func contents(of path: String) throws(Errno) -> [UInt8] {
    let file = try Descriptor.open(path, O_RDONLY)
    var status = stat()
    let number = file.number
    try valueOrErrno { fstat(number, &status) }
    return try Descriptor.readAll(from: number, atMost: Int(status.st_size))
}

func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The files of a directory with their bytes, without those of its subdirectories.
func files(in directory: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
        var status = stat()
        guard lstat(directory + "/" + name, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
        files[name] = try contents(of: directory + "/" + name)
    }
    return files
}

/// The permissions of a file.
func mode(of path: String) throws -> String {
    var status = stat()
    try #require(lstat(path, &status) == 0, "\(path) is not there")
    return String(status.st_mode & 0o7777, radix: 8)
}

// MARK: A separate SQLite

/// A connection outside the store, for a backup, a user with sqlite3, or the database of another program.
final class OtherConnection {
    private let handle: OpaquePointer

    init(_ path: String) throws {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX
        try #require(sqlite3_open_v2(path, &handle, flags, nil) == SQLITE_OK)
        self.handle = try #require(handle)
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    /// Begins a copy of another connection's database into this one's.
    func beginBackup(of source: OtherConnection) -> OpaquePointer? {
        sqlite3_backup_init(handle, "main", source.handle, "main")
    }

    func execute(_ sql: String) throws {
        try #require(
            sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK, "\(sql): \(String(cString: sqlite3_errmsg(handle)))")
    }

    /// The first row, as integers.
    func integers(_ sql: String) throws -> [Int64] {
        var statement: OpaquePointer?
        try #require(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
        defer { sqlite3_finalize(statement) }
        try #require(sqlite3_step(statement) == SQLITE_ROW)
        return (0..<sqlite3_column_count(statement)).map { sqlite3_column_int64(statement, $0) }
    }
}
