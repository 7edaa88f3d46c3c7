import CSystem

/// The lines of a ring for one write: runs of lines with consecutive numbers, which are contiguous in memory.
///
/// The connections of a loop share one and refill it for each write, so that writing allocates no memory.
final class LineRuns {
    /// The most runs in one write; every run is one part of the write, or two if it wraps around the end of the block.
    static let capacity = 63

    private let runs = UnsafeMutableBufferPointer<Range<UInt64>>.allocate(capacity: capacity)
    private let parts = UnsafeMutableBufferPointer<iovec>.allocate(capacity: capacity + 1)
    private var count = 0

    init() {
        runs.initialize(repeating: 0..<0)
        parts.initialize(repeating: iovec())
    }

    deinit {
        runs.deallocate()
        parts.deallocate()
    }

    /// The number of the first line.
    var first: UInt64? { count == 0 ? nil : runs[0].lowerBound }

    func removeAll() {
        count = 0
    }

    /// Adds a line, which comes directly after the last one or after a gap.
    ///
    /// - Returns: false if there is no room for another run.
    func append(_ number: UInt64) -> Bool {
        if count > 0, runs[count - 1].upperBound == number {
            runs[count - 1] = runs[count - 1].lowerBound..<number + 1
            return true
        }
        guard count < Self.capacity else { return false }
        runs[count] = number..<number + 1
        count += 1
        return true
    }

    /// The runs' bytes as parts of one write; valid until the ring or the runs are changed.
    ///
    /// - Returns: the parts, and their total number of bytes.
    func parts(of ring: LineRing) -> (parts: UnsafeBufferPointer<iovec>, bytes: Int) {
        var partCount = 0
        var total = 0
        func add(_ bytes: UnsafeRawBufferPointer) {
            guard !bytes.isEmpty else { return }
            parts[partCount] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            partCount += 1
            total += bytes.count
        }
        for run in runs[..<count] {
            let (bytes, wrapped) = ring.bytes(
                from: ring.position(of: run.lowerBound), to: ring.position(of: run.upperBound))
            add(bytes)
            add(wrapped)
        }
        return (UnsafeBufferPointer(rebasing: parts[..<partCount]), total)
    }

    /// The place where a partial write stopped.
    ///
    /// - Returns: the first line that was not sent completely, and the position of the first unsent byte.
    func stop(after sent: Int, in ring: LineRing) -> (line: UInt64, position: UInt64) {
        var left = UInt64(sent)
        for run in runs[..<count] {
            let start = ring.position(of: run.lowerBound)
            let length = ring.position(of: run.upperBound) - start
            if left < length { return (ring.line(at: start + left, among: run), start + left) }
            left -= length
        }
        preconditionFailure("all was sent")
    }
}
