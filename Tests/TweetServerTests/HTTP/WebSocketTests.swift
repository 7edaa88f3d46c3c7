import TestSupport
import Testing
import TweetModel
import TweetReactor
import TweetWire

@testable import TweetServer

/// WebSockets: the upgrade, packets in both directions, signs of life and all ends.
@Suite struct WebSocketTests {
    let fixture: ServerFixture

    init() throws { fixture = try ServerFixture() }

    private func upgrade(
        _ fixture: ServerFixture, without name: String = "", _ more: [String] = [], target: String = "/live",
        method: String = "GET"
    ) throws -> HTTPTestResponse {
        let fields = WebSocketTestClient.fields.filter { name.isEmpty || !$0.hasPrefix(name) }
        return try HTTPTestClient(fixture).request(method, target, fields + more)
    }

    // MARK: The upgrade

    @Test func theSubprotocolIsSelectedIfItIsOffered() throws {
        let response = try upgrade(fixture)
        #expect(response.status == 101)
        #expect(response.fields["upgrade"] == "websocket")
        #expect(response.fields["connection"] == "Upgrade")
        #expect(response.fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(response.fields["sec-websocket-protocol"] == "ttweet.1")
        let plain = try upgrade(fixture, without: "Sec-WebSocket-Protocol")
        #expect(plain.status == 101)
        #expect(plain.fields["sec-websocket-protocol"] == nil)
    }

    @Test(
        arguments: [
            ("Sec-WebSocket-Protocol", ["Sec-WebSocket-Protocol: chat"], 400), ("Sec-WebSocket-Version", [], 426),
            ("Sec-WebSocket-Version", ["Sec-WebSocket-Version: 8"], 426), ("Upgrade", [], 426),
            ("Connection", [], 426), ("Sec-WebSocket-Key", [], 400), ("", ["Origin: http://evil.example"], 403),
            ("", ["Origin: null"], 403), ("", ["Sec-Fetch-Site: cross-site"], 403), ("", ["Host: evil.example"], 421),
            ("", ["Origin: http://localhost"], 101),
        ])
    func anUpgradeThatBreaksARuleIsRefused(without: String, more: [String], status: Int) throws {
        let response = try upgrade(fixture, without: without, more)
        #expect(response.status == status)
        #expect(response.fields["sec-websocket-version"] == (status == 426 ? "13" : nil))
        #expect(response.fields["upgrade"] == (status == 426 || status == 101 ? "websocket" : nil))
    }

    @Test func anotherRequestOfThePathIsRefused() throws {
        #expect(try upgrade(fixture, target: "/live?x=1").status == 400)
        #expect(try upgrade(fixture, method: "POST").status == 405)
        #expect(try upgrade(fixture, target: "/live/x").status == 404)
        // Elsewhere an upgrade is no reason to refuse.
        #expect(try upgrade(fixture, target: "/").status == 200)
    }

    @Test func requestsInFrontOfTheUpgradeAreAnsweredAndFramesBehindItRead() throws {
        let http = try HTTPTestClient(fixture)
        let head = (["GET /live HTTP/1.1", "Host: localhost"] + WebSocketTestClient.fields).joined(separator: "\r\n")
        let requests =
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\none"
            + "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + head + "\r\n\r\n"
        try http.client.send(bytes: Array(requests.utf8) + ClientFrame(1, #"["u","two"]"#).bytes)
        #expect(try http.next().status == 200)
        #expect(try http.next().body == "one\n")
        #expect(try http.next().status == 101)
        var bytes = http.takeUnread()
        var frame: ServerFrame?
        try fixture.turn {
            bytes += http.client.takeBytes()
            frame = try ServerFrame(&bytes)
            return frame != nil
        }
        #expect(frame?.text.contains(#""text":"two""#) == true)
    }

    @Test func framesMayComeWithTheUpgradeAndByteByByte() throws {
        let client = try WebSocketTestClient(fixture, frames: [ClientFrame(1, #"["u","one"]"#), ClientFrame(9, "x")])
        // A pong does not wait for the journal.
        #expect(try client.nextFrame()?.opcode == 10)
        #expect(try client.next().contains(#""text":"one""#))
        for byte in ClientFrame(1, #"["d",""]"#).bytes {
            try client.client.send(bytes: [byte])
            fixture.turn { client.client.hasTakenInput }
        }
        #expect(try client.next().contains(#""text":"one""#))
    }

    // MARK: Packets

    @Test func everythingOfTheProtocolIsThere() throws {
        let ana = try WebSocketTestClient(fixture)
        try ana.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
        try ana.expect(#"["join",""]"#, "ok")
        let bob = try fixture.guest("bob")
        #expect(try ana.next().hasPrefix(#"["joined","#))
        try bob.expect(#"["message",{"to":["ana"],"text":"hello"}]"#, "ok")
        #expect(try ana.next().hasPrefix(#"["message","#))
        #expect(try ana.request(#"["inbox",""]"#).hasPrefix(#"["part","#))
        #expect(try ana.next().hasPrefix(#"["ok","#))
        #expect(try ana.request(#"["u",{"text":"x","author":"bob"}]"#).contains("not_permitted"))
        #expect(try ana.request(#"["passwd","x"]"#).hasPrefix(#"["error","#))
    }

    @Test func followersOfAllKindsGetTheSameTweets() throws {
        let lines = try fixture.connect()
        try lines.expect(#"["follow",""]"#, "ok")
        let socket = try WebSocketTestClient(fixture)
        try socket.expect(#"["u","before"]"#, "ok")
        try socket.expect(#"["follow",{"since":0}]"#, "tweet")
        #expect(try socket.next().hasPrefix(#"["ok","#))
        _ = try lines.next()
        let late = try WebSocketTestClient(fixture)
        try late.expect(#"["follow","a"]"#, "ok")
        for text in ["one #a", "two", String(repeating: "ä", count: 140) + " #a"] {
            try fixture.connect().expect(#"["u","\#(text)"]"#, "ok")
            let line = try #require(try lines.next())
            #expect(try socket.next() == line)
            if text.contains("#a") { #expect(try late.next() == line) }
        }
    }

    @Test func aFollowerThatLagsIsTold() throws {
        let client = try WebSocketTestClient(fixture)
        try client.expect(#"["follow",""]"#, "ok")
        try #require(client.client.handler).overtaken(at: 1)
        #expect(try client.next().hasPrefix(#"["lagged","#))
        try client.expect(#"["d",""]"#, "ok")
    }

    @Test func manyPipelinedUploadsAreAnsweredInOrder() throws {
        let client = try WebSocketTestClient(fixture)
        let frames = (0..<300).flatMap { ClientFrame(1, #"["u","\#($0)"]"#).bytes }
        try client.client.send(bytes: frames)
        for number in 0..<300 { #expect(try client.next().contains(#""text":"\#(number)""#)) }
        #expect(fixture.server.counts.uploads == 300)
    }

    /// A client that does not read is not read from either.
    @Test func pongsThatAreNotReadHoldUpFurtherPings() throws {
        let client = try WebSocketTestClient(fixture, sendBuffer: 4096)
        let pings = (0..<200).flatMap { _ in ClientFrame(9, [UInt8](repeating: 7, count: 125)).bytes }
        var rest = pings[...]
        while !rest.isEmpty {
            try client.client.send(bytes: Array(rest.prefix(2000)))
            rest = rest.dropFirst(2000)
            fixture.turn { client.client.hasTakenInput || (client.client.connection?.outputBytes ?? 0) > 0 }
            #expect((client.client.connection?.outputBytes ?? 0) < ServerLimits.outputHighWater + 66_000)
        }
        for _ in 0..<200 { #expect(try client.nextFrame()?.payload.count == 125) }
        try client.expect(#"["d",""]"#, "ok")
    }

    // MARK: Ends

    @Test func theClientsCloseIsAnswered() throws {
        for (frame, code) in [
            (ClientFrame.close(1000, "bye"), 1000), (ClientFrame.close(4001), 4001), (ClientFrame(8), nil),
        ]
            as [(ClientFrame, Int?)]
        {
            let client = try WebSocketTestClient(fixture)
            try client.send(ClientFrame(1, #"["u","one"]"#), frame)
            #expect(try client.next().contains("one"))
            try client.expectClose(code)
        }
        #expect(!fixture.reports.contains("refused"))
    }

    @Test(arguments: [
        (ClientFrame(2, "x"), 1003), (ClientFrame(1, [0xC0]), 1007), (ClientFrame(3, ""), 1002),
        (ClientFrame(1, [UInt8](repeating: 0x20, count: WireLimits.lineBytes)), 1009),
    ])
    func aBrokenRuleEndsTheConnection(frame: ClientFrame, code: Int) throws {
        let client = try WebSocketTestClient(fixture)
        try client.send(frame)
        try client.expectClose(code)
        #expect(fixture.reports.contains(" was refused: "))
    }

    @Test func anErrorThatEndsALineConnectionEndsAWebSocket() throws {
        let client = try WebSocketTestClient(fixture)
        #expect(try client.request("nonsense").contains("not_json"))
        try client.expectClose(1008)
    }

    @Test func aMessageOfTwoLinesIsNoPacket() throws {
        let client = try WebSocketTestClient(fixture)
        #expect(try client.request(#"["u","one"]"# + "\n" + #"["u","two"]"#).contains("not_packet"))
        #expect(fixture.server.counts.uploads == 0)
        try client.expect(#"["u","three"]"#, "ok")
    }

    @Test func aStoppingServerSaysSo() throws {
        let idle = try WebSocketTestClient(fixture)
        let busy = try WebSocketTestClient(fixture)
        try busy.send(ClientFrame(1, #"["u","one"]"#))
        fixture.turn { busy.client.hasTakenInput }
        try busy.send(ClientFrame(1, #"["d",""]"#))
        let late = try HTTPTestClient(fixture)
        let head = ["GET /live HTTP/1.1", "Host: localhost"] + WebSocketTestClient.fields + ["", ""]
        try late.send(head.joined(separator: "\r\n"))
        fixture.server.stop()
        try idle.expectClose(1001)
        #expect(try busy.next().contains("one"))
        #expect(try busy.next().contains("stopping"))
        try busy.expectClose(1001)
        #expect(try late.next().status == 503)
    }

    @Test func aRemovedAccountIsToldWhy() throws {
        let client = try WebSocketTestClient(fixture)
        try client.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
        try fixture.connect(from: nil).expect(#"["remove_account","ana"]"#, "ok")
        #expect(try client.next().contains("not_permitted"))
        try client.expectClose(1008)
    }

    @Test func anEvictedClientIsToldWhy() throws {
        let client = try WebSocketTestClient(fixture)
        try client.expect(#"["d",""]"#, "ok")
        try #require(client.client.handler).evict()
        #expect(try client.next().contains("busy"))
        try client.expectClose(1013)
    }

    @Test func aReplacedClientIsToldWhy() throws {
        let client = try WebSocketTestClient(fixture)
        let name = #"["name",{"name":"ana","resume":"0123456789abcdef"}]"#
        try client.expect(name, "ok")
        let other = try WebSocketTestClient(fixture)
        try other.expect(name, "ok")
        try client.expectClose(1008)
    }

    @Test func aClientThatGoesWithoutAFrameIsForgotten() throws {
        let client = try WebSocketTestClient(fixture)
        try client.expect(#"["follow",""]"#, "ok")
        client.client.finishSending()
        fixture.turn { client.client.connection == nil }
        #expect(fixture.server.clients.all.isEmpty)
    }

    // MARK: Signs of life

    @Test func aSilentClientIsAskedAndThenTakenForGone() throws {
        let client = try WebSocketTestClient(fixture)
        for _ in 0..<4 {
            fixture.pass(ServerLimits.pingInterval + .seconds(1))
            #expect(try client.nextFrame()?.opcode == 9)
            try client.send(ClientFrame(10))
            fixture.turn { client.client.hasTakenInput }
        }
        for _ in 0...ServerLimits.missedPings {
            fixture.pass(ServerLimits.pingInterval + .seconds(1))
            #expect(try client.nextFrame()?.opcode == 9)
        }
        fixture.pass(ServerLimits.pingInterval + .seconds(1))
        try client.expectClose(1008)
        #expect(fixture.reports.contains("no sign of life"))
    }

    @Test func theTenSecondsOfTheFirstRequestEndWithTheUpgrade() throws {
        let client = try WebSocketTestClient(fixture)
        fixture.pass(.seconds(20))
        try client.expect(#"["d",""]"#, "ok")
    }

    // MARK: Plain and encrypted

    @Test func passwordsNeedTLSAsOnLines() throws {
        let fixture = try ServerFixture(encryption: Encryption(allowsPlainLogin: false))
        let client = try WebSocketTestClient(fixture, from: "10.1.2.3")
        let packet = #"["login",{"name":"ana","password":"correct horse"}]"#
        #expect(try client.request(packet).contains("tls_needed"))
        try client.expect(#"["d",""]"#, "ok")
    }

    @Test func theStatsCountThem() throws {
        let client = try WebSocketTestClient(fixture)
        try client.expect(#"["follow",""]"#, "ok")
        let stats = try fixture.connect(from: nil).request(#"["stats",""]"#)
        #expect(stats?.contains(#""websocket":1"#) == true)
    }
}
