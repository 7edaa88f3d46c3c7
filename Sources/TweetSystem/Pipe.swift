import CSystem

/// The two ends of a pipe within this process: non-blocking and not inherited.
///
/// See pipe(2).
public struct Pipe: ~Copyable, Sendable {
    public let readingEnd: Descriptor
    public let writingEnd: Descriptor

    public init() throws(Errno) {
        var ends: (CInt, CInt) = (-1, -1)
        try valueOrErrno {
            withUnsafeMutablePointer(to: &ends) { pointer in
                pointer.withMemoryRebound(to: CInt.self, capacity: 2) { pipe($0) }
            }
        }
        let reading = Descriptor(owning: ends.0)
        let writing = Descriptor(owning: ends.1)
        for number in [ends.0, ends.1] {
            try valueOrErrno { csystem_set_nonblocking(number) }
            try valueOrErrno { csystem_set_close_on_exec(number) }
        }
        readingEnd = reading
        writingEnd = writing
    }

    /// Closes the writing end; reading the other end then reports the end of the stream.
    public consuming func closingWritingEnd() -> Descriptor { readingEnd }
}
