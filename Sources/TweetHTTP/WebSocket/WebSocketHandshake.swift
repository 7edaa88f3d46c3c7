/// The opening handshake of a WebSocket (RFC 6455, 4.2).
public enum WebSocketHandshake {
    /// The result of reading a request as an upgrade.
    public enum Outcome {
        /// The request asks for no WebSocket: it is an ordinary one.
        case noUpgrade
        /// The connection can become a WebSocket, with the answer that ``appendAnswer(to:key:subprotocol:at:)`` makes.
        case accepted(key: UnsafeRawBufferPointer)
        /// The request is refused; an answer with 426 has the fields of ``appendUpgrade(to:)``.
        case refused(RequestRefusal)
    }

    /// The version of RFC 6455.
    private static let version: StaticString = "13"

    /// Appends the fields that tell a client to upgrade, and to which version.
    public static func appendUpgrade(to head: inout ResponseHead) {
        head.append("Upgrade", "websocket")
        head.append("Sec-WebSocket-Version", version.description)
    }

    /// Reads a request as an upgrade to a WebSocket.
    ///
    /// - Parameter subprotocol: a subprotocol that the client has to offer; nil if any client may come, and none is
    ///   selected.
    public static func read(_ request: RequestHead, subprotocol: StaticString?) -> Outcome {
        guard request.asksForUpgrade, request.has("websocket", in: .upgrade) else { return .noUpgrade }
        guard request.method == .get, request.isVersion11 else {
            return .refused(.malformed("a WebSocket begins with a GET of HTTP/1.1"))
        }
        guard request.contentLength ?? 0 == 0 else { return .refused(.malformed("a handshake has no body")) }
        guard let theirs = request[.secWebSocketVersion], theirs.equals(version) else {
            return .refused(RequestRefusal(.upgradeRequired, "the version of WebSockets here is 13"))
        }
        guard let key = request[.secWebSocketKey], isKey(key) else {
            return .refused(.malformed("the Sec-WebSocket-Key is not 16 bytes in base64"))
        }
        if let subprotocol, !offers(subprotocol, request) {
            return .refused(.malformed("the client does not offer the WebSocket subprotocol of this path"))
        }
        return .accepted(key: key)
    }

    /// Whether a key is 16 bytes in base64: 22 characters and two of padding.
    private static func isKey(_ key: UnsafeRawBufferPointer) -> Bool {
        key.count == 24 && key.part(22..<24).equals("==") && key.prefix(22).allSatisfy(ByteSet.base64.contains)
    }

    /// Whether the client offers a subprotocol; its case matters.
    private static func offers(_ subprotocol: StaticString, _ request: RequestHead) -> Bool {
        var isOffered = false
        request.forEachElement(of: .secWebSocketProtocol) { if $0.equals(subprotocol) { isOffered = true } }
        return isOffered
    }

    /// Appends the answer with which the connection becomes a WebSocket.
    public static func appendAnswer(
        to bytes: inout [UInt8], key: UnsafeRawBufferPointer, subprotocol: StaticString?, at date: HTTPDate
    ) {
        var head = ResponseHead(
            .switchingProtocols,
            [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", acceptance(of: key))])
        if let subprotocol { head.append("Sec-WebSocket-Protocol", subprotocol.description) }
        ResponseWriter.appendSwitch(head, at: date, to: &bytes)
    }

    /// The proof that the server has read the key (RFC 6455, 4.2.2).
    static func acceptance(of key: UnsafeRawBufferPointer) -> String {
        base64(SHA1.digest(Array(key) + Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0..<4 {
                let digit = digits[Int(bits >> (18 - 6 * UInt32(place)) & 63)]
                text.append(place <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
