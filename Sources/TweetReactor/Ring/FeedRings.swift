/// The pushed lines, in one ring for each framing that has followers; a line has the same number in all rings.
///
/// A framing's ring is created for its first follower, and has the lines from then on. A line is framed once for each
/// framing, however many followers there are.
public final class FeedRings {
    private let byteCapacity: Int
    private let lineCapacity: Int
    private var rings: [Framing: LineRing] = [:]
    /// The number of the next line.
    public private(set) var end: UInt64 = 0

    /// - Parameters:
    ///   - bytes: the most bytes that all lines of a ring may have together.
    ///   - lines: the most lines that a ring keeps.
    public init(bytes: Int, lines: Int) {
        byteCapacity = bytes
        lineCapacity = lines
    }

    /// The ring that followers of a framing read.
    public func ring(for framing: Framing) -> LineRing {
        if let ring = rings[framing] { return ring }
        let ring = LineRing(
            bytes: byteCapacity, lines: lineCapacity, firstNumber: end, takesPrefix: framing.takesPrefix)
        rings[framing] = ring
        return ring
    }

    /// Adds a line to each ring.
    ///
    /// - Parameter packet: the packet in the form of a line, including its line feed.
    /// - Returns: the line's number: 0, 1, 2, ….
    @discardableResult
    public func append(_ packet: [UInt8]) -> UInt64 {
        for (framing, ring) in rings { ring.append(framing.bytes(of: packet)) }
        end += 1
        return end - 1
    }
}
