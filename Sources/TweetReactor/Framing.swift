public import CSystem

/// The way in which a stream's bytes are split into packets; the first bytes of a connection decide it.
///
/// A connection keeps its framing to the end. Each framing that can carry feeds has a ring of its own; see
/// ``FeedRings``.
public enum Framing: Hashable, CaseIterable, Sendable {
    public static let allCases: [Framing] =
        [.lines, .original, .jsonLines, .eventStream, .webSocket] + NtfyForm.allCases.map(Framing.ntfy)

    /// Each packet is a line that ends with LF.
    case lines
    /// The packet of the original ttweet: `u` or `d`, LF, and for `u` everything up to the end of the stream. Packets
    /// are sent unchanged.
    case original
    /// Each packet's body is a line, for followers by HTTP; their requests are cut by HTTP's own rules. A packet that is
    /// no tweet becomes an object with its operation: `{"lagged":{"seq":7}}`.
    case jsonLines
    /// Each packet is a server-sent event (WHATWG HTML, 9.2), a tweet's with its sequence as the id.
    case eventStream
    /// Each packet is a text message of a WebSocket, in one frame; frames of clients are cut by WebSocket's own rules.
    case webSocket
    /// The forms of ntfy, for its followers.
    case ntfy(NtfyForm)

    /// The next packet of a stream, as far as it has arrived.
    public enum Frame {
        /// The packet is incomplete: more bytes are needed.
        case partial
        /// A whole packet, and the number of bytes it takes including its framing.
        case packet(UnsafeRawBufferPointer, taken: Int)
        /// The packet has more bytes than allowed.
        case tooLong
        /// The stream ended within a packet.
        case cutOff
        /// The stream ended between two packets.
        case end
    }

    @usableFromInline static var lineFeed: UInt8 { UInt8(ascii: "\n") }

    /// Recognises the framing by a connection's first bytes; nil while more bytes are needed.
    public init?(firstBytes bytes: UnsafeRawBufferPointer, atEnd: Bool) {
        guard let first = bytes.first else { return nil }
        let mayBeOriginal = first == UInt8(ascii: "u") || first == UInt8(ascii: "d")
        if mayBeOriginal, bytes.count == 1, !atEnd { return nil }
        self = mayBeOriginal && bytes.count > 1 && bytes[1] == Self.lineFeed ? .original : .lines
    }

    /// Finds the next packet.
    ///
    /// - Parameters:
    ///   - bytes: the received bytes that were not taken yet, starting with the next packet.
    ///   - atEnd: whether no more bytes will follow.
    ///   - limit: the most bytes that a packet may take including its framing.
    // Inlined into its callers: a call costs a pipelined request a percent.
    @inlinable public func frame(_ bytes: UnsafeRawBufferPointer, atEnd: Bool, limit: Int) -> Frame {
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
        case .jsonLines, .eventStream, .webSocket, .ntfy: return atEnd ? .end : .partial
        }
    }

    /// The bytes of a packet in this framing.
    ///
    /// - Parameter packet: the packet in the form of a line, including its line feed.
    public func bytes(of packet: [UInt8]) -> [UInt8] {
        switch self {
        case .lines, .original: packet
        case .jsonLines: Self.jsonLine(packet)
        case .eventStream: Self.event(packet)
        case .webSocket: Self.webSocketFrame(packet)
        case .ntfy(let form): form.bytes(of: packet)
        }
    }

    /// Whether each connection sends the beginning of a packet's bytes itself, since it differs between them.
    var takesPrefix: Bool {
        if case .ntfy(let form) = self { form.takesPrefix } else { false }
    }
}
