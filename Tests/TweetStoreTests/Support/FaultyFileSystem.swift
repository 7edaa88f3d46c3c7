import CSQLite
import CSystem
import TestSupport

/// SQLite's own file system with a ``FaultyDisk`` in front of it, for the directories that have one.
///
/// It wraps the default VFS (see sqlite3_vfs): the memory of a file is that of the original with a reference behind it,
/// and the methods are those of the original, some of them wrapped. Waiting for a lock takes no time.
enum FaultyFileSystem {
    private static let disks = Monitor<[String: FaultyDisk]>([:])

    /// Puts a disk in front of a directory, which must be a real path.
    static func mount(_ disk: FaultyDisk, at directory: String) {
        precondition(isRegistered, "SQLite takes no file system")
        disks.access { $0[directory] = disk }
    }

    static func unmount(_ directory: String) {
        disks.access { $0[directory] = nil }
    }

    fileprivate static func disk(of path: String) -> FaultyDisk? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return disks.access { $0[String(path[..<slash])] }
    }

    /// Registers the file system, once for the process.
    private static let isRegistered: Bool = {
        guard let original else { return false }
        let copy = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        copy.initialize(to: original.pointee)
        copy.pointee.pNext = nil
        copy.pointee.zName = UnsafePointer(strdup("faulty"))
        copy.pointee.szOsFile = CInt(referenceOffset + MemoryLayout<UnsafeRawPointer>.size)
        copy.pointee.xOpen = openFile
        copy.pointee.xDelete = deleteFile
        copy.pointee.xSleep = { _, microseconds in
            // Waits for a lock are whole milliseconds. The others are for a thread that is just restarting the log: a
            // reader looks a hundred times, and it gives up (SQLITE_PROTOCOL) if that takes no time.
            if microseconds % 1000 != 0 { usleep(useconds_t(microseconds)) }
            return microseconds
        }
        return sqlite3_vfs_register(copy, 1) == SQLITE_OK
    }()
}

/// The default file system of SQLite, constant after the first use.
nonisolated(unsafe) private let original = sqlite3_vfs_find(nil)

/// The aligned offset of the reference to the ``OpenFile``, behind the original's part of a file's memory.
private let referenceOffset = (Int(original?.pointee.szOsFile ?? 0) + 7) & ~7

/// A file that SQLite has open: its disk and its original methods.
private final class OpenFile {
    let disk: FaultyDisk
    let path: String
    let name: String
    let original: sqlite3_io_methods
    let replaced: UnsafeMutablePointer<sqlite3_io_methods>
    /// Whether the next sync also syncs the directory, as SQLite does with the first sync of a log or a journal.
    var syncsDirectory: Bool

    init(disk: FaultyDisk, path: String, original: sqlite3_io_methods, syncsDirectory: Bool) {
        self.syncsDirectory = syncsDirectory
        self.disk = disk
        self.path = path
        name = String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
        self.original = original
        replaced = .allocate(capacity: 1)
        replaced.initialize(to: original)
        replaced.pointee.xClose = closeFile
        replaced.pointee.xRead = readFile
        replaced.pointee.xWrite = writeFile
        replaced.pointee.xTruncate = truncateFile
        replaced.pointee.xSync = syncFile
        replaced.pointee.xShmMap = mapIndex
    }

    deinit {
        replaced.deallocate()
    }

    static func of(_ file: UnsafeMutablePointer<sqlite3_file>?) -> OpenFile? {
        reference(file).flatMap { $0.pointee }.map { Unmanaged<OpenFile>.fromOpaque($0).takeUnretainedValue() }
    }
}

private typealias File = UnsafeMutablePointer<sqlite3_file>?

private func reference(_ file: File) -> UnsafeMutablePointer<UnsafeMutableRawPointer?>? {
    file.map {
        (UnsafeMutableRawPointer($0) + referenceOffset).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    }
}

// MARK: The file system's functions

private func openFile(
    _: UnsafeMutablePointer<sqlite3_vfs>?, path: UnsafePointer<CChar>?, file: File, flags: CInt,
    outFlags: UnsafeMutablePointer<CInt>?
) -> CInt {
    reference(file)?.pointee = nil
    let code = original?.pointee.xOpen(original, path, file, flags, outFlags) ?? SQLITE_CANTOPEN
    guard code == SQLITE_OK else { return code }
    let text = path.map { String(cString: $0) } ?? ""
    if let disk = FaultyFileSystem.disk(of: text), let methods = file?.pointee.pMethods?.pointee {
        let isLog = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL) != 0
        let open = OpenFile(disk: disk, path: text, original: methods, syncsDirectory: isLog)
        reference(file)?.pointee = Unmanaged.passRetained(open).toOpaque()
        file?.pointee.pMethods = UnsafePointer(open.replaced)
    }
    return code
}

private func deleteFile(
    _: UnsafeMutablePointer<sqlite3_vfs>?, path: UnsafePointer<CChar>?, syncsDirectory: CInt
) -> CInt {
    let text = path.map { String(cString: $0) } ?? ""
    let name = text.lastIndex(of: "/").map { String(text[text.index(after: $0)...]) } ?? text
    let disk = FaultyFileSystem.disk(of: text)
    if let failure = disk?.failure(.delete, of: name) { return failure.returned }
    let code = original?.pointee.xDelete(original, path, syncsDirectory) ?? SQLITE_IOERR
    if code == SQLITE_OK { disk?.deleted(name) }
    if code == SQLITE_OK, syncsDirectory != 0 { disk?.syncedDirectory() }
    return code
}

// MARK: A file's functions

private func closeFile(_ file: File) -> CInt {
    guard let open = reference(file)?.pointee else { return SQLITE_IOERR }
    // The original method clears its part of the memory.
    return Unmanaged<OpenFile>.fromOpaque(open).takeRetainedValue().original.xClose(file)
}

private func readFile(_ file: File, to: UnsafeMutableRawPointer?, count: CInt, offset: sqlite3_int64) -> CInt {
    guard let open = OpenFile.of(file) else { return SQLITE_IOERR }
    if let failure = open.disk.failure(.read, of: open.name) { return failure.returned }
    return open.original.xRead(file, to, count, offset)
}

private func writeFile(_ file: File, bytes: UnsafeRawPointer?, count: CInt, offset: sqlite3_int64) -> CInt {
    guard let open = OpenFile.of(file) else { return SQLITE_IOERR }
    if let failure = open.disk.failure(.write, of: open.name) { return failure.returned }
    let (granted, failure) = open.disk.take(Int(count))
    guard let failure else { return open.original.xWrite(file, bytes, count, offset) }
    // A disk that fills up takes as many bytes as it has room for: see write(2).
    if granted > 0 { _ = open.original.xWrite(file, bytes, CInt(granted), offset) }
    return failure.returned
}

private func truncateFile(_ file: File, size newSize: sqlite3_int64) -> CInt {
    guard let open = OpenFile.of(file) else { return SQLITE_IOERR }
    if let failure = open.disk.failure(.truncate, of: open.name) { return failure.returned }
    return open.original.xTruncate(file, newSize)
}

private func syncFile(_ file: File, flags: CInt) -> CInt {
    guard let open = OpenFile.of(file) else { return SQLITE_IOERR }
    if let failure = open.disk.failure(.sync, of: open.name) { return failure.returned }
    // No test needs data after the process ends, so there is no need to wait for the real disk.
    open.disk.synced(open.name, path: open.path)
    if open.syncsDirectory { open.disk.syncedDirectory() }
    open.syncsDirectory = false
    return SQLITE_OK
}

private func mapIndex(
    _ file: File, region: CInt, bytes: CInt, extend: CInt,
    mapped: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CInt {
    guard let open = OpenFile.of(file) else { return SQLITE_IOERR }
    var status = stat()
    let size = stat(open.path + "-shm", &status) == 0 ? Int(status.st_size) : 0
    let growth = (Int(region) + 1) * Int(bytes) - size
    if extend != 0, growth > 0 {
        if let failure = open.disk.failure(.growIndex, of: open.name) { return failure.returned }
        if open.disk.take(growth).failure != nil { return DiskFailure.indexFull.returned }
    }
    return open.original.xShmMap(file, region, bytes, extend, mapped)
}
