import CSystem

/// Reads the frames of a WebSocket's client (RFC 6455, 5): masked, with the shortest length, and without extensions.
///
/// A frame is taken when it is complete. The decoder keeps the fragments of a message, and the last payload, unmasked.
public struct WebSocketDecoder: ~Copyable {
    /// The next message or control frame of a stream, as far as it has arrived.
    ///
    /// The bytes of a payload are valid until the next call.
    public enum Event {
        /// More bytes are needed.
        case partial
        /// A whole text message, which is UTF-8.
        case text(UnsafeRawBufferPointer)
        case binary(UnsafeRawBufferPointer)
        /// The answer is a pong with the same payload.
        case ping(UnsafeRawBufferPointer)
        case pong(UnsafeRawBufferPointer)
        /// The client ends the WebSocket: the answer is a close frame with the same code, then the connection closes.
        case close(WebSocketCloseCode?)
        /// The client has broken a rule: it is sent a close frame with this code, then the connection closes.
        case failed(WebSocketCloseCode)
    }

    /// The state between two frames.
    private struct State {
        /// The opcode of the message whose last fragment has not come yet, and the bytes of its fragments so far.
        var unfinished: WebSocketFrame.Opcode?
        var fragmentBytes = 0
        var hasEnded = false
    }

    private let messageLimit: Int
    /// The fragments of the unfinished message, then the last payload.
    private var payloads: PayloadBuffer
    private var state = State()
    /// The state in front of the last frame, and the bytes that were taken with it.
    private var earlierState = State()
    private var lastTaken = 0

    /// - Parameter messageLimit: the most bytes that a message may have.
    public init(messageLimit: Int) {
        // Half the range, so that a header's length can be added.
        self.messageLimit = min(messageLimit, .max / 2)
        payloads = PayloadBuffer()
    }

    /// Reads up to the next message or control frame.
    ///
    /// - Parameter bytes: the bytes that were received and not taken.
    /// - Returns: the event, and how many bytes were taken. After `close` and `failed` all bytes are taken and mean
    ///   nothing.
    public mutating func next(_ bytes: UnsafeRawBufferPointer) -> (event: Event, taken: Int) {
        var taken = 0
        while !state.hasEnded {
            payloads.keep(state.fragmentBytes)
            earlierState = state
            let rest = bytes.part(taken..<bytes.count)
            do throws(Failure) {
                guard let header = try Header(rest) else { return (.partial, taken) }
                try check(header)
                let end = header.bytes + header.payloadBytes
                guard rest.count >= end else { return (.partial, taken) }
                payloads.append(rest.part(header.bytes..<end), mask: header.mask)
                taken += end
                lastTaken = end
                if let event = try event(header) {
                    if !state.hasEnded { return (event, taken) }
                    lastTaken = rest.count
                    return (event, bytes.count)
                }
            } catch {
                state.hasEnded = true
                lastTaken = rest.count
                return (.failed(error.code), bytes.count)
            }
        }
        return (.partial, bytes.count)
    }

    /// Undoes the last frame, whose event is not handled now; for any event but `partial`.
    ///
    /// - Returns: the number of bytes of ``next(_:)`` that are not taken after all, and have to be offered again.
    public mutating func putBack() -> Int {
        state = earlierState
        return lastTaken
    }

    /// Checks that a frame may come now, and that its message is not too long.
    private func check(_ header: Header) throws(Failure) {
        if header.opcode.isControl { return }
        guard (header.opcode == .continuation) == (state.unfinished != nil) else { throw Failure(.protocolError) }
        guard header.payloadBytes <= messageLimit - state.fragmentBytes else { throw Failure(.messageTooLong) }
    }

    /// Applies a complete frame, whose payload is the last one.
    ///
    /// - Returns: nil for a fragment that is not its message's last one.
    private mutating func event(_ header: Header) throws(Failure) -> Event? {
        switch header.opcode {
        case .ping: return .ping(payloads.bytes(from: state.fragmentBytes))
        case .pong: return .pong(payloads.bytes(from: state.fragmentBytes))
        case .close:
            state.hasEnded = true
            return .close(try Self.closeCode(payloads.bytes(from: state.fragmentBytes)))
        case .text, .binary, .continuation:
            let opcode = state.unfinished ?? header.opcode
            guard header.isFinal else {
                state.unfinished = opcode
                state.fragmentBytes = payloads.count
                return nil
            }
            state.unfinished = nil
            state.fragmentBytes = 0
            return try Self.message(opcode, payloads.bytes(from: 0))
        }
    }

    private static func message(
        _ opcode: WebSocketFrame.Opcode, _ payload: UnsafeRawBufferPointer
    ) throws(Failure) -> Event {
        guard opcode == .text else { return .binary(payload) }
        guard payload.isUTF8 else { throw Failure(.invalidText) }
        return .text(payload)
    }

    /// Reads the payload of a close frame: nothing, or a code and a reason.
    private static func closeCode(_ payload: UnsafeRawBufferPointer) throws(Failure) -> WebSocketCloseCode? {
        if payload.isEmpty { return nil }
        guard payload.count >= 2, let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        else { throw Failure(.protocolError) }
        guard payload.part(2..<payload.count).isUTF8 else { throw Failure(.invalidText) }
        return code
    }

    private struct Failure: Error {
        let code: WebSocketCloseCode

        init(_ code: WebSocketCloseCode) { self.code = code }
    }

    /// The part of a frame in front of its payload.
    private struct Header {
        let isFinal: Bool
        let opcode: WebSocketFrame.Opcode
        let mask: UInt32
        /// The length of the header itself.
        let bytes: Int
        let payloadBytes: Int

        /// Reads a frame's header; nil while it is incomplete.
        init?(_ frame: UnsafeRawBufferPointer) throws(Failure) {
            guard frame.count >= 2 else { return nil }
            isFinal = frame[0] & 0x80 != 0
            guard frame[0] & 0x70 == 0, let opcode = WebSocketFrame.Opcode(rawValue: frame[0] & 0x0F),
                frame[1] & 0x80 != 0
            else { throw Failure(.protocolError) }
            self.opcode = opcode
            let shortLength = frame[1] & 0x7F
            guard !opcode.isControl || isFinal && shortLength <= HTTPLimits.controlPayloadBytes else {
                throw Failure(.protocolError)
            }
            let lengthBytes = shortLength == 126 ? 2 : shortLength == 127 ? 8 : 0
            bytes = 2 + lengthBytes + 4
            guard frame.count >= bytes else { return nil }
            var length = UInt64(shortLength)
            if lengthBytes > 0 {
                length = frame[2..<2 + lengthBytes].reduce(0) { $0 << 8 | UInt64($1) }
                // A length in a longer form than needed, or with the highest bit, is invalid (RFC 6455, 5.2).
                guard length >= (lengthBytes == 2 ? 126 : 0x1_0000), length <= UInt64(Int64.max) else {
                    throw Failure(.protocolError)
                }
            }
            // Whether that is too long is decided after whether the frame may come at all.
            payloadBytes = Int(clamping: length)
            mask = frame.loadUnaligned(fromByteOffset: bytes - 4, as: UInt32.self)
        }
    }
}

/// Payloads, one behind the other.
///
/// Not private: the optimiser of Swift 6.3.1 then fails in each module that owns a decoder.
struct PayloadBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    deinit { free(memory) }

    /// Keeps only the first bytes; without any it owns no memory.
    mutating func keep(_ count: Int) {
        self.count = count
        guard count == 0, memory != nil else { return }
        free(memory)
        memory = nil
        capacity = 0
    }

    /// Adds a payload without its mask, which is applied eight bytes at a time (RFC 6455, 5.3).
    ///
    /// - Parameter mask: the four bytes of the mask as they lie in memory.
    mutating func append(_ masked: UnsafeRawBufferPointer, mask: UInt32) {
        guard !masked.isEmpty else { return }
        // The caller bounds the sum by the message limit.
        if count + masked.count > capacity {
            capacity = max(2 * capacity, count + masked.count)
            guard let larger = realloc(memory, capacity) else { fatalError("no memory for \(capacity) bytes") }
            memory = larger
        }
        guard let target = memory.map({ $0 + count }) else { return }
        let wide = UInt64(mask) << 32 | UInt64(mask)
        var index = 0
        while masked.count - index >= 8 {
            let word = masked.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            target.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        withUnsafeBytes(of: mask) { mask in
            // The index is a multiple of four where the rest begins.
            for index in index..<masked.count {
                target.storeBytes(of: masked[index] ^ mask[index & 3], toByteOffset: index, as: UInt8.self)
            }
        }
        count += masked.count
    }

    /// The bytes from an offset on; valid until the next call.
    func bytes(from offset: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory.map { UnsafeRawPointer($0) + offset }, count: count - offset)
    }
}
