import Testing

/// A frame of a client, as a test wants it: also one that breaks a rule.
public struct ClientFrame: Sendable {
    public var firstByte: UInt8
    public var payload: [UInt8]
    public var mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    /// The number of bytes of the length behind the second byte; nil for the shortest form.
    public var lengthBytes: Int?

    public init(_ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true) {
        firstByte = opcode | (isFinal ? 0x80 : 0)
        self.payload = payload
    }

    public init(_ opcode: UInt8, _ text: String, isFinal: Bool = true) {
        self.init(opcode, Array(text.utf8), isFinal: isFinal)
    }

    public static func close(_ code: UInt16, _ reason: String = "") -> ClientFrame {
        ClientFrame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    public var bytes: [UInt8] {
        let extra = lengthBytes ?? (payload.count < 126 ? 0 : payload.count < 65536 ? 2 : 8)
        let short = extra == 0 ? UInt8(payload.count) : extra == 2 ? 126 : 127
        let length = (0..<extra).map { UInt8(truncatingIfNeeded: payload.count >> (8 * (extra - 1 - $0))) }
        let masked = mask.map { mask in payload.enumerated().map { $1 ^ mask[$0 % 4] } } ?? payload
        return [firstByte, short | (mask == nil ? 0 : 0x80)] + length + (mask ?? []) + masked
    }
}

/// A frame of a server: whole, and not masked.
public struct ServerFrame: Equatable, Sendable {
    public let opcode: UInt8
    public let payload: [UInt8]
    /// Whether it is the last frame of its message.
    public let isFinal: Bool

    /// The payload as text.
    public var text: String { String(decoding: payload, as: UTF8.self) }

    /// The code of a close frame; nil for another one, and for one without.
    public var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }

    /// Takes the first frame of some bytes; nil while it is incomplete.
    public init?(_ bytes: inout [UInt8]) throws {
        guard bytes.count >= 2 else { return nil }
        try #require(bytes[0] & 0x70 == 0, "a frame has an extension")
        try #require(bytes[1] & 0x80 == 0, "a server's frame is masked")
        let short = Int(bytes[1])
        let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
        let start = 2 + lengthBytes
        guard bytes.count >= start else { return nil }
        let length = lengthBytes == 0 ? short : bytes[2..<start].reduce(0) { $0 << 8 | Int($1) }
        guard bytes.count >= start + length else { return nil }
        opcode = bytes[0] & 0x0F
        isFinal = bytes[0] & 0x80 != 0
        payload = Array(bytes[start..<start + length])
        bytes.removeFirst(start + length)
    }
}
