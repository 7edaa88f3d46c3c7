import TestSupport
import Testing
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

@testable import TweetServer

/// A connection that speaks HTTP: the order of answers, its end, deadlines and refusals.
@Suite struct HTTPConnectionTests {
    let fixture: ServerFixture
    let client: HTTPTestClient

    init() throws {
        fixture = try ServerFixture()
        client = try HTTPTestClient(fixture)
    }

    private static func get(_ target: String = "/", _ fields: String = "", version: String = "1.1") -> String {
        "GET \(target) HTTP/\(version)\r\nHost: localhost\r\n\(fields)\r\n"
    }

    private static func post(_ text: String, _ fields: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: localhost\r\n\(fields)Content-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }

    // MARK: Requests

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        try client.send(
            Self.get() + Self.post("one #a") + Self.get() + Self.get("/tweets") + Self.get("/nothing")
                + Self.post("two")
                + Self.get("/tag/a") + Self.get())
        #expect(try client.next().body == "Empty Message\n")
        #expect(try client.next().body.contains(#""text":"one #a""#))
        #expect(try client.next().body == "one #a\n")
        #expect(try client.next().body.contains(#""seq":2"#))
        #expect(try client.next().status == 404)
        #expect(try client.next().body.contains(#""text":"two""#))
        #expect(try client.next().body == "one #a\n")
        #expect(try client.next().body == "two\n")
    }

    @Test func aRequestMayComeByteByByte() throws {
        for byte in Self.post("one") + Self.get() {
            try client.send(String(byte))
            fixture.turn { client.client.hasTakenInput }
        }
        #expect(try client.next().status == 200)
        #expect(try client.next().body == "one\n")
    }

    @Test func aClientMayWaitBeforeItSendsTheBody() throws {
        try client.send("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(try client.next().status == 100)
        try client.send("one" + Self.get())
        #expect(try client.next().body.contains(#""text":"one""#))
        #expect(try client.next().body == "one\n")
    }

    @Test func anUploadByLinesIsSeenByHTTPAndTheOtherWayRound() throws {
        let lines = try fixture.connect()
        try lines.expect(#"["u","one"]"#, "ok")
        #expect(try client.request("GET", "/").body == "one\n")
        #expect(try client.request("PUT", "/", body: "two").status == 200)
        #expect(try lines.request(#"["d",""]"#)?.contains(#""text":"two""#) == true)
    }

    @Test func followersGetWhatIsUploadedByHTTP() throws {
        let follower = try fixture.connect()
        try follower.expect(#"["follow",""]"#, "ok")
        #expect(try client.request("POST", "/", body: "one").status == 200)
        #expect(try follower.next()?.contains(#""text":"one""#) == true)
    }

    // MARK: The end of a connection

    @Test(arguments: [("Connection: close\r\n", "1.1"), ("", "1.0")])
    func theConnectionEndsAfterTheLastAnswer(fields: String, version: String) throws {
        try client.send(Self.get("/", fields, version: version) + Self.get())
        let response = try client.next()
        #expect(response.body == "Empty Message\n")
        #expect(response.fields["connection"] == "close")
        #expect(try client.isAtEnd())
    }

    @Test func aClientOfTheFirstVersionMayStay() throws {
        try client.send(Self.get("/", "Connection: keep-alive\r\n", version: "1.0"))
        #expect(try client.next().fields["connection"] == "keep-alive")
        #expect(try client.request("GET", "/").fields["connection"] == nil)
    }

    @Test func aListForTheFirstVersionEndsWithTheConnection() throws {
        #expect(try client.request("POST", "/", body: "one").status == 200)
        try client.send(Self.get("/tweets", "Connection: keep-alive\r\n", version: "1.0"))
        let response = try client.next()
        #expect(response.fields["transfer-encoding"] == nil)
        #expect(response.fields["connection"] == "close")
        #expect(response.body.contains(#""text":"one""#))
        #expect(try client.isAtEnd())
    }

    @Test func aClientThatHasSentAllGetsItsAnswers() throws {
        try client.send(Self.post("one") + Self.get() + Self.get("/tweets"))
        client.client.finishSending()
        #expect(try client.next().status == 200)
        #expect(try client.next().body == "one\n")
        #expect(try client.next().body.contains("one"))
        #expect(try client.isAtEnd())
    }

    @Test(
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400), ("GET / HTTP/2.0\r\n", 505),
            ("GET / HTTP/1.1\nHost: localhost\n\n", 400), ("HELLO\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\none", 400),
            ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +3\r\n\r\none", 400),
            ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n", 413),
            ("GET /" + String(repeating: "a", count: 3000), 414),
            ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "a", count: 9000), 431),
        ])
    func bytesThatCouldBeReadInTwoWaysEndTheConnection(bytes: String, status: Int) throws {
        try client.send(bytes)
        let response = try client.next()
        #expect(response.status == status)
        #expect(response.fields["connection"] == "close")
        #expect(try client.isAtEnd())
        #expect(fixture.reports.contains(" was refused: bad_request, "))
    }

    // MARK: Deadlines

    @Test func aRequestHasTenSeconds() throws {
        try client.send("GET / HT")
        fixture.turn { client.client.hasTakenInput }
        fixture.pass(.seconds(11))
        #expect(try client.next().status == 408)
        #expect(try client.isAtEnd())

        let second = try HTTPTestClient(fixture)
        #expect(try second.request("GET", "/").status == 200)
        fixture.pass(.seconds(30))
        try second.send("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        #expect(try second.next().status == 100)
        fixture.pass(.seconds(11))
        #expect(try second.next().status == 408)
        #expect(try second.isAtEnd())
    }

    /// The minute begins with the answer, and the ten seconds of a request end with the request.
    @Test(arguments: ["GET", "POST", "GET /tags"])
    func aConnectionIsClosedAMinuteAfterItsLastAnswer(first: String) throws {
        let target = first.hasSuffix("/tags") ? "/tags" : "/"
        let method = first.hasPrefix("GET") ? "GET" : "POST"
        for _ in 0..<4 {
            // Head and end come in two pieces.
            let body = method == "POST" ? "Content-Length: 3\r\n\r\none" : "\r\n"
            try client.send("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n")
            fixture.turn { client.client.hasTakenInput }
            try client.send(body)
            #expect(try client.next().status == 200)
            fixture.pass(.seconds(50))
            fixture.turn()
        }
        fixture.pass(.seconds(11))
        #expect(try client.isAtEnd())
    }

    /// A request whose end comes with the next one's start has its own ten seconds.
    @Test func requestsThatOverlapAreTimedOneByOne() throws {
        let request = Self.get()
        try client.send(String(request.prefix(9)))
        for _ in 0..<5 {
            fixture.turn { client.client.hasTakenInput }
            fixture.pass(.seconds(6))
            fixture.turn()
            try client.send(String(request.dropFirst(9) + request.prefix(9)))
            #expect(try client.next().status == 200)
        }
    }

    @Test func aListThatIsReadSlowlyIsNotTimedOut() throws {
        let lines = try fixture.connect()
        for number in 0..<200 { try lines.send(#"["u","\#(number) \#(String(repeating: "x", count: 140))"]"#) }
        _ = try lines.next(200)
        let slow = try HTTPTestClient(fixture, sendBuffer: 4096)
        // The last piece of its request starts the ten seconds of a request.
        try slow.send(String(Self.get("/tweets").dropLast()))
        fixture.turn { slow.client.hasTakenInput }
        try slow.send("\r\n")
        fixture.turn { slow.client.connection?.outputBytes ?? 0 > 0 }
        fixture.pass(.seconds(15))
        fixture.turn()
        let response = try slow.next()
        #expect(response.body.split(separator: "\n").count == 200)
        #expect(try slow.request("GET", "/healthz").status == 200)
    }

    // MARK: Refusals

    @Test func theBodyOfARefusedRequestIsNotAskedFor() throws {
        for (target, fields, status) in [
            ("/", "Host: evil.example", 421), ("/nothing/x", "Host: localhost", 404),
            ("/tweets", "Host: localhost", 405),
            ("/no-topic", "Host: localhost", 400),
            ("/", "Host: localhost\r\nOrigin: http://evil.example", 403),
        ] {
            let client = try HTTPTestClient(fixture)
            try client.send("POST \(target) HTTP/1.1\r\n\(fields)\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            let response = try client.next()
            #expect(response.status == status)
            #expect(response.fields["connection"] == "close")
            #expect(try client.isAtEnd())
        }
    }

    @Test func refusalsAreCountedWithThoseOfLines() throws {
        #expect(try client.request("POST", "/", body: String(repeating: "x", count: 151)).status == 422)
        #expect(fixture.server.counts.refusals[.tooLong] == 1)
    }

    // MARK: Where it is not served

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /ops HTTP/1.0\r\nContent-Length: 1\r\n\r\na"])
    func withoutHTTPARequestIsToldSoInHTTP(request: String) throws {
        let fixture = try ServerFixture(http: HTTPPolicy(place: .nowhere))
        let client = try HTTPTestClient(fixture)
        try client.send(request)
        let answer = try client.next()
        #expect(answer.status == 501)
        #expect(answer.body.contains("HTTP is not served at this port"))
        #expect(try client.isAtEnd())
        #expect(fixture.server.counts.refusals[.notJSON] == 1)
    }

    @Test(arguments: ["GET / HTTP/2", "Hello", "[1, HTTP/1.1"]) func withoutHTTPOtherLinesAreLines(line: String) throws
    {
        let fixture = try ServerFixture(http: HTTPPolicy(place: .nowhere))
        #expect(try fixture.connect().request(line)?.contains("not_json") == true)
    }

    @Test func aPortForHTTPTakesNoLinesAndTheOtherNoHTTP() throws {
        let fixture = try ServerFixture(http: HTTPPolicy(place: .ownPort(0)))
        let web = try HTTPTestClient(fixture, speaksOnlyHTTP: true)
        #expect(try web.request("GET", "/").status == 200)
        for start in [#"["d",""]"# + "\n", "u\nhello", "d\n", " "] {
            let client = try HTTPTestClient(fixture, speaksOnlyHTTP: true)
            try client.send(start + "\r\n\r\n")
            #expect(try client.next().status == 400)
            #expect(try client.isAtEnd())
        }
        let lines = try HTTPTestClient(fixture)
        #expect(try lines.request("GET", "/").status == 501)
    }

    /// A browser opens connections ahead: an answer would be taken for that of its next request.
    @Test func aSilentClientOfAPortForHTTPIsToldNothing() throws {
        let client = try HTTPTestClient(fixture, speaksOnlyHTTP: true)
        fixture.pass(.seconds(11))
        #expect(try client.isAtEnd())
    }

    /// Nobody knows what a client of the shared port speaks that has sent nothing.
    @Test func aClientOfAPortForHTTPIsTurnedAwayInHTTP() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 1, stays: 1, staysOfSite: 1))
        fixture.holdOutcomes()
        let busy = try fixture.connect()
        try busy.send(#"["u","under way"]"#)
        fixture.turn { busy.handler?.conversation.isAnswered == false }
        let client = try HTTPTestClient(fixture, speaksOnlyHTTP: true)
        let answer = try client.next()
        #expect(answer.status == 503 && answer.fields["retry-after"] == "1")
        #expect(answer.body.hasPrefix(#"{"code":"busy","#))
        #expect(try client.isAtEnd())
    }

    @Test func theOperatorsSocketServesLinesOnly() throws {
        let lines = try fixture.connect(from: nil)
        #expect(try lines.request("GET / HTTP/1.1\r\n\r\n")?.contains("not_json") == true)
    }

    @Test func aConnectionThatSpeaksHTTPTakesNoLines() throws {
        #expect(try client.request("GET", "/").status == 200)
        try client.send(#"["u","one"]"# + "\r\n\r\n")
        #expect(try client.next().status == 400)
        #expect(try client.isAtEnd())
    }

    @Test func aServerThatTakesAccountsOnlyRefusesAnUpload() throws {
        let fixture = try ServerFixture(requiresAccount: true)
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("POST", "/", body: "one").status == 403)
        #expect(try client.request("GET", "/").body == "Empty Message\n")
    }

    @Test func aStoppingServerClosesAfterTheAnswer() throws {
        try client.send(Self.post("one"))
        fixture.turn { client.client.hasTakenInput }
        try client.send(Self.get())
        fixture.server.stop()
        #expect(try client.next().body.contains(#""text":"one""#))
        let refused = try client.next()
        #expect(refused.status == 503)
        #expect(refused.fields["connection"] == "close")
        #expect(try client.isAtEnd())
    }

    @Test func anEvictedConnectionSaysNothing() throws {
        #expect(try client.request("GET", "/").status == 200)
        try #require(client.client.handler).evict()
        #expect(try client.isAtEnd())
    }

    // MARK: Lists

    /// More than a connection's output may hold, to a client that reads slowly: all of it arrives, chunk by chunk.
    @Test func aLongListIsWhole() throws {
        let lines = try fixture.connect()
        let text = String(repeating: "x", count: 140)
        for number in 0..<600 {
            try lines.send(#"["u","\#(number) \#(text)"]"#)
            if number % 50 == 49 { _ = try lines.next(50) }
        }
        let response = try client.request("GET", "/tweets")
        let found = response.body.split(separator: "\n")
        #expect(found.count == 600)
        for (number, line) in found.enumerated() { #expect(line.contains(#""text":"\#(number) x"#)) }
        #expect(try client.request("GET", "/tweets?count=1").body.split(separator: "\n").count == 1)
    }
}
