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

    // MARK: Rotating

    /// Renames the log to the first rotated log and each rotated log to the next number, where the last one is lost, and
    /// puts a new file in the log's place.
    ///
    /// - Returns: whether the new file is in place; otherwise another program has put one there.
    /// - Throws: the reason why the log keeps its place.
    func rotate(to fresh: borrowing NewLog) throws(Errno) -> Bool {
        // A rename between two names of one file does nothing (see rename(2)): the contents have their new name already.
        if keep == 0 || FileIdentity(path) == FileIdentity(name(1)) { return try replace(with: fresh) }
        for number in stride(from: keep - 1, to: 0, by: -1) {
            // The older logs may be missing.
            _ = csystem_rename(name(number), name(number + 1))
        }
        do throws(Errno) {
            let (path, first) = (path, name(1))
            try valueOrErrno { csystem_rename(path, first) }
        } catch {
            unshift()
            throw error
        }
        do throws(Errno) {
            return try fresh.putInPlace()
        } catch {
            _ = csystem_rename(name(1), path)
            unshift()
            throw error
        }
    }

    /// Gives the older logs their former numbers back, so that another attempt does not push out one more of them.
    private func unshift() {
        for number in stride(from: 1, to: keep, by: 1) where FileIdentity(name(number)) == nil {
            _ = csystem_rename(name(number + 1), name(number))
        }
    }

    /// Puts a new file in the log's place; the old one loses that name.
    func replace(with fresh: borrowing NewLog) throws(Errno) -> Bool {
        try fresh.putOver()
        return true
    }

    // MARK: Adding

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
    ///
    /// - Parameter replace: puts a new file in the log's place, once the contents are added.
    func add(_ log: borrowing Descriptor, size: Int, then replace: () throws(Errno) -> Void) -> Addition {
        guard keep > 0, let rotated = try? Descriptor.open(name(1), O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
        else { return .noRoom }
        var status = stat()
        guard fstat(rotated.number, &status) == 0, csystem_is_regular_file(status.st_mode) != 0 else { return .noRoom }
        if LogStream.isSame(rotated.number, log.number) {
            // Both are names of one file: all of it is there.
            return (try? replace()) == nil ? .failed : .added
        }
        let before = Int(status.st_size)
        guard size <= maximumBytes - before else { return .noRoom }
        do {
            try Self.endLine(of: rotated, at: before)
            try log.copyRest(to: rotated)
            try replace()
        } catch {
            ftruncate(rotated.number, off_t(before))
            return .failed
        }
        // The bytes that another server has written meanwhile.
        try? log.copyRest(to: rotated)
        return .added
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

/// A new file for a log, under a temporary name until it is put in place.
struct NewLog: ~Copyable {
    let descriptor: Descriptor
    private let path: String
    private let temporary: String

    private static func temporary(for path: String) -> String { path + ".new" }

    /// Removes a file that could not be put in place.
    static func remove(for path: String) { unlink(temporary(for: path)) }

    /// Makes an empty file beside the log; one that a killed process has left is removed.
    init(for path: String) throws(Errno) {
        self.path = path
        temporary = Self.temporary(for: path)
        unlink(temporary)
        descriptor = try Descriptor.openLog(temporary)
    }

    /// Gives the file the log's name, which must be free.
    ///
    /// - Returns: false if another file has the name.
    borrowing func putInPlace() throws(Errno) -> Bool {
        defer { unlink(temporary) }
        let (temporary, path) = (temporary, path)
        do throws(Errno) {
            try valueOrErrno { link(temporary, path) }
            return true
        } catch {
            if error.code == EEXIST { return false }
            // Not every file system has links.
            try putOver()
            return true
        }
    }

    /// Gives the file the log's name, in place of the file that has it.
    borrowing func putOver() throws(Errno) {
        let (temporary, path) = (temporary, path)
        do throws(Errno) {
            try valueOrErrno { csystem_rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    consuming func release() -> Descriptor { descriptor }
}
