import CSystem

/// A ring buffer of the newest lines for many connections: each line is stored once, in a circular block of bytes with
/// an index.
///
/// Each line has a number that is never used again. A connection that follows keeps only the number of the next line to
/// send. Bytes have positions that only grow, as lines have numbers; the offset in the block is the position modulo the
/// block's size.
public final class LineRing {
    /// The number of the line that came first.
    let firstNumber: UInt64
    /// Whether each connection sends the beginning of a line itself.
    let takesPrefix: Bool
    private let byteCapacity: Int
    private let lineCapacity: Int
    private var block: UnsafeMutableRawPointer?
    /// The position of each line's first byte, at the line's number modulo the capacity.
    private var starts: UnsafeMutablePointer<UInt64>?
    /// The position after the last line.
    private var tail: UInt64 = 0

    /// The range of numbers in the ring; private storage, since every access to a public stored property is checked for
    /// overlaps at run time.
    private var first: UInt64
    private var next: UInt64

    /// The number of the oldest line in the ring.
    public var start: UInt64 { first }
    /// The number of the next line.
    public var end: UInt64 { next }

    /// Creates an empty ring, which allocates its memory for the first line.
    ///
    /// - Parameters:
    ///   - bytes: the most bytes that all lines may have together.
    ///   - lines: the most lines that are kept.
    ///   - firstNumber: the number of the first line.
    ///   - takesPrefix: whether each connection sends the beginning of a line itself.
    public init(bytes: Int, lines: Int, firstNumber: UInt64 = 0, takesPrefix: Bool = false) {
        precondition(bytes > 0 && lines > 0, "a ring has room for a line")
        self.firstNumber = firstNumber
        self.takesPrefix = takesPrefix
        first = firstNumber
        next = firstNumber
        byteCapacity = bytes
        lineCapacity = lines
    }

    deinit {
        free(block)
        free(starts)
    }

    /// Whether a line is in the older half of what the ring keeps when it is full, or older.
    func isInOlderHalf(_ number: UInt64) -> Bool {
        number < first || next - number > UInt64(lineCapacity / 2)
            || number < next && tail - position(of: number) > UInt64(byteCapacity / 2)
    }

    /// Adds a line, including its line feed, and drops the oldest lines to make room.
    ///
    /// - Returns: the line's number, one more than that of the line before.
    @discardableResult
    public func append(_ line: [UInt8]) -> UInt64 {
        precondition(!line.isEmpty && line.count <= byteCapacity, "a line of \(line.count) bytes does not fit the ring")
        let (block, starts) = memory()
        while next - first == lineCapacity
            || first < next && Int(tail - position(of: first)) > byteCapacity - line.count
        {
            first += 1
        }
        let offset = Int(tail % UInt64(byteCapacity))
        let unwrapped = min(line.count, byteCapacity - offset)
        line.withUnsafeBytes { bytes in
            guard let source = bytes.baseAddress else { return }
            memcpy(block + offset, source, unwrapped)
            memcpy(block, source + unwrapped, line.count - unwrapped)
        }
        starts[Int(next % UInt64(lineCapacity))] = tail
        tail += UInt64(line.count)
        next += 1
        return next - 1
    }

    /// The position of a line's first byte; for ``end``, the position after the last line.
    func position(of number: UInt64) -> UInt64 {
        precondition(first <= number && number <= next, "the line is not in the ring")
        guard number < next, let starts else { return tail }
        return starts[Int(number % UInt64(lineCapacity))]
    }

    /// The bytes between two positions, in two parts if they wrap around the end of the block.
    ///
    /// Valid until the next line is added.
    func bytes(from first: UInt64, to last: UInt64) -> (UnsafeRawBufferPointer, UnsafeRawBufferPointer) {
        let offset = Int(first % UInt64(byteCapacity))
        let count = Int(last - first)
        let unwrapped = min(count, byteCapacity - offset)
        return (
            UnsafeRawBufferPointer(start: block.map { UnsafeRawPointer($0) + offset }, count: unwrapped),
            UnsafeRawBufferPointer(start: block, count: count - unwrapped)
        )
    }

    /// The line after the last one that fits into some bytes with all lines from a number on; the first one counts as
    /// fitting.
    ///
    /// - Parameter limit: the line to stop at.
    func lineAfterFit(from number: UInt64, to limit: UInt64, within bytes: Int) -> UInt64 {
        let stop = position(of: number) + UInt64(bytes)
        return position(of: limit) <= stop ? limit : max(number + 1, line(at: stop, among: number..<limit))
    }

    /// The line that a byte belongs to, found by binary search.
    ///
    /// - Parameter lines: numbers of lines in the ring, including the byte's.
    func line(at position: UInt64, among lines: Range<UInt64>) -> UInt64 {
        var low = lines.lowerBound
        var high = lines.upperBound
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if self.position(of: middle) <= position { low = middle } else { high = middle }
        }
        return low
    }

    private func memory() -> (UnsafeMutableRawPointer, UnsafeMutablePointer<UInt64>) {
        if let block, let starts { return (block, starts) }
        let indexBytes = lineCapacity * MemoryLayout<UInt64>.stride
        guard let block = malloc(byteCapacity), let index = malloc(indexBytes) else {
            fatalError("no memory for a ring of \(byteCapacity) bytes")
        }
        let starts = index.bindMemory(to: UInt64.self, capacity: lineCapacity)
        self.block = block
        self.starts = starts
        return (block, starts)
    }
}
