public import CSystem

/// The owner of an open file or socket: closes it, once, when it goes.
public struct Descriptor: ~Copyable, Sendable {
    /// The number the kernel knows it by; valid as long as the owner lives.
    public let number: CInt

    /// Takes over a descriptor that nobody else closes.
    public init(owning number: CInt) {
        precondition(number >= 0, "a descriptor is not negative")
        self.number = number
    }

    deinit {
        // EINTR on Linux leaves it closed, a second try could close another's: see close(2).
        close(number)
    }

    /// Opens a file, not inherited by programs that are started; see open(2).
    ///
    /// - Parameters:
    ///   - flags: `O_` flags; `O_CLOEXEC` is added.
    ///   - mode: the permissions of a file that is created, before the umask.
    public static func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { csystem_open(path, flags | O_CLOEXEC, mode) })
    }

    /// Opens a file in this directory, whatever lies under the directory's name by now; see openat(2).
    public borrowing func open(_ name: String, _ flags: CInt, mode: mode_t = 0) throws(Errno) -> Descriptor {
        let number = number
        return Descriptor(owning: try valueOrErrno { csystem_open_in(number, name, flags | O_CLOEXEC, mode) })
    }

    /// Opens a log for appending, made with mode 0640 where there is none.
    ///
    /// A link is not followed, a pipe that nobody reads not waited for, a terminal not taken over.
    public static func openLog(_ path: String) throws(Errno) -> Descriptor {
        try .open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, mode: 0o640)
    }

    /// Reads at most `buffer.count` bytes; 0 at the end.
    ///
    /// See read(2).
    public borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        let number = number
        return try valueOrErrno { CSystem.read(number, buffer.baseAddress, buffer.count) }
    }

    /// Writes at most `bytes.count` bytes and says how many; see write(2).
    public borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let number = number
        return try valueOrErrno { CSystem.write(number, bytes.baseAddress, bytes.count) }
    }

    /// Sends on a socket, never with SIGPIPE; says how many bytes were taken.
    ///
    /// See send(2).
    public borrowing func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int {
        let number = number
        return try valueOrErrno { csystem_send(number, bytes.baseAddress, bytes.count) }
    }

    /// Sends parts that lie in different places, one behind the other; says how many bytes were taken.
    ///
    /// Never with SIGPIPE. See sendmsg(2); more parts than IOV_MAX are an error.
    public borrowing func send(_ parts: UnsafeBufferPointer<iovec>) throws(Errno) -> Int {
        let number = number
        return try valueOrErrno { csystem_send_parts(number, parts.baseAddress, parts.count) }
    }

    /// Ends the sending side of a socket; the peer reads the end of the stream.
    ///
    /// See shutdown(2).
    public borrowing func shutdownSending() {
        // It fails only where the peer has gone, which reading tells as well.
        shutdown(number, CInt(SHUT_WR))
    }

    /// Reads to the end of what the process was given or opened, standard input for one; see read(2).
    ///
    /// - Parameter limit: the most bytes to read; what follows stays unread.
    public static func readAll(from number: CInt, atMost limit: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let read = try bytes.withUnsafeMutableBufferPointer { buffer throws(Errno) in
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[count...])
                return try valueOrErrno { CSystem.read(number, rest.baseAddress, rest.count) }
            }
            if read == 0 { break }
            count += read
        }
        bytes.removeLast(limit - count)
        return bytes
    }
}

extension Descriptor {
    /// Writes all bytes to what the process was given or opened, with one call where the other side takes them.
    public static func writeAll(_ bytes: [UInt8], to number: CInt) throws(Errno) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                CSystem.write(number, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count >= 0 {
                written += count
                continue
            }
            let error = Errno.current
            // Whoever started the process may have made the stream not blocking.
            if error.wouldBlock {
                _ = try Poll.wait(number: number, toWrite: true, until: .never)
            } else if error.code != EINTR {
                throw error
            }
        }
    }

    /// Another descriptor for what the process was given; see dup(2).
    public static func duplicate(_ number: CInt) throws(Errno) -> Descriptor {
        Descriptor(owning: try valueOrErrno { csystem_duplicate(number) })
    }

    /// Locks the file against every other open file on it, without waiting; see flock(2).
    ///
    /// - Throws: EWOULDBLOCK where another one holds the lock.
    public borrowing func lockExclusively() throws(Errno) {
        let number = number
        try valueOrErrno { flock(number, LOCK_EX | LOCK_NB) }
    }

    /// Locks the file against exclusive locks alone, without waiting; see flock(2).
    ///
    /// - Throws: EWOULDBLOCK where another open file holds an exclusive lock.
    public borrowing func lockShared() throws(Errno) {
        let number = number
        try valueOrErrno { flock(number, LOCK_SH | LOCK_NB) }
    }

    /// Gives the lock up, for copies of the descriptor as well; see flock(2).
    ///
    /// Closing does not do that: a child process that is about to run its own program still has a copy.
    public borrowing func unlock() { flock(number, LOCK_UN) }

    /// Whether everybody on the machine may read the file; see fstat(2).
    public borrowing func isReadableByOthers() throws(Errno) -> Bool {
        var status = stat()
        let number = number
        try valueOrErrno { fstat(number, &status) }
        return status.st_mode & 0o004 != 0
    }
}
