import CSystem

/// Standard input, output and error: inherited descriptors, which the process does not own.
public enum StandardStream: CInt, CaseIterable, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// Opens the standard streams that were closed when the process started, so that no socket gets their numbers.
    ///
    /// Each is opened only in the wrong direction, so that using the stream still fails, as it should.
    public static func occupyClosed() {
        let allowed = [O_WRONLY, O_RDONLY, O_RDONLY]
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: allowed.count) { entries in
            for stream in allCases {
                entries[Int(stream.rawValue)] = pollfd(fd: stream.rawValue, events: 0, revents: 0)
            }
            // One call checks all three.
            guard poll(entries.baseAddress, nfds_t(entries.count), 0) > 0 else { return }
            for (entry, flags) in zip(entries, allowed) where Int32(entry.revents) & POLLNVAL != 0 {
                // The lowest free number is assigned, which is this one.
                _ = csystem_open("/dev/null", flags, 0)
            }
        }
    }

    /// Whether it is a terminal; see isatty(3).
    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether it is a regular file, whose reads never block; see stat(2).
    public var isFile: Bool {
        var status = stat()
        return fstat(rawValue, &status) == 0 && csystem_is_regular_file(status.st_mode) != 0
    }

    /// Whether it has unread bytes, as far as the system can tell; see ioctl(2), FIONREAD.
    public var hasUnread: Bool { csystem_unread_bytes(rawValue) > 0 }

    /// Writes all bytes, with one call if the other side accepts them all.
    public func write(_ bytes: [UInt8]) throws(Errno) {
        try Descriptor.writeAll(bytes, to: rawValue)
    }
}
