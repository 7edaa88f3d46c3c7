import Testing
import TweetWire

@testable import TweetReactor
@testable import TweetServer

/// Many requests that come in one piece.
struct PipeliningTests {
    private let fixture: ServerFixture
    private let client: FixtureClient

    init() throws {
        fixture = try ServerFixture()
        client = try fixture.connect()
        try client.expect(#"["ping",""]"#, "ok")
    }

    /// Answers that are too many to queue are written at once, so the requests behind them need not wait for a turn.
    @Test func aClientThatReadsIsAnsweredInOneTurn() throws {
        let text = String(repeating: "x", count: 100)
        try client.expect("[\"u\",\"\(text)\"]", "ok")
        let count = ServerLimits.outputHighWater / text.utf8.count * 3
        try client.send(Array(repeating: #"["d",""]"#, count: count).joined(separator: "\n"))
        fixture.turn()
        #expect(client.takeLines().count == count)
    }

    @Test func uploadsOfOnePieceAreOneBatch() throws {
        let text = String(repeating: "x", count: 100)
        for _ in 1...2 {
            let before = fixture.journal.batches.count
            try client.send(Array(repeating: "[\"u\",\"\(text)\"]", count: 128).joined(separator: "\n"))
            #expect(try client.next(128).allSatisfy { $0.hasPrefix(#"["ok""#) })
            #expect(fixture.journal.batches[before...] == [128])
        }
    }

    /// A client that does not read has no more answers queued than the bound and one answer.
    @Test func aClientThatDoesNotReadWaits() throws {
        let slow = try fixture.connect(sendBuffer: 4096)
        try client.expect("[\"u\",\"\(String(repeating: "x", count: 100))\"]", "ok")
        let line = try #require(try client.request(#"["d",""]"#)).utf8.count + 1
        try slow.send(Array(repeating: #"["d",""]"#, count: 1500).joined(separator: "\n"))
        for _ in 0..<20 { fixture.turn() }
        let connection = try #require(slow.connection)
        #expect(connection.isBlocked)
        #expect((1..<ServerLimits.outputHighWater + line).contains(connection.outputBytes))
    }
}
