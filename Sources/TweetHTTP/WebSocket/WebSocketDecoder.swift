import CSystem

/// Reads the frames of a WebSocket's client (RFC 6455, 5): masked, with the shortest length, and without extensions.
///
/// A frame is taken when it is complete, and unmasked where it lies; a message in one frame is not copied. The decoder
/// keeps only the earlier fragments of a message.
public struct WebSocketDecoder: ~Copyable {
    /// The next message or control frame of a stream, as far as it has arrived.
    ///
    /// The bytes of a payload are valid until the input is changed, or the next call.
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

    private let messageLimit: Int
    private var fragments: FragmentBuffer
    /// The opcode of the message whose last fragment has not come yet.
    private var unfinished: WebSocketFrame.Opcode?
    private var hasEnded = false

    /// - Parameter messageLimit: the most bytes that a message may have.
    public init(messageLimit: Int) {
        // Half the range, so that a header's length can be added.
        self.messageLimit = min(messageLimit, .max / 2)
        fragments = FragmentBuffer()
    }

    /// Reads up to the next message or control frame.
    ///
    /// - Parameter bytes: the bytes that were received and not taken; those that are taken are changed.
    /// - Returns: the event, and how many bytes were taken. They must not be offered again. After `close` and `failed`
    ///   all bytes are taken and mean nothing.
    public mutating func next(_ bytes: UnsafeMutableRawBufferPointer) -> (event: Event, taken: Int) {
        var taken = 0
        // The last message's fragments stayed for its event.
        if unfinished == nil { fragments.removeAll() }
        while !hasEnded {
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[taken...])
            do throws(Failure) {
                guard let header = try Header(UnsafeRawBufferPointer(rest)) else { return (.partial, taken) }
                try check(header)
                guard rest.count >= header.bytes + header.payloadBytes else { return (.partial, taken) }
                let payload = UnsafeMutableRawBufferPointer(
                    rebasing: rest[header.bytes..<header.bytes + header.payloadBytes])
                payload.unmask(header.mask)
                taken += header.bytes + header.payloadBytes
                if let event = try event(header, UnsafeRawBufferPointer(payload)) {
                    return (event, hasEnded ? bytes.count : taken)
                }
            } catch {
                hasEnded = true
                return (.failed(error.code), bytes.count)
            }
        }
        return (.partial, bytes.count)
    }

    /// Checks that a frame may come now, and that its message is not too long.
    private func check(_ header: Header) throws(Failure) {
        if header.opcode.isControl { return }
        guard (header.opcode == .continuation) == (unfinished != nil) else { throw Failure(.protocolError) }
        guard header.payloadBytes <= messageLimit - fragments.count else { throw Failure(.messageTooLong) }
    }

    /// Applies a complete frame.
    ///
    /// - Returns: nil for a fragment that is not its message's last one.
    private mutating func event(_ header: Header, _ payload: UnsafeRawBufferPointer) throws(Failure) -> Event? {
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close:
            hasEnded = true
            return .close(try Self.closeCode(payload))
        case .text, .binary:
            if header.isFinal { return try Self.message(header.opcode, payload) }
            unfinished = header.opcode
            fragments.append(payload)
            return nil
        case .continuation:
            fragments.append(payload)
            guard header.isFinal, let opcode = unfinished.take() else { return nil }
            return try Self.message(opcode, fragments.all)
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

/// The fragments of a message, one behind the other.
///
/// Not private: the optimiser of Swift 6.3.1 then fails in each module that owns a decoder.
struct FragmentBuffer: ~Copyable {
    private var bytes: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    deinit { free(bytes) }

    /// Forgets the message, and frees its memory.
    mutating func removeAll() {
        free(bytes)
        bytes = nil
        capacity = 0
        count = 0
    }

    mutating func append(_ new: UnsafeRawBufferPointer) {
        guard let source = new.baseAddress, !new.isEmpty else { return }
        // The caller bounds the sum by the message limit.
        if count + new.count > capacity {
            capacity = max(2 * capacity, count + new.count)
            guard let larger = realloc(bytes, capacity) else { fatalError("no memory for \(capacity) bytes") }
            bytes = larger
        }
        if let bytes { memcpy(bytes + count, source, new.count) }
        count += new.count
    }

    /// The bytes of the whole message; valid until the next call.
    var all: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: count) }
}

extension UnsafeMutableRawBufferPointer {
    /// Applies the mask, eight bytes at a time (RFC 6455, 5.3).
    ///
    /// - Parameter mask: the four bytes of the mask as they lie in memory.
    fileprivate func unmask(_ mask: UInt32) {
        let wide = UInt64(mask) << 32 | UInt64(mask)
        var index = 0
        while count - index >= 8 {
            storeBytes(
                of: loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        withUnsafeBytes(of: mask) { mask in
            // The index is a multiple of four where the rest begins.
            for index in index..<count { self[index] ^= mask[index & 3] }
        }
    }
}
