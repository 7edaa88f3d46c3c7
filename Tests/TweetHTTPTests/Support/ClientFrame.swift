@testable import TweetHTTP

/// A frame of a client, as a test wants it: also one that breaks a rule.
struct ClientFrame {
    var firstByte: UInt8
    var payload: [UInt8]
    var mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    /// The number of bytes of the length behind the second byte; nil for the shortest form.
    var lengthBytes: Int?

    init(_ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true) {
        firstByte = opcode | (isFinal ? 0x80 : 0)
        self.payload = payload
    }

    init(_ opcode: UInt8, _ text: String, isFinal: Bool = true) {
        self.init(opcode, Array(text.utf8), isFinal: isFinal)
    }

    static func close(_ code: UInt16, _ reason: String = "") -> ClientFrame {
        ClientFrame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    var bytes: [UInt8] {
        let extra = lengthBytes ?? (payload.count < 126 ? 0 : payload.count < 65536 ? 2 : 8)
        let short = extra == 0 ? UInt8(payload.count) : extra == 2 ? 126 : 127
        let length = (0..<extra).map { UInt8(truncatingIfNeeded: payload.count >> (8 * (extra - 1 - $0))) }
        let masked = mask.map { mask in payload.enumerated().map { $1 ^ mask[$0 % 4] } } ?? payload
        return [firstByte, short | (mask == nil ? 0 : 0x80)] + length + (mask ?? []) + masked
    }
}

/// An event that a decoder has read, as a value that can be compared.
enum ReadEvent: Equatable {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?)
    case failed(WebSocketCloseCode)

    static func text(_ text: String) -> ReadEvent { .text(Array(text.utf8)) }

    init?(_ event: WebSocketDecoder.Event) {
        switch event {
        case .partial: return nil
        case .text(let bytes): self = .text(Array(bytes))
        case .binary(let bytes): self = .binary(Array(bytes))
        case .ping(let bytes): self = .ping(Array(bytes))
        case .pong(let bytes): self = .pong(Array(bytes))
        case .close(let code): self = .close(code?.rawValue)
        case .failed(let code): self = .failed(code)
        }
    }
}

/// Feeds a decoder a stream in pieces, as a connection does.
///
/// - Returns: the events, and the number of bytes that wait for more.
func decode(
    _ stream: [UInt8], sizes: [Int] = [.max], messageLimit: Int = 100_000
) -> (events: [ReadEvent], unread: Int) {
    var decoder = WebSocketDecoder(messageLimit: messageLimit)
    var events: [ReadEvent] = []
    var unread: [UInt8] = []
    var rest = stream[...]
    var sizes = sizes[...]
    while !rest.isEmpty {
        let size = sizes.count > 1 ? sizes.removeFirst() : sizes.first ?? 1
        unread += rest.prefix(size)
        rest = rest.dropFirst(size)
        var start = 0
        while true {
            let (event, taken) = unread.withUnsafeMutableBytes { bytes in
                let (event, taken) = decoder.next(UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
                return (ReadEvent(event), taken)
            }
            start += taken
            guard let event else { break }
            events.append(event)
        }
        unread.removeFirst(start)
    }
    return (events, unread.count)
}

func decode(_ frames: [ClientFrame], messageLimit: Int = 100_000) -> [ReadEvent] {
    decode(frames.flatMap(\.bytes), messageLimit: messageLimit).events
}
