public import CSystem

/// Waiting for descriptors until a deadline; a deadline in the past only checks.
public enum Poll {
    /// Waits until a descriptor is readable or writable, has ended or failed; see poll(2).
    ///
    /// - Returns: false when the deadline has passed.
    public static func wait(
        for descriptor: borrowing Descriptor, toWrite: Bool, until deadline: Instant
    ) throws(Errno) -> Bool {
        try wait(number: descriptor.number, toWrite: toWrite, until: deadline)
    }

    /// Waits in the same way for an inherited descriptor, such as standard output.
    public static func wait(number: CInt, toWrite: Bool, until deadline: Instant) throws(Errno) -> Bool {
        var entry = pollfd(fd: number, events: Int16(toWrite ? POLLOUT : POLLIN), revents: 0)
        while true {
            let timeout = timeout(until: deadline)
            let ready = poll(&entry, 1, timeout)
            if ready > 0 { return true }
            if ready < 0 {
                let error = Errno.current
                if error.code != EINTR { throw error }
            } else if timeout < longestTimeout {
                return false
            }
        }
    }

    /// Waits until one of several descriptors is ready for what its entry asks for, a signal comes or the deadline has
    /// passed; see poll(2).
    public static func wait(forAnyOf entries: inout [pollfd], until deadline: Instant) throws(Errno) {
        if poll(&entries, nfds_t(entries.count), timeout(until: deadline)) < 0, Errno.current.code != EINTR {
            throw Errno.current
        }
    }

    /// Waits until a descriptor is readable, as long as a stream has a reader.
    ///
    /// - Returns: false if nothing reads the stream any more: a pipe's other end is closed, or a terminal hung up.
    public static func wait(
        for descriptor: borrowing Descriptor, orEndOf stream: StandardStream, until deadline: Instant
    ) throws(Errno) -> Bool {
        // No events are requested for the stream: errors and hang-ups are reported in any case.
        let watched = pollfd(fd: stream.rawValue, events: 0, revents: 0)
        var entries = (pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0), watched)
        try valueOrErrno {
            withUnsafeMutablePointer(to: &entries) { pointer in
                pointer.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, timeout(until: deadline)) }
            }
        }
        return entries.1.revents == 0
    }

    /// Sleeps until the deadline.
    public static func pause(until deadline: Instant) {
        while Instant.now < deadline { poll(nil, 0, timeout(until: deadline)) }
    }

    /// One call waits for at most 24 days; a longer wait takes several calls.
    private static let longestTimeout = CInt.max

    /// The time from now to a deadline, as a timeout of poll(2) in milliseconds.
    private static func timeout(until deadline: Instant) -> CInt {
        CInt(clamping: max(deadline - .now, .zero).inMilliseconds)
    }
}
