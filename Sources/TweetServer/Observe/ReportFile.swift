import CSystem
import TweetModel
public import TweetSystem

/// The file the reports go to, bounded by rotation: `Sample.txt`, `Sample.txt.1`, … `Sample.txt.N`, newest first.
///
/// Several servers may share a file, as two in one directory do by default. Only the one that holds its lock rotates
/// it, and only as long as it is the file at the log's path; the others follow it to the new file.
public final class ReportFile {
    /// Rotations in a row without a line written: more means that another program undoes each of them.
    private static let rotationsAtOnce = 4

    private let path: String
    private let maximumBytes: Int
    private let rotated: RotatedLogs
    private var descriptor: Descriptor
    /// Kept so that a new file can be opened while clients have taken all other descriptors.
    private var reserve: Descriptor?
    private var size: Int
    /// The identity of the opened file: another server may have rotated the path since.
    private var identity: FileIdentity?
    /// Whether this server may not rotate the file: another one holds its lock, or it is a device or a pipe.
    public private(set) var isShared: Bool
    /// The number of lines that could not be written; ``lastError`` says why.
    private var lost = 0
    private var lastError: Errno?
    /// Whether the last write ended in the middle of a line.
    private var isCut = false

    /// Opens the log for appending, without following a link; a new file gets mode 0640.
    ///
    /// - Parameters:
    ///   - maximumBytes: the size at which the file is rotated.
    ///   - keep: how many rotated files are kept.
    public init(path: String, maximumBytes: Int, keep: Int) throws(Errno) {
        self.path = path
        self.maximumBytes = maximumBytes
        rotated = RotatedLogs(path: path, keep: keep, maximumBytes: maximumBytes)
        descriptor = try Descriptor.openLog(path)
        (identity, size, isShared) = Self.look(at: descriptor, path)
        keepReserve()
    }

    deinit {
        descriptor.unlock()
    }

    /// Whether an inherited descriptor refers to the same file.
    public func isSame(as number: CInt) -> Bool { LogStream.isSame(descriptor.number, number) }

    // MARK: Writing

    /// Appends whole lines.
    ///
    /// Reports that cannot be written are dropped and counted; the count is reported once writing works again.
    func append(_ lines: UnsafeRawBufferPointer, lineCount: Int) {
        // Others may have written as well.
        if isShared { followOther() } else { lookAtSize() }
        guard reportLoss() else {
            lost += lineCount
            return
        }
        var rest = lines
        var rotations = 0
        while !rest.isEmpty {
            var piece = pieceThatFits(rest, into: maximumBytes)
            if piece == 0 {
                rotations += 1
                if rotations <= Self.rotationsAtOnce, rotate() { continue }
                // Without another file this one goes on under its name, for once its size again.
                piece = pieceThatFits(rest, into: maximumBytes.multipliedSaturated(by: 2))
            }
            let written = write(UnsafeRawBufferPointer(rebasing: rest[..<piece]))
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            guard written == piece, piece > 0 else {
                lost += rest.count { $0 == UInt8(ascii: "\n") }
                return
            }
            rotations = 0
        }
    }

    /// Writes a note about lost lines, first and by itself: if it does not fit, nothing does.
    ///
    /// - Returns: whether lines can be written now.
    private func reportLoss() -> Bool {
        guard lost > 0, let lastError else { return true }
        let note = "\(lost) reports were lost: \(lastError)"
        var line = isCut ? [UInt8(ascii: "\n")] : []
        line += Report(.server, .error, Timestamp.now, note).line
        if pieceThatFits(line, into: maximumBytes) == 0, !rotate() { return false }
        guard line.withUnsafeBytes({ write($0) }) == line.count else { return false }
        lost = 0
        return true
    }

    private func pieceThatFits(_ line: [UInt8], into bound: Int) -> Int {
        line.withUnsafeBytes { pieceThatFits($0, into: bound) }
    }

    /// The number of bytes of whole lines that fit into the file; 0 if it must be rotated first.
    private func pieceThatFits(_ lines: UnsafeRawBufferPointer, into bound: Int) -> Int {
        if isShared || lines.count <= bound - size { return lines.count }
        lookAtSize()
        let room = bound - size
        if lines.count <= room { return lines.count }
        let lineFeed = UInt8(ascii: "\n")
        if let last = lines.prefix(max(0, room)).lastIndex(of: lineFeed) { return last + 1 }
        // A line longer than a whole file gets a file of its own.
        return size > 0 ? 0 : lines.firstIndex(of: lineFeed).map { $0 + 1 } ?? lines.count
    }

    /// Reads the file's size again: another program, such as logrotate with copytruncate, may have changed it.
    private func lookAtSize() {
        if !isShared { size = descriptor.fileBytes ?? size }
    }

    /// - Returns: how many bytes were written.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard !bytes.isEmpty else { return 0 }
        do throws(Errno) {
            var written = try descriptor.write(bytes)
            if isShared, identity != nil, descriptor.isRemoved {
                // The other server has removed the file between the look at its path and the write.
                reopen()
                if !descriptor.isRemoved { written = try descriptor.write(bytes) }
            }
            size = size.addingSaturated(written)
            if written > 0 { isCut = bytes[written - 1] != UInt8(ascii: "\n") }
            if written < bytes.count { lastError = Errno(code: ENOSPC) }
            return written
        } catch {
            lastError = error
            return 0
        }
    }

    // MARK: Another file

    /// Moves the reports of earlier sessions to the end of the first rotated log while that has room, so that a server
    /// that restarts often does not push out the older reports.
    ///
    /// If the process is killed in between, the reports are in both files, and the next process adds them once more.
    func beginSession() {
        lookAtSize()
        guard size > 0, !isShared, let log = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            LogStream.isSame(log.number, descriptor.number)
        else { return }
        // Replaced, not truncated: a program that follows the file by name would miss reports written before its next
        // check.
        let addition = rotated.add(log, size: size) { () throws(Errno) in
            try replace { (fresh) throws(Errno) in try rotated.replace(with: fresh) }
        }
        if addition == .noRoom { _ = rotate() }
    }

    /// Closes the file and opens its path again.
    ///
    /// If that fails, the old file stays in use: a report in the wrong place is better than none.
    func reopen() {
        _ = try? replace { () throws(Errno) in try Descriptor.openLog(path) }
    }

    /// Gives the log a new file, and the old one the first rotated name.
    ///
    /// - Returns: whether there is another file now.
    private func rotate() -> Bool {
        guard !isShared else { return false }
        do throws(Errno) {
            // Another server or program has put another file in place of this one, or has taken it away.
            guard let identity, FileIdentity(path) == identity else {
                try replace { () throws(Errno) in try Descriptor.openLog(path) }
                return true
            }
            try replace { (fresh) throws(Errno) in try rotated.rotate(to: fresh) }
            return true
        } catch {
            lastError = error
            return false
        }
    }

    /// Makes a file that has no place yet, puts it in place, and writes to it from now on.
    ///
    /// The new file comes first: without it, the log keeps its name. If another program has put a file in place
    /// meanwhile, the log continues in that one.
    private func replace(_ putInPlace: (borrowing NewLog) throws(Errno) -> Bool) throws(Errno) {
        try replace { () throws(Errno) in
            let fresh = try NewLog(for: path)
            // Taken before anybody can open the file by its name.
            try? fresh.descriptor.lockExclusively()
            do throws(Errno) {
                return try putInPlace(fresh) ? fresh.release() : try Descriptor.openLog(path)
            } catch {
                NewLog.remove(for: path)
                throw error
            }
        }
    }

    private func replace(_ open: () throws(Errno) -> Descriptor) throws(Errno) {
        reserve = nil
        defer { keepReserve() }
        let fresh = try open()
        descriptor.unlock()
        descriptor = fresh
        (identity, size, isShared) = Self.look(at: descriptor, path)
        isCut = false
    }

    private func keepReserve() {
        if reserve == nil { reserve = try? Descriptor.open("/dev/null", O_RDONLY) }
    }

    /// Follows the other server to a new file after it has rotated; takes the lock once that server is gone.
    private func followOther() {
        guard let identity else { return }
        if let current = FileIdentity(path), current != identity {
            reopen()
        } else {
            (_, size, isShared) = Self.look(at: descriptor, path)
        }
    }

    /// The file's identity, its size for rotation, and whether this server may not rotate it: another process holds its
    /// lock, or it is no longer the file at the path; see flock(2).
    ///
    /// The path is free for a moment while another server rotates.
    static func look(
        at descriptor: borrowing Descriptor, _ path: String
    ) -> (identity: FileIdentity?, size: Int, isShared: Bool) {
        // A device or a pipe is never rotated.
        guard let size = descriptor.fileBytes, let identity = FileIdentity(of: descriptor) else {
            return (nil, 0, true)
        }
        guard (try? descriptor.lockExclusively()) != nil else { return (identity, size, true) }
        // Its holder may have rotated it just before: the lock of a rotated file is not that of the log. A file without a
        // name is not the log either: what is written to it is lost.
        let isLog = FileIdentity(path).map { $0 == identity } ?? !descriptor.isRemoved
        if !isLog { descriptor.unlock() }
        return (identity, size, !isLog)
    }
}
