import CSystem

/// A pipe that one thread writes to so that another, which waits for its reading end, goes on.
///
/// Signals that come before the other has looked are one.
public final class WakeUp: Sendable {
    private let readingEnd: Descriptor
    private let writingEnd: Descriptor

    public init() throws(Errno) {
        var ends: (CInt, CInt) = (-1, -1)
        try valueOrErrno {
            withUnsafeMutablePointer(to: &ends) { pointer in
                pointer.withMemoryRebound(to: CInt.self, capacity: 2) { pipe($0) }
            }
        }
        let (reading, writing) = ends
        readingEnd = Descriptor(owning: reading)
        writingEnd = Descriptor(owning: writing)
        for number in [reading, writing] {
            try valueOrErrno { csystem_set_nonblocking(number) }
            try valueOrErrno { csystem_set_close_on_exec(number) }
        }
    }

    /// What the waiting thread watches for input.
    public var descriptorNumber: CInt { readingEnd.number }

    /// Wakes the other thread; from any thread.
    ///
    /// A full pipe wakes it as well.
    public func signal() {
        var byte: UInt8 = 1
        withUnsafeBytes(of: &byte) { _ = try? writingEnd.write($0) }
    }

    /// Takes the signals that have come; on the thread that waits.
    public func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while let count = try? readingEnd.read(into: buffer), count == buffer.count {}
        }
    }

    /// Waits for a signal, without end, and takes it.
    public func wait() {
        _ = try? Poll.wait(number: readingEnd.number, toWrite: false, milliseconds: .max)
        clear()
    }
}
