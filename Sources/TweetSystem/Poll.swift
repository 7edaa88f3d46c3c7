public import CSystem

/// Waiting for descriptors, no longer than to a deadline; one that has passed only looks.
public enum Poll {
    /// Waits until a descriptor can be read or written, has ended or failed; see poll(2).
    ///
    /// - Returns: false when the deadline has passed.
    public static func wait(
        for descriptor: borrowing Descriptor, toWrite: Bool, until deadline: Instant
    ) throws(Errno) -> Bool {
        try wait(number: descriptor.number, toWrite: toWrite, until: deadline)
    }

    /// The same for a descriptor that the process was given, standard output for one.
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

    /// Waits until a descriptor can be read, and no longer than somebody is left to read a stream.
    ///
    /// - Returns: false when nobody reads the stream any more: a pipe's other end is closed, a terminal hung up.
    public static func wait(
        for descriptor: borrowing Descriptor, orEndOf stream: StandardStream, until deadline: Instant
    ) throws(Errno) -> Bool {
        // Nothing is asked about the stream: an error and a hang-up are told in any case.
        let watched = pollfd(fd: stream.rawValue, events: 0, revents: 0)
        var entries = (pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0), watched)
        try valueOrErrno {
            withUnsafeMutablePointer(to: &entries) { pointer in
                pointer.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, timeout(until: deadline)) }
            }
        }
        return entries.1.revents == 0
    }

    /// Waits for nothing but the deadline.
    public static func pause(until deadline: Instant) {
        while Instant.now < deadline { poll(nil, 0, timeout(until: deadline)) }
    }

    /// One call waits for 24 days at most: the rest of a longer time is another.
    private static let longestTimeout = CInt.max

    /// Milliseconds from now to a deadline, as poll(2) takes them.
    private static func timeout(until deadline: Instant) -> CInt {
        CInt(clamping: max(deadline - .now, .zero).inMilliseconds)
    }
}
