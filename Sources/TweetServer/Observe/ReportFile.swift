import CSystem
import TweetModel
public import TweetSystem

/// The file the reports go to, bounded by rotation: `Sample.txt`, `Sample.txt.1`, … `Sample.txt.N`, newest first.
public final class ReportFile {
    private let path: String
    private let maximumBytes: Int
    private let rotated: RotatedLogs
    private var descriptor: Descriptor
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
        (identity, size, isShared) = Self.look(at: descriptor)
    }

    deinit {
        descriptor.unlock()
    }

    /// Whether an inherited descriptor refers to the same file.
    public func isSame(as number: CInt) -> Bool { LogStream.isSame(descriptor.number, number) }

    /// Moves the reports of earlier sessions to the end of the first rotated log while that has room, so that a server
    /// that restarts often does not push out the older reports.
    ///
    /// If the process is killed in between, the reports are in both files, and the next process adds them once more.
    func beginSession() {
        lookAtSize()
        guard size > 0, !isShared, let log = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            LogStream.isSame(log.number, descriptor.number)
        else { return }
        switch rotated.add(log, size: size) {
        case .added:
            // Removed, not truncated: a program that follows the file by name would miss reports written before its
            // next check.
            if unlink(path) == 0 { reopen() }
        case .noRoom: rotate()
        case .failed: return
        }
    }

    /// Appends whole lines.
    ///
    /// Reports that cannot be written are dropped and counted; the count is reported once writing works again.
    func append(_ lines: UnsafeRawBufferPointer, lineCount: Int) {
        if isShared { followOther() }
        if lost > 0, let lastError {
            // The note is written first and by itself: if it does not fit, nothing does.
            let note = "\(lost) reports were lost: \(lastError)"
            var line = isCut ? [UInt8(ascii: "\n")] : []
            line += Report(.server, .error, Timestamp.now, note).line
            let written = line.withUnsafeBytes { write($0) }
            guard written == line.count else {
                lost += lineCount
                return
            }
            lost = 0
        }
        var rest = lines
        while !rest.isEmpty {
            let piece = pieceThatFits(rest)
            if piece == 0 {
                rotate()
                continue
            }
            let written = write(UnsafeRawBufferPointer(rebasing: rest[..<piece]))
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            guard written == piece else {
                lost += rest.count { $0 == UInt8(ascii: "\n") }
                return
            }
        }
    }

    /// The number of bytes of whole lines that fit into the file; 0 if it must be rotated first.
    private func pieceThatFits(_ lines: UnsafeRawBufferPointer) -> Int {
        if isShared || lines.count <= maximumBytes - size { return lines.count }
        lookAtSize()
        let room = maximumBytes - size
        if lines.count <= room { return lines.count }
        let lineFeed = UInt8(ascii: "\n")
        if let last = lines.prefix(max(0, room)).lastIndex(of: lineFeed) { return last + 1 }
        // A line longer than a whole file gets a file of its own.
        return size > 0 ? 0 : lines.firstIndex(of: lineFeed).map { $0 + 1 } ?? lines.count
    }

    /// Reads the file's size again: another program, such as logrotate with copytruncate, may have changed it.
    private func lookAtSize() {
        if !isShared { size = Self.look(at: descriptor).size }
    }

    /// - Returns: how many bytes were written.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        do throws(Errno) {
            let written = try descriptor.write(bytes)
            size += written
            if written > 0 { isCut = bytes[written - 1] != UInt8(ascii: "\n") }
            if written < bytes.count { lastError = Errno(code: ENOSPC) }
            return written
        } catch {
            lastError = error
            return 0
        }
    }

    /// Closes the file and opens its path again.
    func reopen() {
        // If that fails, the old file stays in use: a report in the wrong place is better than none.
        guard let fresh = try? Descriptor.openLog(path) else { return }
        descriptor.unlock()
        descriptor = fresh
        (identity, size, isShared) = Self.look(at: descriptor)
        isCut = false
    }

    /// Follows the other server to a new file after it has rotated; takes the lock once that server is gone.
    private func followOther() {
        guard let identity else { return }
        if let current = FileIdentity(path), current != identity {
            reopen()
        } else {
            (_, size, isShared) = Self.look(at: descriptor)
        }
    }

    private func rotate() {
        guard !isShared else { return }
        size = 0
        if rotated.rotate() { reopen() }
    }

    /// The file's identity, its size for rotation, and whether another process holds its lock; see flock(2).
    private static func look(
        at descriptor: borrowing Descriptor
    ) -> (identity: FileIdentity?, size: Int, isShared: Bool) {
        var status = stat()
        let isFile = fstat(descriptor.number, &status) == 0 && csystem_is_regular_file(status.st_mode) != 0
        // A device or a pipe is never rotated.
        guard isFile else { return (nil, 0, true) }
        let isShared = (try? descriptor.lockExclusively()) == nil
        return (FileIdentity(status), Int(status.st_size), isShared)
    }
}

/// The identity of a file, independent of its name; see stat(2).
private struct FileIdentity: Equatable {
    let device: dev_t
    let number: ino_t

    init(_ status: stat) {
        device = status.st_dev
        number = status.st_ino
    }

    /// Reads the identity of the file at a path; nil if there is no file.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}
