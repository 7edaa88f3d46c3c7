import CSQLite
import CSystem
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// A full disk: no entry is half stored, downloads go on, and uploads resume once there is room.
struct DiskFullTests {
    private let directory: TestDirectory
    private let store: TestStore

    init() throws {
        directory = try TestDirectory()
        store = try directory.open()
        _ = try store.outcomes(of: upload("first", id: "f"))
    }

    @Test(arguments: [DiskFailure.full, .quota, .limit])
    func aWholeBatchIsRefusedAndNothingOfItStored(failure: DiskFailure) throws {
        directory.disk.fill(leaving: 0, failingWith: failure)
        let outcomes = try store.outcomes(of: upload("a", id: "a"), reset(id: "r"), upload("b #t", id: "b"))
        #expect(outcomes.map(\.word) == ["unavailable", "unavailable", "unavailable"])
        #expect(try store.tweets() == ["2 first"])
        #expect(try store.tweets(of: Hashtag("t")) == [])
    }

    @Test(arguments: [DiskFailure.full, .quota, .limit])
    func uploadsSucceedAgainOnceThereIsRoom(failure: DiskFailure) throws {
        directory.disk.fill(leaving: 0, failingWith: failure)
        for _ in 0..<3 { #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["unavailable"]) }
        directory.disk.repair()
        let outcomes = try store.outcomes(of: upload("a", id: "a"), upload("first", id: "f"), upload("b"))
        #expect(outcomes.map(\.word) == ["stored 3", "duplicate of 2", "stored 4"])
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["duplicate of 3"])
        #expect(try store.tweets() == ["2 first", "3 a", "4 b"])
    }

    /// These entries store nothing and need no room, so a client that retries gets the answer that it missed.
    @Test func whatNeedsNoRoomIsAnsweredOnAFullDisk() throws {
        _ = try store.outcomes(of: signUp("Ana"))
        directory.disk.fill(leaving: 0)
        let entries = [try upload("first", id: "f"), try signUp("ANA"), try message("hi", from: "Ana", to: "nobody")]
        #expect(try store.outcomes(of: entries).map(\.word) == ["duplicate of 2", "taken ANA", "no account nobody"])
        for entry in entries { #expect(try store.outcomes(of: entry).map(\.word) != ["unavailable"]) }
    }

    @Test func thePositionStaysWhereItWasUntilSomethingIsStored() throws {
        directory.disk.fill(leaving: 0)
        _ = try store.outcomes(of: upload("a"), upload("b"))
        directory.disk.repair()
        _ = try store.outcomes(of: upload("c"))
        store.close()
        let reopened = try Store(path: directory.storePath, durability: .full)
        #expect(reopened.position == JournalPosition(3))
    }

    @Test func whatWasStoredAfterAFullDiskIsThereAfterReopening() throws {
        directory.disk.fill(leaving: 5000)
        #expect(try store.outcomes(of: upload("a", id: "a"), upload("b", id: "b")).map(\.word).contains("unavailable"))
        directory.disk.repair()
        #expect(try store.outcomes(of: upload("c", id: "c")).map(\.word) == ["stored 3"])
        #expect(try directory.afterKill().open().tweets() == ["2 first", "3 c"])
    }

    /// However far a batch gets before the disk is full, the answer is true: the batch is stored as a whole or not at
    /// all.
    @Test func aDiskMayFillUpAtAnyPlace() throws {
        var refused = 0
        for room in stride(from: 0, to: 60_000, by: 1_361) {
            let directory = try TestDirectory()
            let store = try directory.open()
            directory.disk.fill(leaving: room)
            let entries = try (0..<8).map { try upload("\($0) #tag\($0)", id: "id\($0)") }
            let words = try store.outcomes(of: entries).map(\.word)
            let isStored = words == (2...9).map { "stored \($0)" }
            #expect(isStored || Set(words) == ["unavailable"])
            #expect(try store.tweets().count == (isStored ? 8 : 0))
            directory.disk.repair()
            // A process that starts after kill -9 at this moment sees the same state.
            #expect(try directory.afterKill().open().tweets().count == (isStored ? 8 : 0))
            // Entries that are sent once more to the running process are stored once.
            #expect(try store.outcomes(of: entries).count == 8)
            #expect(try store.tweets().map { String($0.prefix(3)) } == (2...9).map { "\($0) \($0 - 2)" })
            if !isStored { refused += 1 }
        }
        #expect(refused > 5 && refused < 40)
    }

    /// The index of the write-ahead log is a file too, and grows after the sync of the log: the outcome of that batch
    /// is then unknown, but the store remains usable.
    @Test func aLogWhoseIndexCannotGrowLeavesTheOutcomeUnknownAndTheStoreUsable() throws {
        directory.disk.fail(.growIndex, of: "store.sqlite", with: .indexFull)
        let entries = (0..<4100).map { pageOfText(id: "id\($0)") }
        #expect(Set(try store.outcomes(of: entries).map(\.word)) == ["unknown"])
        #expect(try store.tweets() == ["2 first"])
        // A small entry fits into the index without growing it.
        #expect(try store.outcomes(of: upload("small", id: "s")).map(\.word) == ["stored 3"])
        directory.disk.repair()
        let again = try store.outcomes(of: entries).map(\.word)
        #expect(again == (4..<4104).map { "stored \($0)" })
        #expect(try store.outcomes(of: upload("small", id: "s")).map(\.word) == ["duplicate of 3"])
        #expect(try directory.afterKill().open().tweets().count == 4102)
    }

    @Test(arguments: [DiskFailure.full, .quota, .limit])
    func aCheckpointThatFindsNoRoomLeavesTheServiceGoingOn(failure: DiskFailure) throws {
        // A checkpoint of the log is due, and the file has no room for it.
        directory.disk.fail(.write, of: "store.sqlite", with: failure)
        try fillLog()
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word).first?.hasPrefix("stored") == true)
        let count = try store.tweets().count
        directory.disk.repair()
        #expect(try store.outcomes(of: upload("b")).map(\.word).first?.hasPrefix("stored") == true)
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word).first?.hasPrefix("duplicate") == true)
        #expect(try directory.afterKill().open().tweets().count == count + 1)
    }

    @Test func aCheckpointThatFoundNoRoomIsMadeOnceThereIs() throws {
        directory.disk.fail(.write, of: "store.sqlite", with: .full)
        try fillLog()
        directory.disk.repair()
        let before = try contents(of: directory.storePath).count
        try fillLog()
        #expect(try contents(of: directory.storePath).count > before + 4096 * Store.checkpointPages / 2)
    }

    /// Uploads until a checkpoint is due, and waits for its end, which comes after the outcomes.
    private func fillLog() throws {
        let entries = Array(repeating: pageOfText(), count: Store.checkpointPages)
        #expect(try store.outcomes(of: entries).allSatisfy { $0.word.hasPrefix("stored") })
        #expect(try store.outcomes(of: upload("after")).map(\.word).first?.hasPrefix("stored") == true)
    }

    @Test func aStartOnAFullDiskFailsAndSucceedsOnceThereIsRoom() throws {
        var failures = 0
        for room in stride(from: 0, to: 400_000, by: 3_001) {
            let directory = try TestDirectory()
            directory.disk.fill(leaving: room)
            do {
                _ = try directory.open()
                break
            } catch let error as StoreError {
                #expect(error.description.contains(directory.storePath))
            }
            failures += 1
            directory.disk.repair()
            #expect(try directory.open().outcomes(of: upload("one")).map(\.word) == ["stored 2"])
        }
        #expect(failures > 5)
    }
}
