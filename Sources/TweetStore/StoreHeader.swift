import CSystem
import TweetSystem

/// The first bytes of a store's file, which identify its format and owner; see "Database File Format", 1.3, at
/// sqlite.org.
///
/// They are checked before SQLite opens the file: SQLite would apply a write-ahead log or journal that lies beside it,
/// and so might change a file that is not ours.
enum StoreHeader {
    private static let magic = Array("SQLite format 3\0".utf8)
    private static let byteCount = 100
    /// The bytes of the schema cookie; see ``Edition``.
    static let cookieBytes = 40..<44

    /// - Parameter withLog: whether to compare the write-ahead log with the file.
    /// - Throws: ``StoreError`` for a file that is no store, is a newer version's, is damaged, or does not match the
    ///   write-ahead log beside it.
    static func check(path: String, withLog: Bool = true) throws(StoreError) {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try firstBytes(of: path)
        } catch {
            throw StoreError(reading: path, error)
        }
        if bytes.isEmpty {
            // SQLite would take the empty file for a new one, and delete the log.
            guard size(of: path + "-wal") == 0 else {
                throw .failed(path: path, reason: "it is empty, but its write-ahead log is not")
            }
            return
        }
        // If power failed during the first start, the file may be all zeros; SQLite repairs it with the journal beside
        // it.
        if bytes.allSatisfy({ $0 == 0 }), size(of: path + "-journal") > 0 { return }
        guard bytes.count == byteCount, bytes.starts(with: magic),
            bigEndian(bytes[68..<72]) == Schema.applicationID
        else { throw .notAStore(path: path) }
        let version = Int(bigEndian(bytes[60..<64]))
        guard version <= Schema.steps.count else { throw .newerSchema(found: version, known: Schema.steps.count) }
        guard withLog else { return }
        do throws(Errno) {
            let isOwn = try WriteAheadLog.isOwn(path + "-wal", cookie: bigEndian(bytes[cookieBytes]))
            if isOwn { return }
        } catch {
            throw StoreError(reading: path + "-wal", error)
        }
        throw .foreignLog(path: path)
    }

    private static func firstBytes(of path: String) throws(Errno) -> [UInt8] {
        let file = try Descriptor.open(path, O_RDONLY)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
        defer { buffer.deallocate() }
        return Array(buffer[..<(try file.read(into: buffer))])
    }

    /// The size of a file in bytes; 0 if it does not exist.
    static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The integer that four big-endian bytes represent, as in all of SQLite's file formats.
    static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
