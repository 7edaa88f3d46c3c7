import TestSupport
import Testing

/// A client of a ``ServerFixture`` whose connection is a WebSocket.
final class WebSocketTestClient {
    /// The fields of an upgrade.
    static let fields = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: chat, ttweet.1",
    ]

    private let fixture: ServerFixture
    let client: FixtureClient
    private var bytes: [UInt8] = []

    /// Connects, and upgrades the connection.
    ///
    /// - Parameters:
    ///   - target: the path, with its query.
    ///   - fields: fields besides those of an upgrade.
    ///   - frames: frames that are sent with the upgrade.
    init(
        _ fixture: ServerFixture, target: String = "/live", from host: String = "127.0.0.1", sendBuffer: CInt? = nil,
        fields: [String] = [], frames: [ClientFrame] = []
    ) throws {
        self.fixture = fixture
        let http = try HTTPTestClient(fixture, from: host, sendBuffer: sendBuffer)
        client = http.client
        let head = ["GET \(target) HTTP/1.1", "Host: localhost"] + Self.fields + fields + ["", ""]
        try client.send(bytes: Array(head.joined(separator: "\r\n").utf8) + frames.flatMap(\.bytes))
        let answer = try http.nextHead()
        try #require(answer.status == 101)
        bytes = http.takeUnread()
    }

    func send(_ frames: ClientFrame...) throws { try client.send(bytes: frames.flatMap(\.bytes)) }

    /// The next frame, after as many turns as needed; nil if the connection ends instead.
    func nextFrame() throws -> ServerFrame? {
        var frame: ServerFrame?
        try fixture.turn {
            bytes += client.takeBytes()
            frame = try ServerFrame(&bytes)
            return frame != nil || client.isAtEnd
        }
        return frame
    }

    /// The next packet.
    func next() throws -> String {
        let frame = try #require(try nextFrame())
        #expect(frame.opcode == 1 && frame.isFinal)
        return frame.text
    }

    /// The next message, which may have several frames.
    func nextMessage() throws -> String {
        var payload: [UInt8] = []
        while true {
            let frame = try #require(try nextFrame())
            #expect(frame.opcode == (payload.isEmpty ? 1 : 0))
            payload += frame.payload
            if frame.isFinal { return String(decoding: payload, as: UTF8.self) }
        }
    }

    func request(_ packet: String) throws -> String {
        try send(ClientFrame(1, packet))
        return try next()
    }

    /// Sends a packet and expects an answer that begins with an operation.
    func expect(_ packet: String, _ word: String) throws {
        let answer = try request(packet)
        #expect(answer.hasPrefix("[\"\(word)\","), "\(answer)")
    }

    /// Expects a close frame and the end of the connection.
    func expectClose(_ code: Int?) throws {
        let frame = try #require(try nextFrame())
        #expect(frame.opcode == 8)
        #expect(frame.closeCode == code)
        #expect(try nextFrame() == nil)
    }
}
