/// The reason for the end of a WebSocket, as a number on the wire (RFC 6455, 7.4).
public struct WebSocketCloseCode: RawRepresentable, Equatable, Sendable {
    public let rawValue: UInt16

    public static let normal = WebSocketCloseCode(known: 1000)
    /// The server stops, or the page is left.
    public static let goingAway = WebSocketCloseCode(known: 1001)
    public static let protocolError = WebSocketCloseCode(known: 1002)
    /// A message is binary, and only text is understood.
    public static let unsupportedData = WebSocketCloseCode(known: 1003)
    /// A text message is not UTF-8.
    public static let invalidText = WebSocketCloseCode(known: 1007)
    /// The message breaks a rule of the server's, such as who may connect.
    public static let policyViolation = WebSocketCloseCode(known: 1008)
    public static let messageTooLong = WebSocketCloseCode(known: 1009)
    public static let internalError = WebSocketCloseCode(known: 1011)
    /// The server is busy: the client may try again later.
    public static let tryAgainLater = WebSocketCloseCode(known: 1013)

    /// Takes a code that may be on the wire: one of the registered, or one of the ranges for libraries and applications.
    ///
    /// 1004 to 1006 and 1015 stand for what never arrives as a frame.
    public init?(rawValue: UInt16) {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: self.rawValue = rawValue
        default: return nil
        }
    }

    private init(known: UInt16) { rawValue = known }
}

/// Writes frames of a server: whole messages, not masked (RFC 6455, 5).
public enum WebSocketFrame {
    enum Opcode: UInt8 {
        case continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// A text message.
    ///
    /// - Parameter text: the message in UTF-8.
    public static func text(_ text: UnsafeRawBufferPointer) -> [UInt8] { frame(.text, text) }

    public static func binary(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { frame(.binary, bytes) }

    /// A ping, or the pong that answers one with the same payload; what does not fit into a control frame is cut off.
    public static func ping(_ payload: UnsafeRawBufferPointer) -> [UInt8] { frame(.ping, controlPayload(payload)) }

    public static func pong(_ payload: UnsafeRawBufferPointer) -> [UInt8] { frame(.pong, controlPayload(payload)) }

    /// The frame that ends the WebSocket.
    ///
    /// - Parameters:
    ///   - code: the reason; nil only as the answer to a frame without one.
    ///   - reason: a text for people who read logs, at most 123 bytes.
    public static func close(_ code: WebSocketCloseCode?, _ reason: StaticString = "") -> [UInt8] {
        var payload: [UInt8] = []
        if let code {
            payload.append(UInt8(code.rawValue >> 8))
            payload.append(UInt8(code.rawValue & 0xFF))
            payload.append(reason)
        }
        // Cut off between characters, since the reason has to be UTF-8.
        var length = min(payload.count, HTTPLimits.controlPayloadBytes)
        while length < payload.count, length > 0, payload[length] & 0xC0 == 0x80 { length -= 1 }
        return payload[..<length].withUnsafeBytes { frame(.close, $0) }
    }

    /// The first part of a text message that one more frame completes (RFC 6455, 5.4).
    public static func firstPart(_ text: UnsafeRawBufferPointer) -> [UInt8] { frame(.text, text, isLast: false) }

    /// The rest of a text message whose first part is ``firstPart(_:)``.
    public static func lastPart(_ text: UnsafeRawBufferPointer) -> [UInt8] { frame(.continuation, text) }

    /// Appends the header of a text message, whose bytes the caller appends.
    ///
    /// - Parameter length: the length of the message in bytes.
    public static func appendTextHeader(length: Int, to bytes: inout [UInt8]) {
        appendHeader(.text, length: length, to: &bytes)
    }

    private static func controlPayload(_ payload: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        payload.part(0..<min(payload.count, HTTPLimits.controlPayloadBytes))
    }

    private static func frame(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, isLast: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(longestHeader + payload.count)
        appendHeader(opcode, length: payload.count, isLast: isLast, to: &bytes)
        bytes.append(contentsOf: payload.elements)
        return bytes
    }

    /// The bytes of the longest header of a server's frame.
    private static let longestHeader = 10

    /// Appends the header of a frame, the length in its shortest form (RFC 6455, 5.2).
    private static func appendHeader(
        _ opcode: Opcode, length: Int, isLast: Bool = true, to bytes: inout [UInt8]
    ) {
        bytes.append((isLast ? 0x80 : 0) | opcode.rawValue)
        switch length {
        case ..<126: bytes.append(UInt8(length))
        case ..<0x1_0000:
            bytes.append(126)
            withUnsafeBytes(of: UInt16(length).bigEndian) { bytes.append(contentsOf: $0) }
        default:
            bytes.append(127)
            withUnsafeBytes(of: UInt64(length).bigEndian) { bytes.append(contentsOf: $0) }
        }
    }
}
