import CSystem

/// How a stream's bytes are cut into packets, and how packets are sent: told by the first bytes of a connection.
///
/// A connection has one from its first bytes to its end. Each framing that can carry feeds has a ring of its own; see
/// ``FeedRings``.
public enum Framing: Hashable, CaseIterable, Sendable {
    /// Each packet is a line, which LF ends.
    case lines
    /// The packet of the original ttweet: `u` or `d`, LF, and for `u` everything up to the end of the stream. Packets are
    /// sent as they are.
    case original

    /// The next packet of a stream, as far as it has come.
    public enum Frame {
        /// More has to come.
        case partial
        /// A whole packet, and how many bytes it takes with what frames it.
        case packet(UnsafeRawBufferPointer, taken: Int)
        /// It has more bytes than a packet may have.
        case tooLong
        /// The stream has ended within a packet.
        case cutOff
        /// The stream has ended between two packets.
        case end
    }

    private static let lineFeed = UInt8(ascii: "\n")

    /// Tells the framing by a connection's first bytes; nil while that needs more of them.
    public init?(firstBytes bytes: UnsafeRawBufferPointer, atEnd: Bool) {
        guard let first = bytes.first else { return nil }
        let mayBeOriginal = first == UInt8(ascii: "u") || first == UInt8(ascii: "d")
        if mayBeOriginal, bytes.count == 1, !atEnd { return nil }
        self = mayBeOriginal && bytes.count > 1 && bytes[1] == Self.lineFeed ? .original : .lines
    }

    /// Cuts the next packet off.
    ///
    /// - Parameters:
    ///   - bytes: those that have come and were not taken, the next packet's first byte first.
    ///   - atEnd: whether nothing will follow.
    ///   - limit: the most bytes that a packet may take with what frames it.
    public func frame(_ bytes: UnsafeRawBufferPointer, atEnd: Bool, limit: Int) -> Frame {
        switch self {
        case .lines:
            let searched = min(bytes.count, limit)
            if let base = bytes.baseAddress, searched > 0, let found = memchr(base, CInt(Self.lineFeed), searched) {
                let length = UnsafeRawPointer(found) - base
                return .packet(UnsafeRawBufferPointer(start: base, count: length), taken: length + 1)
            }
            if bytes.count >= limit { return .tooLong }
            return !atEnd ? .partial : bytes.isEmpty ? .end : .cutOff
        case .original:
            if bytes.first == UInt8(ascii: "d") { return .packet(bytes, taken: bytes.count) }
            if bytes.count >= limit { return .tooLong }
            return atEnd ? .packet(bytes, taken: bytes.count) : .partial
        }
    }

    /// The bytes that a packet is sent as.
    ///
    /// - Parameter packet: as it is written for lines, its line feed included.
    public func bytes(of packet: [UInt8]) -> [UInt8] {
        switch self {
        case .lines, .original: packet
        }
    }
}
