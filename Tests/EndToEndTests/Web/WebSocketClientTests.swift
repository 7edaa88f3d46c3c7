import CSystem
import TestSupport
import Testing
import TweetSystem

/// WebSockets as a client speaks them that has none of this project's code: Python with its standard library.
@Suite(.ownThreads) struct WebSocketClientTests {
    /// Sends each argument as a message, the long ones in fragments, and prints each message of the server's.
    ///
    /// `close` ends the WebSocket; without it the server has to.
    private static let program = #"""
        import base64, hashlib, os, socket, ssl, sys

        host, port, authority, *messages = sys.argv[1:]
        stream = socket.create_connection((host, int(port)), timeout=60)
        if authority:
            stream = ssl.create_default_context(cafile=authority).wrap_socket(stream, server_hostname=host)
        key = base64.b64encode(os.urandom(16))
        stream.sendall(b"GET /live HTTP/1.1\r\nHost: %b:%b\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                       b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ttweet.1\r\nSec-WebSocket-Key: %b\r\n\r\n"
                       % (host.encode(), port.encode(), key))
        reader = stream.makefile("rb")
        assert reader.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
        fields = {}
        while (line := reader.readline().strip()):
            name, value = line.split(b": ", 1)
            fields[name.lower()] = value
        proof = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        assert base64.b64decode(fields[b"sec-websocket-accept"]) == proof
        assert fields[b"sec-websocket-protocol"] == b"ttweet.1"

        def send(first, payload):
            mask = os.urandom(4)
            length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xFE" + len(payload).to_bytes(2, "big")
            masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
            stream.sendall(bytes([first]) + length + mask + masked)

        for message in messages:
            text = message.encode()
            if message == "close":
                send(0x88, (1000).to_bytes(2, "big"))
            elif len(text) > 40:
                send(0x01, text[:20])
                send(0x89, b"ping")
                send(0x80, text[20:])
            else:
                send(0x81, text)
        while True:
            first, length = reader.read(2)
            assert length < 0x80, "a server's frame is masked"
            if length == 126:
                length = int.from_bytes(reader.read(2), "big")
            payload = reader.read(length)
            if first == 0x81:
                print(payload.decode(), flush=True)
            elif first == 0x8A:
                print("pong " + payload.decode(), flush=True)
            elif first == 0x88:
                print("closed", int.from_bytes(payload[:2], "big"), flush=True)
                send(0x88, payload)
                assert reader.read() == b""
                break
        """#

    private func words(_ server: ServerProcess, authority: String = "", _ messages: [String]) -> [String] {
        ["python3", "-c", Self.program, "localhost", String(server.port), authority] + messages
    }

    @Test func aStrangersClientSpeaksTheProtocol() throws {
        let server = try ServerProcess()
        let long = #"["u","a message that goes in two fragments #ops"]"#
        let messages = [long, #"["d",""]"#, #"["name","ana"]"#, #"["nothing"]"#, "close"]
        let client = try run(words(server, messages))
        let lines = client.output.split(separator: "\n")
        try #require(lines.count == 6, "\(client.output) \(client.errors)")
        #expect(lines[0] == "pong ping")
        #expect(lines[1].contains(#""text":"a message that goes in two fragments #ops""#))
        #expect(lines[2] == lines[1])
        #expect(lines[3] == #"["ok",{"name":"ana","pending":0}]"#)
        #expect(lines[4].hasPrefix(#"["error",{"code":"not_packet""#))
        #expect(lines[5] == "closed 1000")
        #expect(client.exitCode == 0)
        #expect(try server.download("-q").output == "a message that goes in two fragments #ops\n")
    }

    @Test func aFollowerGetsWhatOthersUploadUntilTheServerStops() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let follower = try ChildProcess(
            words(server, [#"["follow",{"tag":"deploy"}]"#]).map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path)
        try follower.awaitLine(#"["ok","#)
        #expect(try server.upload("one").exitCode == 0)
        #expect(try server.upload("two #deploy").exitCode == 0)
        try follower.awaitLine(#""text":"two #deploy""#)
        #expect(try server.stop() == .exit(0))
        try follower.awaitLine("closed 1001")
        #expect(try follower.wait() == .exit(0))
        #expect(!String(decoding: follower.standardOutput.access { $0.bytes }, as: UTF8.self).contains("one"))
    }

    @Test func itIsThereOverTLSToo() throws {
        let certificates = try Certificates.shared.get()
        let server = try ServerProcess([
            "--tls-cert", certificates.path("good", "cert.pem"), "--tls-key", certificates.path("good", "key.pem"),
            "--tls", "required",
        ])
        let authority = certificates.path("good", "authority.pem")
        let client = try run(words(server, authority: authority, [#"["u","sealed"]"#, "close"]))
        #expect(client.output.contains(#""text":"sealed""#), "\(client.errors)")
        #expect(client.output.hasSuffix("closed 1000\n"))
        let plain = try run(words(server, [#"["u","open"]"#, "close"]))
        #expect(plain.exitCode != 0)
    }
}
