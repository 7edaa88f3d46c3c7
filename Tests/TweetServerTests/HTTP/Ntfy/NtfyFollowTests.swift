import TestSupport
import Testing
import TweetModel

@testable import TweetServer

/// Following as programs do that speak ntfy.
@Suite struct NtfyFollowTests {
    let fixture: ServerFixture
    let uploader: FixtureClient

    init() throws {
        fixture = try ServerFixture()
        uploader = try fixture.connect()
    }

    private static let time = 1_795_237_380

    private func upload(_ texts: String...) throws {
        for text in texts { try uploader.expect(#"["u","\#(text)"]"#, "ok") }
    }

    private func request(_ target: String, _ fields: [String] = []) -> String {
        (["GET \(target) HTTP/1.1", "Host: localhost"] + fields + ["", ""]).joined(separator: "\r\n")
    }

    private func follow(_ target: String, _ fields: String...) throws -> HTTPTestClient {
        let client = try HTTPTestClient(fixture)
        try client.send(request(target, fields))
        let head = try client.nextHead()
        try #require(head.status == 200)
        return client
    }

    private func event(_ name: String, _ topic: String, _ newest: Int, time: Int = time) -> String {
        #"{"topic":"\#(topic)","id":"t0000000000\#(newest)","time":\#(time),"event":"\#(name)"}"#
    }

    private func message(_ topic: String, _ sequence: Int, _ text: String) -> String {
        #"{"topic":"\#(topic)","id":"t0000000000\#(sequence)","time":\#(Self.time),"event":"message","message":"\#(text)"}"#
    }

    private func expect(_ text: String, from client: HTTPTestClient) throws {
        let received = try client.text(of: text.utf8.count)
        #expect(received == text)
    }

    // MARK: Forms

    @Test func messagesComeAsLinesOfJSON() throws {
        try upload("before #ops")
        let client = try follow("/Ops/json")
        try expect(event("open", "Ops", 2) + "\n", from: client)
        try upload("one #ops", "two", "three #OPS \\\"x\\\"")
        try expect(
            message("Ops", 3, "one #ops") + "\n" + message("Ops", 5, "three #OPS \\\"x\\\"") + "\n", from: client)
    }

    @Test(
        arguments: [
            ("json", "application/x-ndjson; charset=utf-8"), ("sse", "text/event-stream; charset=utf-8"),
            ("raw", "text/plain; charset=utf-8"),
        ])
    func theTypeSaysTheCharacterSet(form: String, type: String) throws {
        for query in ["", "?poll=1"] {
            let client = try HTTPTestClient(fixture)
            try client.send(request("/ops/\(form)\(query)"))
            #expect(try client.nextHead().fields["content-type"] == type)
        }
    }

    @Test func messagesComeAsEvents() throws {
        let client = try follow("/ops/sse")
        try expect("event: open\ndata: \(event("open", "ops", 0))\n\n", from: client)
        try upload("one #ops")
        try expect("data: \(message("ops", 2, "one #ops"))\nid: t00000000002\n\n", from: client)
    }

    @Test func messagesComeAsBareText() throws {
        let client = try follow("/ops/raw")
        try upload("say \\\"hi\\\" \\\\ #ops", "é #ops")
        try expect("\nsay \"hi\" \\ #ops\né #ops\n", from: client)
    }

    @Test func messagesComeOverAWebSocket() throws {
        let client = try WebSocketTestClient(fixture, target: "/Ops,b/ws", fields: ["User-Agent: x"])
        #expect(try client.next() == event("open", "Ops,b", 0))
        try upload("one #ops", "two", String(repeating: "ä", count: 140) + " #b")
        #expect(try client.nextMessage() == message("Ops", 2, "one #ops"))
        #expect(try client.nextMessage() == message("b", 4, String(repeating: "ä", count: 140) + " #b"))
    }

    // MARK: Topics

    @Test func eachFollowerGetsTheTopicAsItHasWrittenIt() throws {
        let topics = ["ops", "OPS", "%23Ops", "b,ops", "ops,b", "b,c"]
        let clients = try topics.map { try follow("/\($0)/json") }
        let written = ["ops", "OPS", "#Ops", "b,ops", "ops,b", "b,c"]
        for (client, topic) in zip(clients, written) { try expect(event("open", topic, 0) + "\n", from: client) }
        try upload("one #ops", "two #b #ops", "three #c")
        let expected = [
            [(2, "ops"), (3, "ops")], [(2, "OPS"), (3, "OPS")], [(2, "#Ops"), (3, "#Ops")], [(2, "ops"), (3, "b")],
            [(2, "ops"), (3, "ops")], [(3, "b"), (4, "c")],
        ]
        let texts = [2: "one #ops", 3: "two #b #ops", 4: "three #c"]
        for (client, messages) in zip(clients, expected) {
            let lines = messages.map { message($0.1, $0.0, texts[$0.0] ?? "") + "\n" }
            try expect(lines.joined(), from: client)
        }
    }

    @Test func theTopicOfAMessageThatIsThereIsTheFirstThatItHas() throws {
        try upload("one #b", "two #a #b", "three #a")
        let response = try HTTPTestClient(fixture).request("GET", "/B,a/json?poll=1")
        let expected = [message("B", 2, "one #b"), message("B", 3, "two #a #b"), message("a", 4, "three #a")]
        #expect(response.body == expected.map { $0 + "\n" }.joined())
    }

    // MARK: Where it begins

    /// Four tweets of `ops`: two from an hour and one from a minute before the last.
    private func fill() throws {
        for (text, pause) in [
            ("one #ops", 0), ("two #ops", 3_540_000), ("other", 0), ("three #ops", 60_000), ("four #ops", 0),
        ] {
            try upload(text)
            fixture.setClock(aheadBy: Int64(pause))
        }
    }

    @Test(
        arguments: [
            ("all", [2, 3, 5, 6]), ("latest", [6]), ("t00000000003", [5, 6]), ("t00000000004", [5, 6]),
            ("t00000000006", []), ("t00000000099", [2, 3, 5, 6]), ("SLiKI64DOtab", [2, 3, 5, 6]), ("2h", [2, 3, 5, 6]),
            ("59m30s", [5, 6]), ("59m", [5, 6]), ("0s", []), ("1795240919", [5, 6]), ("1795240922", [6]),
            ("1795240981", []), ("none", []),
        ])
    func aFollowerGetsWhatItHasMissed(since: String, sequences: [Int]) throws {
        try fill()
        fixture.setClock(aheadBy: 1000)
        let poll = try HTTPTestClient(fixture).request("GET", "/ops/json?poll=1&since=\(since)")
        let ids = poll.body.split(separator: "\n").compactMap { $0.firstMatch(of: /"id":"t0*([0-9]+)"/)?.1 }.compactMap
        { Int($0) }
        #expect(ids == sequences)
        #expect(poll.status == 200)
        // A stream goes on after that.
        let client = try follow("/ops/raw?since=\(since)")
        try upload("live #ops")
        let texts = [2: "one", 3: "two", 5: "three", 6: "four"]
        let expected = sequences.compactMap { texts[$0].map { $0 + " #ops\n" } }.joined()
        try expect("\n" + expected + "live #ops\n", from: client)
    }

    @Test(arguments: ["?poll=1", "?po=yes", "?poll=true&sched=1&scheduled=1"])
    func aPollGetsAllByDefault(query: String) throws {
        try upload("one #ops", "two", "three #ops")
        let client = try HTTPTestClient(fixture)
        for (form, expected) in [
            ("json", message("ops", 2, "one #ops") + "\n" + message("ops", 4, "three #ops") + "\n"),
            ("raw", "one #ops\nthree #ops\n"),
        ] {
            let response = try client.request("GET", "/ops/\(form)\(query)")
            #expect(response.body == expected)
            #expect(response.fields["transfer-encoding"] == "chunked")
        }
        // The connection is an ordinary one.
        #expect(try client.request("GET", "/").body == "three #ops\n")
        #expect(try client.request("GET", "/none/json\(query)").body == "")
    }

    @Test func fieldsMaySayItToo() throws {
        try upload("one #ops", "two #ops")
        let response = try HTTPTestClient(fixture).request("GET", "/ops/raw", ["X-Poll: 1", "X-Since: t00000000002"])
        #expect(response.body == "two #ops\n")
    }

    @Test func aPollOfTheFirstVersionEndsWithTheConnection() throws {
        try upload("one #ops")
        let client = try HTTPTestClient(fixture)
        try client.send("GET /ops/raw?poll=1 HTTP/1.0\r\n\r\n")
        let response = try client.next()
        #expect(response.body == "one #ops\n")
        #expect(try client.isAtEnd())
    }

    @Test func aPollOverAWebSocketEndsIt() throws {
        try upload("one #ops")
        let client = try WebSocketTestClient(fixture, target: "/ops/ws?poll=1")
        #expect(try client.nextMessage() == message("ops", 2, "one #ops"))
        try client.expectClose(1000)
    }

    @Test func anEventSourceThatComesBackNamesTheLastMessage() throws {
        try upload("one #ops", "two #ops")
        let client = try follow("/ops/sse?since=all", "Last-Event-ID: t00000000002")
        _ = try client.text(of: 1)
        try upload("three #ops")
        #expect(try client.text(of: 1).contains("three"))
        let late = try follow("/ops/sse", "Last-Event-ID: t00000000002")
        let text = try late.text(of: 300)
        #expect(!text.contains("one #ops") && text.contains("two #ops") && text.contains("three #ops"))
    }

    // MARK: Signs of life, and the end

    @Test func aSilentStreamHasSignsOfLife() throws {
        let forms = ["json", "sse", "raw"]
        let clients = try forms.map { try follow("/a,b/\($0)") }
        for client in clients { _ = try client.text(of: 1) }
        for turn in 1...3 {
            fixture.pass(.seconds(46))
            fixture.setClock(aheadBy: 46_000)
            let json = event("keepalive", "a,b", 0, time: Self.time + 46 * turn)
            try expect(json + "\n", from: clients[0])
            try expect("event: keepalive\ndata: \(json)\n\n", from: clients[1])
            try expect("\n", from: clients[2])
        }
    }

    @Test func aWebSocketHasPingsAndIgnoresMessages() throws {
        let client = try WebSocketTestClient(fixture, target: "/ops/ws", frames: [ClientFrame(9, "early")])
        #expect(try client.next() == event("open", "ops", 0))
        #expect(try client.nextFrame()?.opcode == 10)
        try client.send(ClientFrame(1, #"["u","no"]"#), ClientFrame(2, [1]), ClientFrame(9, "x"))
        let pong = try client.nextFrame()
        #expect(pong?.opcode == 10 && pong?.text == "x")
        fixture.pass(.seconds(31))
        #expect(try client.nextFrame()?.opcode == 9)
        try client.send(.close(1000))
        try client.expectClose(1000)
        try fixture.connect().expect(#"["u","one #ops"]"#, "ok")
        #expect(fixture.server.counts.uploads == 1)
    }

    @Test func theEndOfTheServerEndsIt() throws {
        let socket = try WebSocketTestClient(fixture, target: "/ops/ws")
        _ = try socket.next()
        let stream = try follow("/ops/json")
        _ = try stream.text(of: 1)
        fixture.server.stop()
        try socket.expectClose(1001)
        #expect(try stream.isAtEnd())
    }

    @Test(arguments: [true, false])
    func aWebSocketEndsWithItsToken(expires: Bool) throws {
        let ana = try fixture.account("ana")
        let secret = try ana.token(#"{"may":"read","tag":"ops","expires":20}"#)
        let fields = ["Authorization: Bearer \(secret)"]
        let socket = try WebSocketTestClient(fixture, target: "/ops/ws", fields: fields)
        #expect(try socket.next() == event("open", "ops", 0))
        if expires {
            fixture.setClock(aheadBy: 20_000)
            fixture.pass(.seconds(20))
        } else {
            let grant = try #require(socket.client.handler?.conversation.grant)
            try ana.expect(#"["remove_token",{"id":\#(grant.id)}]"#, "ok")
        }
        try socket.expectClose(1008)
    }

    @Test func aWebSocketWhoseMissedTweetsCannotBeReadSaysSo() throws {
        for number in 0..<300 { try upload("\(number) " + String(repeating: "x", count: 120) + " #ops") }
        let socket = try WebSocketTestClient(fixture, target: "/ops/ws?since=all", sendBuffer: 4096)
        #expect(socket.client.handler?.list != nil)
        try fixture.changeStore("ALTER TABLE tweet RENAME TO gone")
        var frame = try socket.nextFrame()
        while let next = frame, next.opcode != 8 { frame = try socket.nextFrame() }
        #expect(frame?.closeCode == 1011)
    }

    @Test func aClientThatHasGoneIsForgotten() throws {
        let client = try follow("/ops/json")
        _ = try client.text(of: 1)
        client.client.finishSending()
        #expect(try client.isAtEnd())
        let tag = try #require(Hashtag("ops"))
        #expect(fixture.server.live.feeds.feeds(of: [tag]).allSatisfy { $0.followers.isEmpty })
    }

    /// It continues with the id of the last message that it has.
    @Test func aFollowerThatLagsIsEnded() throws {
        let stream = try follow("/ops/json")
        let socket = try WebSocketTestClient(fixture, target: "/ops/ws")
        _ = try stream.text(of: 1)
        _ = try socket.next()
        try upload("one #ops")
        #expect(try stream.text(of: 1).contains("one"))
        #expect(try socket.nextMessage().contains("one"))
        try #require(stream.client.handler).overtaken(at: 1)
        try #require(socket.client.handler).overtaken(at: 1)
        #expect(try stream.isAtEnd())
        try socket.expectClose(1013)
    }

    @Test func aStreamOfManyMissedTweetsIsWhole() throws {
        for number in 0..<300 { try upload("\(number) " + String(repeating: "x", count: 120) + " #ops") }
        let client = try follow("/ops/raw?since=all")
        let poll = try HTTPTestClient(fixture).request("GET", "/ops/raw?poll=1")
        #expect(poll.body.split(separator: "\n").count == 300)
        try upload("last #ops")
        try expect("\n" + poll.body + "last #ops\n", from: client)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            ("/disk-alerts/json", [], 400, 40009), ("/a,b-c/sse", [], 400, 40009), ("/TAG,a/raw", [], 400, 40010),
            ("/ops/json?since=x", [], 400, 40008), ("/ops/json?priority=5", [], 400, 40000),
            ("/ops/sse?tags=a", [], 400, 40000),
            ("/ops/json?message=a", [], 400, 40000), ("/ops/json", ["Origin: http://evil.example"], 403, 40301),
            ("/ops/ws", [], 426, 42601), ("/ops/ws", ["Host: evil.example"], 421, 42101),
        ] as [(String, [String], Int, Int)])
    func aRefusalHasTheFormOfNtfy(target: String, fields: [String], status: Int, code: Int) throws {
        let response = try HTTPTestClient(fixture).request("GET", target, fields)
        #expect(response.status == status)
        #expect(response.body.hasPrefix(#"{"code":\#(code),"http":\#(status),"error":""#), "\(response.body)")
    }

    @Test func aForeignPageGetsNoWebSocket() throws {
        let fields = WebSocketTestClient.fields + ["Origin: http://evil.example"]
        #expect(try HTTPTestClient(fixture).request("GET", "/ops/ws", fields).status == 403)
    }

    @Test func aClientThatMayFollowIsToldSo() throws {
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("GET", "/a,b/auth").body == "{\"success\":true}\n")
        #expect(try client.request("GET", "/a-b/auth").status == 400)
    }

    @Test func aStreamForWhichThereIsNoRoomIsRefused() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 5))
        var kept: [HTTPTestClient] = []
        var statuses: [Int] = []
        for fields in [[], [], WebSocketTestClient.fields, []] {
            let client = try HTTPTestClient(fixture)
            try client.send(request(fields.isEmpty ? "/ops/json" : "/ops/ws", fields))
            let response = try fields.isEmpty && kept.count < 2 ? client.nextHead() : client.next()
            statuses.append(response.status)
            if response.status == 429 { #expect(response.body.hasPrefix(#"{"code":42901,"http":429,"#)) }
            kept.append(client)
        }
        #expect(statuses == [200, 200, 429, 429])
    }
}
