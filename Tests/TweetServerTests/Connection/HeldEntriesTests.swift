import Testing

@testable import TweetReactor
@testable import TweetServer

/// A turn's entries wait for those of the next one, if that begins at once.
struct HeldEntriesTests {
    private let fixture: ServerFixture
    /// A connection whose work can be left to the next turn.
    private let other: FixtureClient
    private let clients: [FixtureClient]

    init() throws {
        fixture = try ServerFixture()
        clients = try (0..<3).map { [fixture] _ in try fixture.connect() }
        other = try fixture.connect()
        for client in clients + [other] { try client.expect(#"["ping",""]"#, "ok") }
        #expect(fixture.journal.batches.isEmpty)
    }

    /// Uploads a text in a turn of its own.
    ///
    /// - Parameter isFollowed: whether another connection leaves work to the next turn.
    private func upload(_ number: Int, isFollowed: Bool) throws {
        let before = fixture.server.waiters.count
        fixture.journal.proposed = { [other] in if isFollowed { other.connection?.awaitTurn() } }
        try clients[number].send("[\"u\",\"\(number)\"]")
        fixture.turn { fixture.server.waiters.count > before }
    }

    @Test func entriesOfATurnWithoutAnotherAreSubmittedAtOnce() throws {
        fixture.holdOutcomes()
        for number in 0..<3 { try upload(number, isFollowed: false) }
        #expect(fixture.journal.batches == [1, 1, 1])
    }

    @Test func entriesOfTwoTurnsAreOneBatch() throws {
        fixture.holdOutcomes()
        try upload(0, isFollowed: true)
        #expect(fixture.journal.batches == [])
        try upload(1, isFollowed: false)
        #expect(fixture.journal.batches == [2])
        fixture.takeOutcomes()
        for client in clients[..<2] { #expect(try client.next()?.hasPrefix("[\"ok\"") == true) }
    }

    /// Turns that follow each other without end must not put off what they store.
    @Test func entriesWaitForOneTurnAtMost() throws {
        fixture.holdOutcomes()
        try upload(0, isFollowed: true)
        try upload(1, isFollowed: true)
        #expect(fixture.journal.batches == [2])
        try upload(2, isFollowed: true)
        #expect(fixture.journal.batches == [2])
    }

    /// The next turn may have no entry.
    @Test func heldEntriesAreSubmittedByTheNextTurn() throws {
        fixture.holdOutcomes()
        try upload(0, isFollowed: true)
        fixture.turn()
        #expect(fixture.journal.batches == [1])
    }
}
