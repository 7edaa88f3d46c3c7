import CSystem

/// The lines of a ring for one write: runs of lines with consecutive numbers, which are contiguous in memory, or single
/// lines, each behind the prefix that its connection gives it.
///
/// The connections of a loop share one and refill it for each write, so that writing allocates no memory.
final class LineRuns {
    /// The most runs in one write; every run is one part of the write, or two if it wraps around the end of the block,
    /// and its prefix is another one.
    static let capacity = 63

    private let runs = UnsafeMutableBufferPointer<Range<UInt64>>.allocate(capacity: capacity)
    /// The prefix of each run; without bytes for a run of lines that have none.
    private let prefixes = UnsafeMutableBufferPointer<UnsafeRawBufferPointer>.allocate(capacity: capacity)
    private let parts = UnsafeMutableBufferPointer<iovec>.allocate(capacity: 2 * capacity + 1)
    private var count = 0

    /// The place where a partial write stopped.
    struct Stop {
        /// The first line that was not sent completely.
        let line: UInt64
        /// The position of its first unsent byte in the ring.
        let position: UInt64
        /// The unsent bytes of its prefix.
        let prefix: UnsafeRawBufferPointer
        /// Whether some bytes of the line, or of its prefix, were sent.
        let hasBegun: Bool
    }

    init() {
        runs.initialize(repeating: 0..<0)
        prefixes.initialize(repeating: UnsafeRawBufferPointer(start: nil, count: 0))
        parts.initialize(repeating: iovec())
    }

    deinit {
        runs.deallocate()
        prefixes.deallocate()
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
        return append(number, behind: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Adds the first run.
    func begin(with lines: Range<UInt64>) {
        precondition(count == 0, "there is a run already")
        runs[0] = lines
        prefixes[0] = UnsafeRawBufferPointer(start: nil, count: 0)
        count = 1
    }

    /// Adds a line behind a prefix.
    ///
    /// - Parameter prefix: bytes that stay valid until the runs are refilled.
    /// - Returns: false if there is no room for another run.
    func append(_ number: UInt64, behind prefix: UnsafeRawBufferPointer) -> Bool {
        guard count < Self.capacity else { return false }
        runs[count] = number..<number + 1
        prefixes[count] = prefix
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
        for (index, run) in runs[..<count].enumerated() {
            add(prefixes[index])
            let (bytes, wrapped) = ring.bytes(
                from: ring.position(of: run.lowerBound), to: ring.position(of: run.upperBound))
            add(bytes)
            add(wrapped)
        }
        return (UnsafeBufferPointer(rebasing: parts[..<partCount]), total)
    }

    /// The place where a partial write stopped.
    func stop(after sent: Int, in ring: LineRing) -> Stop {
        var left = sent
        for (index, run) in runs[..<count].enumerated() {
            let prefix = prefixes[index]
            let start = ring.position(of: run.lowerBound)
            if left < prefix.count {
                let rest = UnsafeRawBufferPointer(rebasing: prefix[left...])
                return Stop(line: run.lowerBound, position: start, prefix: rest, hasBegun: left > 0)
            }
            left -= prefix.count
            let length = Int(ring.position(of: run.upperBound) - start)
            if left < length {
                let position = start + UInt64(left)
                let line = ring.line(at: position, among: run)
                let hasBegun = !prefix.isEmpty || position > ring.position(of: line)
                return Stop(
                    line: line, position: position, prefix: UnsafeRawBufferPointer(start: nil, count: 0),
                    hasBegun: hasBegun)
            }
            left -= length
        }
        preconditionFailure("all was sent")
    }
}
