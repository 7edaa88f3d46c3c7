import CSystem
import Foundation
import TestSupport
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Other programs that use the store's file, and other failures of transactions.
struct LockedStoreTests {
    private let directory: TestDirectory
    private let store: TestStore
    private let other: OtherConnection

    init() throws {
        directory = try TestDirectory()
        store = try directory.open(tailRows: 1)
        _ = try store.outcomes(of: upload("first", id: "f"))
        other = try OtherConnection(directory.storePath)
    }

    @Test func anUploadIsUnavailableWhileAnotherProgramWritesAndStoredAfterwards() throws {
        try other.execute("BEGIN IMMEDIATE")
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["unavailable"])
        #expect(try store.tweets() == ["2 first"])
        try other.execute("ROLLBACK")
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["stored 3"])
    }

    /// The reader runs on the loop, so a wait would stop all clients.
    @Test func theReaderWaitsForNoLock() throws {
        #expect(try store.reader.database.integer("PRAGMA busy_timeout") == 0)
    }

    @Test func anotherProgramThatReadsIsNotInTheWay() throws {
        try other.execute("BEGIN; SELECT * FROM tweet")
        #expect(try store.outcomes(of: upload("a")).map(\.word) == ["stored 3"])
        try other.execute("COMMIT")
    }

    @Test func anotherProgramsCheckpointIsNoFailure() throws {
        // The other program holds the lock for checkpoints when the store's own checkpoint begins.
        let gate = Gate()
        directory.disk.beforeEach { operation, name in
            if operation == .write, name == "store.sqlite" { gate.pass() }
        }
        let checkpoint = OtherThread { [path = directory.storePath] in
            try OtherConnection(path).execute("PRAGMA wal_checkpoint(PASSIVE)")
        }
        try gate.awaitArrival()
        _ = try store.outcomes(of: Array(repeating: pageOfText(), count: Store.checkpointPages))
        #expect(try store.outcomes(of: upload("a")).map(\.word).first?.hasPrefix("stored") == true)
        gate.open()
        #expect(try checkpoint.join())
        #expect(try store.outcomes(of: upload("b")).map(\.word).first?.hasPrefix("stored") == true)
    }

    @Test func aReaderThatStaysDoesNotStopTheService() throws {
        try other.execute("BEGIN; SELECT * FROM tweet")
        for _ in 0..<3 {
            _ = try store.outcomes(of: Array(repeating: pageOfText(), count: Store.checkpointPages / 2 + 1))
        }
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word).first?.hasPrefix("stored") == true)
        try other.execute("COMMIT")
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word).first?.hasPrefix("duplicate") == true)
    }

    @Test func tablesThatSomebodyDroppedEndNothingButWhatNeedsThem() throws {
        try other.execute("ALTER TABLE hashtag RENAME TO hidden")
        #expect(
            try store.outcomes(of: upload("a", id: "a"), upload("b #t")).map(\.word) == [
                "unavailable", "unavailable",
            ])
        #expect(try store.tweets() == ["2 first"])
        // The store leaves no lock behind, so that a program can repair the file.
        try other.execute("ALTER TABLE hidden RENAME TO hashtag")
        #expect(try store.outcomes(of: upload("a", id: "a"), upload("b #t")).map(\.word) == ["stored 3", "stored 4"])
        #expect(store.failure == nil)
    }

    @Test func aDownloadThatCannotBeReadIsAnErrorAndTheNextOneWorks() throws {
        // A commit outdates the pages in the reader's memory, so that it reads the file.
        _ = try store.outcomes(of: upload("second"))
        directory.disk.fail(.read, of: "", with: .read)
        #expect(throws: SQLiteError.self) { try store.tweets() }
        #expect(throws: SQLiteError.self) { try store.reader.newest(of: [#require(Hashtag("t"))]) }
        directory.disk.repair()
        #expect(try store.tweets() == ["2 first", "3 second"])
        #expect(try store.outcomes(of: upload("third")).map(\.word) == ["stored 4"])
    }

    @Test func aReadThatFailsInATransactionStoresNothing() throws {
        // A commit by another program outdates the pages in memory, so that the next transaction reads the file.
        try other.execute("CREATE TABLE noise (x)")
        directory.disk.fail(.read, of: "", with: .read)
        #expect(try store.outcomes(of: upload("a", id: "a"), reset()).map(\.word) == ["unavailable", "unavailable"])
        directory.disk.repair()
        #expect(try store.tweets() == ["2 first"])
        #expect(try directory.afterKill().open().tweets() == ["2 first"])
        // The disk has nothing of it, so the store goes on.
        #expect(store.failure == nil)
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["stored 3"])
    }

    @Test func aWriteThatFailsForAnotherReasonThanRoomEndsAcknowledgements() throws {
        directory.disk.fail(.write, of: "-wal", with: .write, times: 1)
        #expect(try store.outcomes(of: upload("a", id: "a"), reset()).map(\.word) == ["unknown", "unknown"])
        #expect(store.failure?.contains("disk I/O error") == true)
        #expect(try store.outcomes(of: upload("b")).map(\.word) == ["unavailable"])
        #expect(try store.tweets() == ["2 first"])
    }

    @Test func aWriteThatFailsInACheckpointEndsAcknowledgementsAndLosesNothing() throws {
        directory.disk.fail(.write, of: "store.sqlite", with: .write, after: 10, times: 1)
        let entries = Array(repeating: pageOfText(), count: Store.checkpointPages)
        #expect(try store.outcomes(of: entries).allSatisfy { $0.word.hasPrefix("stored") })
        #expect(try store.outcomes(of: upload("after")).map(\.word) == ["unavailable"])
        #expect(try directory.afterKill().open().tweets().count == Store.checkpointPages + 1)
    }
}

/// A task that runs on a thread beside the test.
private final class OtherThread: Sendable {
    private let isDone: Monitor<Bool?>

    init(_ body: @escaping @Sendable () throws -> Void) {
        let isDone = Monitor<Bool?>(nil)
        self.isDone = isDone
        Thread.detachNewThread {
            let succeeded = (try? body()) != nil
            isDone.access { $0 = succeeded }
        }
    }

    /// Waits for the end of the task.
    ///
    /// - Returns: whether the task threw no error.
    func join() throws -> Bool {
        try #require(isDone.wait(for: { $0 }) as Bool?, "it does not end")
    }
}
