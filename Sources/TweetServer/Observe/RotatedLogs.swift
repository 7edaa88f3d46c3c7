import CSystem
import TweetSystem

/// The rotated files of a log: `FILE.1`, … `FILE.N`, newest first.
struct RotatedLogs {
    let path: String
    /// How many rotated files are kept.
    let keep: Int
    /// The size that the first rotated log may not exceed.
    let maximumBytes: Int

    private func name(_ number: Int) -> String { "\(path).\(number)" }

    /// Renames the log to the first rotated log and each rotated log to the next number; the last one is lost.
    ///
    /// - Returns: whether the log's path is free.
    func rotate() -> Bool {
        guard keep > 0 else { return unlink(path) == 0 || Errno.current.code == ENOENT }
        for number in stride(from: keep - 1, to: 0, by: -1) {
            // The older logs may be missing.
            _ = csystem_rename(name(number), name(number + 1))
        }
        return csystem_rename(path, name(1)) == 0 || Errno.current.code == ENOENT
    }

    /// The outcome of adding the reports of an earlier session.
    enum Addition {
        /// They are in the first rotated log.
        case added
        /// No rotated log has room for them.
        case noRoom
        /// They could not be written, for example to a full disk; nothing has changed.
        case failed
    }

    /// Appends the log's contents to the first rotated log, if that has room.
    func add(_ log: borrowing Descriptor, size: Int) -> Addition {
        guard keep > 0, let rotated = try? Descriptor.open(name(1), O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
        else { return .noRoom }
        var status = stat()
        guard fstat(rotated.number, &status) == 0, csystem_is_regular_file(status.st_mode) != 0 else { return .noRoom }
        let before = Int(status.st_size)
        guard size <= maximumBytes - before else { return .noRoom }
        do {
            try Self.endLine(of: rotated, at: before)
            try log.copyRest(to: rotated)
            return .added
        } catch {
            ftruncate(rotated.number, off_t(before))
            return .failed
        }
    }

    /// Ends an incomplete last line, so that the next report starts on a new line.
    private static func endLine(of file: borrowing Descriptor, at end: Int) throws(Errno) {
        guard end > 0 else { return }
        var last: UInt8 = 0
        let number = file.number
        let count = try valueOrErrno { pread(number, &last, 1, off_t(end - 1)) }
        if count == 1, last != UInt8(ascii: "\n") { try Descriptor.writeAll([UInt8(ascii: "\n")], to: number) }
    }
}
