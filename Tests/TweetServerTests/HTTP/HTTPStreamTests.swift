import TestSupport
import Testing
import TweetModel
import TweetSystem

@testable import TweetServer

/// Following by HTTP: lines of JSON and server-sent events.
@Suite struct HTTPStreamTests {
    let fixture: ServerFixture
    let uploader: FixtureClient

    init() throws {
        fixture = try ServerFixture()
        uploader = try fixture.connect()
    }

    private func upload(_ texts: String...) throws {
        for text in texts { try uploader.expect(#"["u","\#(text)"]"#, "ok") }
    }

    private func follow(_ target: String, _ fields: String...) throws -> HTTPTestClient {
        let client = try HTTPTestClient(fixture)
        let lines = ["GET \(target) HTTP/1.1", "Host: localhost"] + fields
        try client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return client
    }

    private static let events = "Accept: text/event-stream"

    private func json(_ sequence: Int, _ text: String, tags: String = "") -> String {
        #"{"seq":\#(sequence),"time":"2026-11-21T05:03:00.123Z","author":null,"text":"\#(text)","tags":[\#(tags)]}"#
    }

    private func event(_ sequence: Int, _ text: String) -> String {
        "id: \(sequence)\ndata: \(json(sequence, text))\n\n"
    }

    private func expect(_ text: String, from client: HTTPTestClient) throws {
        let received = try client.text(of: text.utf8.count)
        #expect(received == text)
    }

    // MARK: Forms

    @Test func tweetsComeAsLinesOfJSON() throws {
        try upload("before")
        let client = try follow("/follow")
        let head = try client.nextHead()
        #expect(head.status == 200)
        #expect(head.fields["content-type"] == "application/x-ndjson")
        #expect(head.fields["connection"] == "close")
        #expect(head.fields["content-length"] == nil)
        try upload("one", "two #a")
        try expect(json(3, "one") + "\n" + json(4, "two #a", tags: #""a""#) + "\n", from: client)
    }

    @Test func tweetsComeAsEvents() throws {
        let client = try follow("/follow", Self.events)
        #expect(try client.nextHead().fields["content-type"] == "text/event-stream")
        try upload("one", "two")
        try expect(event(2, "one") + event(3, "two"), from: client)
    }

    @Test func aTagsStreamHasItsTweetsOnly() throws {
        let client = try follow("/tag/%23A/follow")
        #expect(try client.nextHead().status == 200)
        let both = try follow("/follow?tag=a&tag=b")
        #expect(try both.nextHead().status == 200)
        try upload("one #b", "two", "three #a")
        try expect(json(4, "three #a", tags: #""a""#) + "\n", from: client)
        try expect(
            json(2, "one #b", tags: #""b""#) + "\n" + json(4, "three #a", tags: #""a""#) + "\n", from: both)
    }

    @Test(arguments: [("/follow?count=1", [3]), ("/follow?since=1", [2, 3]), ("/follow?since=3", [])])
    func earlierTweetsComeFirst(target: String, sequences: [Int]) throws {
        try upload("tweet", "tweet")
        let client = try follow(target)
        #expect(try client.nextHead().status == 200)
        try upload("tweet")
        try expect((sequences + [4]).map { json($0, "tweet") + "\n" }.joined(), from: client)
    }

    @Test func aClientThatComesBackNamesTheLastEvent() throws {
        try upload("one", "two", "three")
        for target in ["/follow", "/follow?since=3", "/follow?count=1"] {
            let client = try follow(target, Self.events, "Last-Event-ID: 2")
            #expect(try client.nextHead().status == 200)
            try expect(event(3, "two") + event(4, "three"), from: client)
        }
        let client = try follow("/follow", Self.events, "Last-Event-ID: x")
        #expect(try client.next().status == 400)
    }

    // MARK: Sequences of another store

    @Test(
        arguments: ["/follow?since=3", "/follow?tag=a&since=3", "/tag/a/follow?since=3", "/follow?since=3&wait=1"],
        [[], [Self.events]])
    func aSequenceThatWasNeverGivenIsRefused(target: String, fields: [String]) throws {
        try upload("one")
        let client = try HTTPTestClient(fixture)
        let response = try client.request("GET", target, fields)
        #expect(response.status == 404)
        #expect(response.body.hasPrefix(#"{"code":"no_such_sequence","#))
        #expect(fixture.server.visitors.stays == 0)
    }

    /// A browser's event source would give up for good on any other status.
    @Test func anEventSourceThatComesBackToAnotherStoreIsToldSo() throws {
        try upload("one #a")
        let rewound = "id: 2\nevent: rewound\ndata: {\"seq\":2}\n\n"
        for target in ["/follow", "/tag/a/follow", "/follow?wait=1"] {
            let client = try follow(target, Self.events, "Last-Event-ID: 99")
            #expect(try client.nextHead().status == 200)
            try expect(rewound, from: client)
        }
        let client = try follow("/follow?wait=1", Self.events, "Last-Event-ID: 99")
        #expect(try client.nextHead().status == 200)
        try expect(rewound, from: client)
        try upload("two")
        try expect(event(3, "two"), from: client)
        #expect(try client.isAtEnd())
    }

    // MARK: One tweet

    @Test func aClientThatWaitsIsSentOneTweet() throws {
        let client = try follow("/tag/a/follow?wait=1")
        #expect(try client.nextHead().status == 200)
        // All of these are in the ring before the client is written to.
        try uploader.send(#"["u","none"]"#)
        try uploader.send(#"["u","one #a"]"#)
        try uploader.send(#"["u","two #a"]"#)
        _ = try uploader.next(3)
        try expect(json(3, "one #a", tags: #""a""#) + "\n", from: client)
        #expect(try client.isAtEnd())
    }

    @Test func aClientThatWaitsSinceIsSentTheFirstOneThatItHasMissed() throws {
        try upload("one", "two", "three")
        let client = try follow("/follow?since=2&wait=1", Self.events)
        #expect(try client.nextHead().status == 200)
        try expect(event(3, "two"), from: client)
        #expect(try client.isAtEnd())
    }

    // MARK: The end

    @Test func lagIsTheLastEvent() throws {
        for (fields, last) in [
            ([Self.events], "event: lagged\ndata: {\"seq\":2}\n\n"), ([], #"{"lagged":{"seq":2}}"# + "\n"),
        ] {
            let fixture = try ServerFixture()
            let uploader = try fixture.connect()
            let client = try HTTPTestClient(fixture)
            let lines = ["GET /follow HTTP/1.1", "Host: localhost"] + fields
            try client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            #expect(try client.nextHead().status == 200)
            try uploader.expect(#"["u","one"]"#, "ok")
            #expect(try client.text(of: 1).contains("one"))
            try #require(client.client.handler).overtaken(at: 1)
            #expect(try client.text(of: last.utf8.count) == last)
            #expect(try client.isAtEnd())
        }
    }

    @Test func aSilentStreamHasSignsOfLife() throws {
        let lines = try follow("/follow")
        let events = try follow("/follow", Self.events)
        #expect(try lines.nextHead().status == 200)
        #expect(try events.nextHead().status == 200)
        for _ in 0..<3 {
            fixture.pass(.seconds(46))
            try expect("\n", from: lines)
            try expect(": heartbeat\n\n", from: events)
        }
    }

    @Test func aClientThatHasGoneIsForgotten() throws {
        let client = try follow("/follow")
        #expect(try client.nextHead().status == 200)
        client.client.finishSending()
        #expect(try client.isAtEnd())
        try upload("one")
        #expect(fixture.server.live.feeds.all.followers.isEmpty)
    }

    /// The rest of a list may have nothing for its client, who has by then been sent all that came before.
    @Test(arguments: ["/tag/a/follow?since=0", "/a/json?since=all"])
    func aClientThatGoesAfterAListWithoutAnEndIsForgotten(target: String) throws {
        for number in 0..<300 { try upload("\(number) \(String(repeating: "x", count: 120)) #a") }
        let client = try HTTPTestClient(fixture, sendBuffer: 4096)
        try client.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        fixture.turn { client.client.handler?.list != nil }
        try fixture.changeStore("DELETE FROM hashtag; DELETE FROM tweet")
        #expect(try client.nextHead().status == 200)
        fixture.turn {
            _ = client.client.takeBytes()
            return client.client.handler?.list == nil
        }
        client.client.finishSending()
        #expect(!(try client.text(of: .max).isEmpty))
        #expect(fixture.server.live.feeds.feeds(of: [try #require(Hashtag("a"))]).allSatisfy { $0.followers.isEmpty })
    }

    @Test func aStoppingServerEndsTheStream() throws {
        let client = try follow("/follow", Self.events)
        #expect(try client.nextHead().status == 200)
        fixture.server.stop()
        #expect(try client.isAtEnd())
    }

    @Test func furtherRequestsOfAFollowerAreNotAnswered() throws {
        let client = try follow("/follow")
        try client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(try client.nextHead().status == 200)
        try upload("one")
        try expect(json(2, "one") + "\n", from: client)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            "/follow?since=-1", "/follow?wait=2", "/follow?count=1&since=1", "/follow?x=1", "/tag/a%20b/follow",
            "/tag//follow",
        ])
    func aWrongStreamIsRefused(target: String) throws {
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("GET", target).status == 400)
        #expect(try client.request("POST", "/follow", body: "x").status == 405)
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test(arguments: ["/follow?count=1", "/a/json?since=all"])
    func aStreamThatIsRefusedTakesNoPlace(target: String) throws {
        try fixture.changeStore("ALTER TABLE tweet RENAME TO gone; ALTER TABLE hashtag RENAME TO former")
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("GET", target).status == 503)
        let lines = try fixture.connect()
        try lines.expect(#"["follow",{"tag":"a","count":1}]"#, "unavailable")
        #expect(lines.handler?.isStaying == false)
        #expect(fixture.server.visitors.stays == 0)
    }

    @Test func aStreamForWhichThereIsNoRoomIsRefused() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 5))
        var kept: [HTTPTestClient] = []
        var statuses: [Int] = []
        for _ in 0..<4 {
            let client = try HTTPTestClient(fixture)
            try client.send("GET /follow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            statuses.append(try client.nextHead().status)
            kept.append(client)
        }
        #expect(statuses == [200, 200, 429, 429])
    }
}
