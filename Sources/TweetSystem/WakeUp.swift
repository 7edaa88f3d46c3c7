import CSystem

/// A pipe by which one thread wakes another, which waits for its reading end.
///
/// Several signals before the other thread wakes count as one.
public final class WakeUp: Sendable {
    private let pipe: Pipe

    public init() throws(Errno) {
        pipe = try Pipe()
    }

    /// The number of the descriptor that the waiting thread watches for input.
    public var descriptorNumber: CInt { pipe.readingEnd.number }

    /// Wakes the waiting thread; may be called from any thread.
    ///
    /// A full pipe is no error, since it wakes the thread as well.
    public func signal() {
        var byte: UInt8 = 1
        withUnsafeBytes(of: &byte) { _ = try? pipe.writingEnd.write($0) }
    }

    /// Clears the pending signals; called on the waiting thread.
    public func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while let count = try? pipe.readingEnd.read(into: buffer), count == buffer.count {}
        }
    }

    /// Waits for a signal, and clears it.
    ///
    /// - Parameter deadline: when to return without a signal.
    public func wait(until deadline: Instant = .never) {
        _ = try? Poll.wait(number: pipe.readingEnd.number, toWrite: false, until: deadline)
        clear()
    }
}
