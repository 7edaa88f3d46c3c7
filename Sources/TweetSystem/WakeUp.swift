import CSystem

/// A pipe that one thread writes to so that another, which waits for its reading end, goes on.
///
/// Signals that come before the other has looked are one.
public final class WakeUp: Sendable {
    private let pipe: Pipe

    public init() throws(Errno) {
        pipe = try Pipe()
    }

    /// The number of the descriptor that the waiting thread watches for input.
    public var descriptorNumber: CInt { pipe.readingEnd.number }

    /// Wakes the other thread; from any thread.
    ///
    /// A full pipe wakes it as well.
    public func signal() {
        var byte: UInt8 = 1
        withUnsafeBytes(of: &byte) { _ = try? pipe.writingEnd.write($0) }
    }

    /// Takes the signals that have come; on the thread that waits.
    public func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while let count = try? pipe.readingEnd.read(into: buffer), count == buffer.count {}
        }
    }

    /// Waits for a signal, without end, and takes it.
    public func wait() {
        _ = try? Poll.wait(number: pipe.readingEnd.number, toWrite: false, until: .never)
        clear()
    }
}
