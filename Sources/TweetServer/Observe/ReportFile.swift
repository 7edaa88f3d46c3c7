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
    /// The file that the path led to when it was opened: another server may have rotated it since.
    private var identity: FileIdentity?
    /// Whether another server writes to the same file: then it is that one's to rotate.
    public private(set) var isShared: Bool
    /// Lines that could not be written, and why the last one could not.
    private var lost = 0
    private var lastError: Errno?
    /// Whether the last write ended within a line.
    private var isCut = false

    /// Opens the log for appending, without following a link; it is made with mode 0640.
    ///
    /// - Parameters:
    ///   - maximumBytes: the size from which it is rotated.
    ///   - keep: how many rotated files stay.
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

    /// Whether a descriptor that the process was given leads to the same file.
    public func isSame(as number: CInt) -> Bool { LogStream.isSame(descriptor.number, number) }

    /// Moves what earlier sessions have written out of the way: to the end of the first rotated log while that has
    /// room, so that a server that is started again and again does not push the older reports out.
    ///
    /// A process that is killed in between has the reports in both files, and the next one adds them once more.
    func beginSession() {
        lookAtSize()
        guard size > 0, !isShared, let log = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            LogStream.isSame(log.number, descriptor.number)
        else { return }
        switch rotated.add(log, size: size) {
        case .added:
            // Not made empty: whoever follows the file by its name would miss what comes before the next look.
            if unlink(path) == 0 { reopen() }
        case .noRoom: rotate()
        case .failed: return
        }
    }

    /// Appends whole lines.
    ///
    /// Reports that cannot be written are lost and counted; the count is reported once writing works again.
    func append(_ lines: UnsafeRawBufferPointer, lineCount: Int) {
        if isShared { followOther() }
        if lost > 0, let lastError {
            // The note goes first, and alone: where it does not fit, nothing does.
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

    /// How many bytes of whole lines the file takes before it is full; 0 when it must be rotated first.
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

    /// Another program may have made the file shorter or longer: logrotate's copytruncate for one.
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

    /// Opens the file under its name again.
    func reopen() {
        // Where that fails the old one goes on: a report in the wrong place is better than none.
        guard let fresh = try? Descriptor.openLog(path) else { return }
        descriptor.unlock()
        descriptor = fresh
        (identity, size, isShared) = Self.look(at: descriptor)
        isCut = false
    }

    /// Goes to where the other server now writes, and is on its own once that has gone.
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

    /// Which file it is, the size that counts for rotation, and whether somebody else holds the file's lock; see flock(2).
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

/// The identity of a file, whatever it is called; see stat(2).
private struct FileIdentity: Equatable {
    let device: dev_t
    let number: ino_t

    init(_ status: stat) {
        device = status.st_dev
        number = status.st_ino
    }

    /// The file that a path leads to; nil where there is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}
