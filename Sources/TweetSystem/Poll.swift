public import CSystem

/// Waiting for one descriptor.
public enum Poll {
    /// Waits until a descriptor can be read or written, has ended or failed; see poll(2).
    ///
    /// - Parameter milliseconds: how long at most; 0 only looks, `UInt64.max` waits without end.
    /// - Returns: false when the time has passed.
    public static func wait(
        for descriptor: borrowing Descriptor, toWrite: Bool, milliseconds: UInt64
    ) throws(Errno) -> Bool {
        try wait(number: descriptor.number, toWrite: toWrite, milliseconds: milliseconds)
    }

    /// The same for a descriptor that the process was given, standard output for one.
    public static func wait(number: CInt, toWrite: Bool, milliseconds: UInt64) throws(Errno) -> Bool {
        let (sum, isEndless) = Clock.monotonicMilliseconds.addingReportingOverflow(milliseconds)
        let deadline = isEndless ? .max : sum
        var entry = pollfd(fd: number, events: Int16(toWrite ? POLLOUT : POLLIN), revents: 0)
        while true {
            let now = Clock.monotonicMilliseconds
            let left = deadline > now ? deadline - now : 0
            let ready = poll(&entry, 1, CInt(clamping: left))
            if ready > 0 { return true }
            if ready < 0 {
                let error = Errno.current
                if error.code != EINTR { throw error }
            } else if left <= UInt64(CInt.max) {
                return false
            }
            // One poll waits for 24 days at most: the rest of a longer time is another.
        }
    }

    /// Waits until one of several descriptors is ready for what its entry asks for, or a signal comes; see poll(2).
    ///
    /// - Parameter milliseconds: how long at most; 0 only looks.
    public static func wait(forAnyOf entries: inout [pollfd], milliseconds: UInt64) throws(Errno) {
        if poll(&entries, nfds_t(entries.count), CInt(clamping: milliseconds)) < 0, Errno.current.code != EINTR {
            throw Errno.current
        }
    }

    /// Waits until a descriptor can be read, and no longer than somebody is left to read a stream.
    ///
    /// - Returns: false when nobody reads the stream any more: a pipe's other end is closed, a terminal hung up.
    public static func wait(
        for descriptor: borrowing Descriptor, orEndOf stream: StandardStream, milliseconds: UInt64
    ) throws(Errno) -> Bool {
        // Nothing is asked about the stream: an error and a hang-up are told in any case.
        let watched = pollfd(fd: stream.rawValue, events: 0, revents: 0)
        var entries = (pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0), watched)
        try valueOrErrno {
            withUnsafeMutablePointer(to: &entries) { pointer in
                pointer.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, CInt(clamping: milliseconds)) }
            }
        }
        return entries.1.revents == 0
    }
}
