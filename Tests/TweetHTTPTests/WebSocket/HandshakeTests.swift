import Testing

@testable import TweetHTTP

/// Requests that ask for a WebSocket.
struct HandshakeTests {
    /// The request of RFC 6455, 1.2, with some fields replaced or left out.
    private func request(_ changes: [String: String?] = [:], line: String = "GET /live HTTP/1.1") -> String {
        let fields = [
            ("Host", "a"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Protocol", "chat, ttweet.1"),
            ("Sec-WebSocket-Version", "13"),
        ]
        var text = line + "\r\n"
        for (name, value) in fields {
            guard let value = changes[name, default: value] else { continue }
            text += "\(name): \(value)\r\n"
        }
        for (name, value) in changes where !fields.contains(where: { $0.0 == name }) {
            text += "\(name): \(value ?? "")\r\n"
        }
        return text + "\r\n"
    }

    /// The status that a request is refused with; 101 if it is accepted, nil if it asks for no upgrade.
    private func status(_ request: String, _ subprotocol: StaticString? = "ttweet.1") throws -> HTTPStatus? {
        try withRequest(request) { head in
            switch WebSocketHandshake.read(head, subprotocol: subprotocol) {
            case .noUpgrade: nil
            case .accepted: .switchingProtocols
            case .refused(let refusal): refusal.status
            }
        }
    }

    @Test func theExampleOfTheRFCIsAnswered() throws {
        let answer = try withRequest(request()) { head -> [UInt8] in
            guard case .accepted(let key) = WebSocketHandshake.read(head, subprotocol: "ttweet.1") else { return [] }
            var bytes: [UInt8] = []
            WebSocketHandshake.appendAnswer(
                to: &bytes, key: key, subprotocol: "ttweet.1", at: HTTPDate(secondsSince1970: 0))
            return bytes
        }
        let expected = """
            HTTP/1.1 101 Switching Protocols
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
            Sec-WebSocket-Protocol: ttweet.1
            Date: Thu, 01 Jan 1970 00:00:00 GMT


            """
        #expect(String(decoding: answer, as: UTF8.self) == expected.replacing("\n", with: "\r\n"))
    }

    @Test func withoutASubprotocolNoneIsNamed() throws {
        #expect(try status(request(["Sec-WebSocket-Protocol": nil]), nil) == .switchingProtocols)
        var bytes: [UInt8] = []
        withBytes("dGhlIHNhbXBsZSBub25jZQ==") {
            WebSocketHandshake.appendAnswer(to: &bytes, key: $0, subprotocol: nil, at: HTTPDate(secondsSince1970: 0))
        }
        #expect(!String(decoding: bytes, as: UTF8.self).contains("Protocol:"))
    }

    @Test(
        arguments: [
            ("Upgrade", "WebSocket"), ("Upgrade", "h2c, websocket"), ("Connection", "keep-alive, UPGRADE"),
            ("Sec-WebSocket-Protocol", "ttweet.1"), ("Sec-WebSocket-Protocol", "a\r\nSec-WebSocket-Protocol: ttweet.1"),
            ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA+/=="), ("Content-Length", "0"),
        ] as [(String, String)])
    func otherSpellingsAreAccepted(name: String, value: String) throws {
        #expect(try status(request([name: value])) == .switchingProtocols)
    }

    @Test(
        arguments: [
            ("Upgrade", "h2c", nil), ("Upgrade", nil, nil), ("Connection", "keep-alive", nil), ("Connection", nil, nil),
            ("Sec-WebSocket-Version", "8", HTTPStatus.upgradeRequired),
            ("Sec-WebSocket-Version", nil, .upgradeRequired),
            ("Sec-WebSocket-Version", "13, 8", .upgradeRequired), ("Sec-WebSocket-Version", "013", .upgradeRequired),
            ("Sec-WebSocket-Key", nil, .badRequest), ("Sec-WebSocket-Key", "", .badRequest),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=", .badRequest),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ===", .badRequest),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQAA", .badRequest),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ-==", .badRequest),
            ("Sec-WebSocket-Protocol", nil, .badRequest), ("Sec-WebSocket-Protocol", "TTWEET.1", .badRequest),
            ("Sec-WebSocket-Protocol", "ttweet.11", .badRequest), ("Content-Length", "1\r\n\r\n", .badRequest),
        ] as [(String, String?, HTTPStatus?)])
    func otherRequestsAreRefusedOrOrdinary(name: String, value: String?, expected: HTTPStatus?) throws {
        #expect(try status(request([name: value])) == expected)
    }

    @Test(arguments: ["POST /live HTTP/1.1", "HEAD /live HTTP/1.1", "GET /live HTTP/1.0"])
    func onlyAGetCanBecomeAWebSocket(line: String) throws {
        #expect(try status(request(line: line)) == .badRequest)
    }

    @Test func anotherVersionIsToldTheRightOne() {
        var head = ResponseHead(.upgradeRequired)
        WebSocketHandshake.appendUpgrade(to: &head)
        let body = UnsafeRawBufferPointer(start: nil, count: 0)
        var bytes: [UInt8] = []
        ResponseWriter.append(head, body: body, .close, at: HTTPDate(secondsSince1970: 0), to: &bytes)
        let fields = String(decoding: bytes, as: UTF8.self)
        #expect(fields.contains("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"))
        #expect(fields.contains("Connection: close, Upgrade\r\n"))
    }

    // MARK: SHA-1

    /// The vectors of RFC 3174, 7.3, and the lengths around a block.
    @Test(arguments: [
        ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        ("a", 100_000, "c4d4b30851182fc4eb8675494d42fd7f17e29c93"),
        (
            "0123456701234567012345670123456701234567012345670123456701234567", 10,
            "dea356a2cddd90c7a7ecedc5ebb563934f460452"
        ),
        ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"), ("a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
        ("a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"), ("a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
        ("a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
    ])
    func aDigestIsThatOfTheRFC(text: String, times: Int, expected: String) {
        let digest = SHA1.digest(Array(String(repeating: text, count: times).utf8))
        #expect(digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == expected)
    }
}
