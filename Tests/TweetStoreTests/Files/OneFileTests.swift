import CSystem
import Foundation
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// The files that a closed store leaves: one, unless that would lose or hide data.
struct OneFileTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
    }

    private func names() throws -> [String] { try files(in: directory.data).keys.sorted() }

    @Test(arguments: [0, 1, 100, 5000]) func aClosedStoreIsOneFile(uploads: Int) throws {
        let store = try directory.open()
        if uploads > 0 { _ = try store.outcomes(of: try (1...uploads).map { try upload("\($0) #t\($0)") }) }
        store.close()
        #expect(try names() == ["lock", "store.sqlite"])
        #expect(try directory.open().tweets().count == uploads)
    }

    @Test func uploadsThatAreUnderWayAreInThatFile() throws {
        let store = try directory.open()
        for number in 1...1000 {
            store.propose([try upload("\(number)")])
            if number % 7 == 0 { store.journal.submit() }
        }
        store.journal.submit()
        store.close()
        #expect(try names() == ["lock", "store.sqlite"])
        #expect(try directory.open().tweets().count == 1000)
    }

    @Test func aStoreThatWasKilledIsOneFileAfterTheNextCleanStop() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let killed = try directory.afterKill()
        do {
            let next = try killed.open()
            #expect(try next.tweets() == ["2 one"])
            next.close()
        }
        #expect(try files(in: killed.data).keys.sorted() == ["lock", "store.sqlite"])
    }

    @Test func aChangeWithoutAServerLeavesOneFile() throws {
        let name = try #require(Name("ana"))
        let entry = Entry.accountCreated(time: Timestamp(milliseconds: 0), name: name, password: PasswordHash("x"))
        let outcome = try OfflineStore.commit(entry, in: try DataDirectory(path: directory.data))
        #expect(outcome.word == "stored 1")
        #expect(try names() == ["lock", "store.sqlite"])
    }

    @Test func somebodyWhoReadsKeepsTheLogAndTheNextStartTakesIt() throws {
        let other: OtherConnection
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("one"))
            other = try OtherConnection(directory.storePath)
            try other.execute("BEGIN; SELECT * FROM tweet")
            _ = try store.outcomes(of: upload("two"))
            store.close()
        }
        #expect(try names().contains("store.sqlite-wal"))
        try other.execute("COMMIT")
        let store = try directory.open()
        #expect(try store.tweets() == ["2 one", "3 two"])
    }

    /// After a failed sync, the contents of the log on the disk are unknown.
    @Test func aStoreThatHasFailedLeavesItsLogAsItIs() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        directory.disk.fail(.sync, of: "-wal", with: .sync, times: 1)
        _ = try store.outcomes(of: upload("two"))
        let writes = directory.disk.count(.write, of: "store.sqlite")
        store.close()
        #expect(directory.disk.count(.write, of: "store.sqlite") == writes)
        #expect(directory.disk.count(.delete, of: "-wal") == 0)
        #expect(try names().contains("store.sqlite-wal"))
    }

    @Test func aFullDiskKeepsTheLogAndLosesNothing() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: Array(repeating: pageOfText(), count: 50))
        directory.disk.fill(leaving: 0)
        store.close()
        directory.disk.repair()
        #expect(try directory.open().tweets().count == 50)
    }
}
