// A stream of a client's WebSocket frames: the decoder reads the same wherever the stream is cut, and the same as a
// plain reading of RFC 6455, 5. What it has read is written as frames of the server's, and read again.
//
// The first byte of an input chooses the cuts: pieces of two sizes in turn, 1 to 16 bytes each. The second one is the
// most bytes of a message, 1 to 256.

@testable import TweetHTTP

func fuzzWebSocket(_ input: UnsafeRawBufferPointer) {
    guard input.count >= 2 else { return }
    let limit = Int(input[1]) + 1
    let stream = Array(input.dropFirst(2))
    let expected = PlainFrames.events(of: stream, limit: limit)
    let whole = events(of: stream, sizes: [stream.count], limit: limit)
    check(whole == expected, "plain reading: \(expected); read: \(whole)")
    check(events(of: stream, sizes: [1], limit: limit) == expected, "byte by byte it is something else")
    let sizes = [Int(input[0] & 0xF) + 1, Int(input[0] >> 4) + 1]
    check(events(of: stream, sizes: sizes, limit: limit) == expected, "cut into pieces it is something else")
    let sent = whole.filter { if case .failed = $0 { false } else { true } }
    let again = sent.flatMap { masked($0.frame) }
    check(events(of: again, sizes: [max(1, again.count)], limit: limit) == sent, "frames are written as others")
}

enum FrameEvent: Equatable {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?)
    case failed(UInt16)

    init?(_ event: WebSocketDecoder.Event) {
        switch event {
        case .partial: return nil
        case .text(let bytes): self = .text(Array(bytes))
        case .binary(let bytes): self = .binary(Array(bytes))
        case .ping(let bytes): self = .ping(Array(bytes))
        case .pong(let bytes): self = .pong(Array(bytes))
        case .close(let code): self = .close(code?.rawValue)
        case .failed(let code): self = .failed(code.rawValue)
        }
    }

    var frame: [UInt8] {
        switch self {
        case .text(let bytes): bytes.withUnsafeBytes { WebSocketFrame.text($0) }
        case .binary(let bytes): bytes.withUnsafeBytes { WebSocketFrame.binary($0) }
        case .ping(let bytes): bytes.withUnsafeBytes { WebSocketFrame.ping($0) }
        case .pong(let bytes): bytes.withUnsafeBytes { WebSocketFrame.pong($0) }
        case .close(let code): WebSocketFrame.close(code.flatMap { WebSocketCloseCode(rawValue: $0) })
        case .failed: []
        }
    }
}

/// A frame of the server's as one of a client's, with a mask that changes nothing.
private func masked(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    let header = frame[1] == 126 ? 4 : frame[1] == 127 ? 10 : 2
    frame[1] |= 0x80
    frame.insert(contentsOf: [0, 0, 0, 0], at: header)
    return frame
}

private func events(of stream: [UInt8], sizes: [Int], limit: Int) -> [FrameEvent] {
    var decoder = WebSocketDecoder(messageLimit: limit)
    var events: [FrameEvent] = []
    var postponed: FrameEvent?
    var (start, end, pieces) = (0, 0, 0)
    while end < stream.count {
        end = min(stream.count, end + sizes[pieces % sizes.count])
        pieces += 1
        while true {
            let (event, taken) = stream.withUnsafeBytes { bytes in
                let (event, taken) = decoder.next(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                check(taken <= end - start, "more is taken than is there")
                return (FrameEvent(event), taken)
            }
            start += taken
            guard let event else { break }
            check(taken > 0, "an event takes nothing")
            // Each event is put back once, and must come again.
            if let postponed {
                check(postponed == event, "put back was \(postponed), and \(event) came")
                events.append(event)
            } else {
                start -= decoder.putBack()
            }
            postponed = postponed == nil ? event : nil
        }
    }
    return events
}

// MARK: A plain reading

/// Reads frames one by one from an array, by the rules of ``WebSocketDecoder``.
struct PlainFrames {
    private var rest: ArraySlice<UInt8>
    private let limit: Int
    private var events: [FrameEvent] = []
    private var message: [UInt8] = []
    private var messageOpcode: UInt8?

    static func events(of stream: [UInt8], limit: Int) -> [FrameEvent] {
        var reading = PlainFrames(rest: stream[...], limit: limit)
        while reading.readFrame() {}
        return reading.events
    }

    private init(rest: ArraySlice<UInt8>, limit: Int) {
        self.rest = rest
        self.limit = limit
    }

    private mutating func fail(_ code: UInt16) -> Bool {
        events.append(.failed(code))
        return false
    }

    /// - Returns: whether another frame may follow.
    private mutating func readFrame() -> Bool {
        let header = Array(rest.prefix(14))
        guard header.count >= 2 else { return false }
        let (isFinal, opcode, short) = (header[0] >= 0x80, header[0] & 0xF, header[1] & 0x7F)
        let isControl = opcode >= 8
        guard [0, 1, 2, 8, 9, 10].contains(opcode), header[0] & 0x70 == 0, header[1] >= 0x80 else { return fail(1002) }
        if isControl, !isFinal || short > 125 { return fail(1002) }
        let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
        guard header.count >= 6 + lengthBytes else { return false }
        let digits = header[2..<2 + lengthBytes]
        let length = digits.isEmpty ? UInt64(short) : digits.reduce(0) { $0 * 256 + UInt64($1) }
        if lengthBytes == 2, length < 126 { return fail(1002) }
        if lengthBytes == 8, length < 65536 || length >= 1 << 63 { return fail(1002) }
        if !isControl {
            if (opcode == 0) != (messageOpcode != nil) { return fail(1002) }
            if length > UInt64(limit - message.count) { return fail(1009) }
        }
        let mask = header[(2 + lengthBytes)..<(6 + lengthBytes)]
        let frame = rest.dropFirst(6 + lengthBytes)
        guard UInt64(frame.count) >= length else { return false }
        rest = frame.dropFirst(Int(length))
        let payload = frame.prefix(Int(length)).enumerated().map { $1 ^ mask[mask.startIndex + $0 % 4] }
        return isControl ? take(control: opcode, payload) : take(opcode, payload, isFinal: isFinal)
    }

    private mutating func take(control opcode: UInt8, _ payload: [UInt8]) -> Bool {
        if opcode != 8 {
            events.append(opcode == 9 ? .ping(payload) : .pong(payload))
            return true
        }
        if payload.isEmpty {
            events.append(.close(nil))
            return false
        }
        let code = payload.count == 1 ? 0 : UInt16(payload[0]) * 256 + UInt16(payload[1])
        let reserved: Set<UInt16> = [1004, 1005, 1006]
        let isValid = code >= 1000 && code <= 1014 && !reserved.contains(code) || code >= 3000 && code < 5000
        if !isValid { return fail(1002) }
        if String(validating: payload.dropFirst(2), as: UTF8.self) == nil { return fail(1007) }
        events.append(.close(code))
        return false
    }

    private mutating func take(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool) -> Bool {
        let kind = messageOpcode ?? opcode
        message += payload
        messageOpcode = isFinal ? nil : kind
        if !isFinal { return true }
        let whole = message
        message = []
        if kind == 1, String(validating: whole, as: UTF8.self) == nil { return fail(1007) }
        events.append(kind == 1 ? .text(whole) : .binary(whole))
        return true
    }
}
