import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// A store with a limit: what would add to it is refused from then on, and everything else goes on.
struct StoreRoomTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    private static let limit: Int64 = 400_000

    /// Uploads until the store is full; each upload takes about a page.
    private func fill(_ store: TestStore) throws {
        for _ in 0..<1000 where store.journal.room.hasRoom { _ = try store.outcomes(of: pageOfText()) }
    }

    @Test func onlyAdditionsAreRefused() throws {
        let store = try directory.open(maximumBytes: Self.limit)
        _ = try store.outcomes(
            of: signUp("Ana"), signUp("Bob"), message("one", from: "Ana", to: "Bob"), upload("known", id: "a"))
        try fill(store)
        #expect(store.journal.room.isFull)
        #expect(store.journal.room.usedBytes >= Self.limit)
        let outcomes = try store.outcomes(
            of: upload("more"), reset(), message("two", from: "Ana", to: "Bob"), signUp("Eve"),
            passwordChange(of: "Ana", to: "x"), visibility(of: "Ana", isHidden: true), reading(of: 4, by: "Bob"),
            removal(of: "Bob"), pruning(.tweets, before: -1), upload("last"))
        let words = outcomes.map { $0.word.prefix { $0 != " " } }
        #expect(
            words == ["full", "full", "full", "full", "stored", "stored", "read", "stored", "pruned", "full"])
        #expect(try store.tweets().first == "5 known")
    }

    /// The index of the hashtags and the pages of what goes on are all that is stored beyond it.
    @Test func uploadsThatAreUnderWayStoreNoMoreThanOneCommitBeyondIt() throws {
        let store = try directory.open(maximumBytes: Self.limit)
        let most = LocalJournal.entriesAtOnce
        let words = try store.outcomes(of: Array(repeating: pageOfText(), count: 3 * most)).map(\.word)
        let stored = words.filter { $0.hasPrefix("stored") }.count
        #expect(stored == most)
        // In the order of the requests, the first ones are stored.
        #expect(words[..<stored].allSatisfy { $0.hasPrefix("stored") })
        #expect(words[stored...].allSatisfy { $0 == "full" })
        #expect(store.journal.room.usedBytes < Self.limit + Int64(most) * 3 * 4096)
    }

    /// The server closes its gate before it answers any of them.
    @Test func theRoomComesWithTheOutcomesOfItsBatch() throws {
        let store = try directory.open(maximumBytes: Self.limit)
        store.propose(Array(repeating: pageOfText(), count: 200))
        store.journal.submit()
        let news = try store.awaitNews { !$0.applied.isEmpty }
        #expect(news.applied.count == 200)
        #expect(news.room.isFull && news.room.usedBytes >= Self.limit)
    }

    /// Otherwise a later request could be stored before a refused one that its client sends again.
    @Test func itStaysFullUntilItIsReopened() throws {
        let store = try directory.open(maximumBytes: Self.limit)
        try fill(store)
        #expect(try store.outcomes(of: upload("refused")).map(\.word) == ["full"])
        _ = try store.outcomes(of: pruning(.tweets, before: 1))
        #expect(store.journal.room.hasRoom)
        #expect(try store.outcomes(of: upload("refused")).map(\.word) == ["full"])
        store.journal.reopen()
        #expect(try store.outcomes(of: upload("taken")).map { $0.word.hasPrefix("stored") } == [true])
    }

    @Test func aStoreWithoutRoomCannotBeReopened() throws {
        let store = try directory.open(maximumBytes: Self.limit)
        try fill(store)
        store.journal.reopen()
        #expect(try store.outcomes(of: upload("refused")).map(\.word) == ["full"])
    }

    /// The erasure of a removed account makes room without an entry of its own: the loop is woken.
    @Test func anErasureMakesRoom() throws {
        var store = try directory.open()
        _ = try store.outcomes(of: signUp("Ana"), signUp("Bob"))
        _ = try store.outcomes(of: try (0..<2000).map { try message("\($0)", from: "Ana", to: "Bob") })
        let used = store.journal.room.usedBytes
        store.close()
        store = try directory.open(resume: true, maximumBytes: used)
        #expect(store.journal.room.isFull)
        _ = try store.outcomes(of: removal(of: "Bob"))
        #expect(try store.awaitNews { $0.room.hasRoom }.applied.isEmpty)
    }

    @Test func aStoreThatIsFullAtTheStartTakesNothing() throws {
        var store = try directory.open()
        _ = try store.outcomes(of: Array(repeating: pageOfText(), count: 200))
        store.close()
        store = try directory.open(resume: true, maximumBytes: Self.limit)
        #expect(store.journal.room.isFull)
        #expect(try store.outcomes(of: upload("more")).map(\.word) == ["full"])
        store.close()
        // A store that was full, pruned and opened again takes uploads.
        store = try directory.open(resume: true, maximumBytes: Self.limit)
        while try store.outcomes(of: pruning(.tweets, before: 1)).map(\.word) != ["pruned 0"] {}
        store.close()
        store = try directory.open(resume: true, maximumBytes: Self.limit)
        #expect(!store.journal.room.isFull)
        #expect(try store.outcomes(of: upload("more")).map(\.word) == ["stored 202"])
        #expect(try store.tweets() == ["202 more"])
    }

    /// A backup is smaller than the file that it is of, and never beyond the limit.
    @Test func whatIsUsedIsWhatABackupHas() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: Array(repeating: pageOfText(), count: 200))
        for _ in 0..<20 { _ = try store.outcomes(of: pruning(.tweets, before: 1)) }
        _ = try Backup.save(directory.data, to: directory.path + "/backup")
        let size = Int64(StoreHeader.size(of: directory.path + "/backup"))
        #expect(store.journal.room.usedBytes >= size)
        #expect(store.journal.room.usedBytes <= size + 20 * 4096)
    }
}
