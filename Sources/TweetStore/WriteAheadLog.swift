import CSystem
import TweetSystem

/// SQLite's write-ahead log as a file; see "WAL-mode File Format" at sqlite.org.
enum WriteAheadLog {
    private static let pageBytes = 4096

    /// Whether a log may have been written for a store's file; see ``Edition``.
    ///
    /// A log without a first page, such as one of an older ttweetsrv, is accepted, since it has no cookie to compare.
    ///
    /// - Parameter cookie: the file's schema cookie.
    static func isOwn(_ path: String, cookie: UInt32) throws(Errno) -> Bool {
        guard var frames = try LogFrames.begin(path: path) else {
            // SQLite would delete a file that it does not recognise as a log, and so lose the contents of a damaged
            // one.
            return try LogFrames.canBeLeft(path: path)
        }
        var isTold = false
        while let (number, page) = try frames.next() {
            guard number == 1 else { continue }
            if StoreHeader.bigEndian(page[StoreHeader.cookieBytes]) == cookie { return true }
            isTold = true
        }
        return !isTold
    }

    /// Extends the log in advance with zeros after its end.
    ///
    /// Each upload waits for a sync, and syncing an overwritten part of a file takes half as long as syncing an
    /// extension of it (measured on ext4: 0.19 and 0.35 ms). Zeros are not a valid frame: SQLite reads the log up to
    /// the first invalid frame, and overwrites the rest.
    ///
    /// On a disk with little free space nothing is extended, and the log grows as usual.
    ///
    /// - Throws: the error of a failed sync: after it nobody knows what the disk has of the log, and only the descriptors
    ///   that were open are told.
    static func extend(_ path: String, toPages pages: Int) throws(Errno) {
        let wanted = LogFrames.headerBytes + pages * (LogFrames.frameHeaderBytes + pageBytes)
        guard let file = try? Descriptor.open(path, O_WRONLY | O_APPEND | O_NOFOLLOW) else { return }
        var status = stat()
        guard fstat(file.number, &status) == 0, Int(status.st_size) < wanted else { return }
        guard csystem_free_bytes(file.number) / 4 > wanted else { return }
        let zeros = [UInt8](repeating: 0, count: wanted - Int(status.st_size))
        _ = zeros.withUnsafeBytes { write(file.number, $0.baseAddress, $0.count) }
        guard fdatasync(file.number) == 0 else { throw .current }
    }
}
