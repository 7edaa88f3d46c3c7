import CSystem
import TweetSystem

/// The rotated files of a log: `FILE.1`, … `FILE.N`, newest first.
struct RotatedLogs {
    let path: String
    /// How many of them stay.
    let keep: Int
    /// The size from which the first one takes no more.
    let maximumBytes: Int

    private func name(_ number: Int) -> String { "\(path).\(number)" }

    /// Moves the log out of its place and each rotated one a number on; the last one goes.
    ///
    /// - Returns: whether the place is free.
    func rotate() -> Bool {
        guard keep > 0 else { return unlink(path) == 0 || Errno.current.code == ENOENT }
        for number in stride(from: keep - 1, to: 0, by: -1) {
            // The older ones need not be there.
            _ = csystem_rename(name(number), name(number + 1))
        }
        return csystem_rename(path, name(1)) == 0 || Errno.current.code == ENOENT
    }

    /// The outcome of adding the reports of an earlier session.
    enum Addition {
        /// They stand in the first rotated log.
        case added
        /// There is no rotated log that has room for them.
        case noRoom
        /// They could not be written, a full disk for one: nothing has changed.
        case failed
    }

    /// Appends what the log holds to the first rotated log, where that has room.
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

    /// Ends a line that was cut short, so that the next one begins a new one.
    private static func endLine(of file: borrowing Descriptor, at end: Int) throws(Errno) {
        guard end > 0 else { return }
        var last: UInt8 = 0
        let number = file.number
        let count = try valueOrErrno { pread(number, &last, 1, off_t(end - 1)) }
        if count == 1, last != UInt8(ascii: "\n") { try Descriptor.writeAll([UInt8(ascii: "\n")], to: number) }
    }
}
