import CSQLite
import CSystem
import TestSupport
import Testing
import TweetJournal
import TweetModel
import TweetSystem

@testable import TweetStore

/// A disk that reports a failed sync: its later reports prove nothing, so the store acknowledges no more entries.
struct FailedSyncTests {
    private let directory: TestDirectory
    private let store: TestStore

    init() throws {
        directory = try TestDirectory()
        directory.disk.expectLossOfPower()
        store = try directory.open()
        _ = try store.outcomes(of: upload("first #t", id: "f"))
    }

    /// A device takes what is written, and cannot be synced.
    @Test func aLogWhoseExtensionCannotBeSyncedIsAnError() {
        #expect(throws: Errno.self) { try WriteAheadLog.extend("/dev/null", toPages: 1) }
    }

    /// The server must not acknowledge anything between the two.
    @Test func theFailureComesWithTheOutcomesOfItsBatch() throws {
        directory.disk.fail(.sync, of: "-wal", with: .sync)
        store.propose([try upload("a"), try upload("b")])
        store.journal.submit()
        let news = try store.awaitNews { !$0.applied.isEmpty }
        #expect(news.applied.map(\.outcome.word) == ["unknown", "unknown"])
        #expect(news.failure?.hasPrefix("the store has failed: ") == true)
    }

    @Test(arguments: [DiskFailure.sync, .syncFull])
    func theBatchWhoseSyncFailedIsUnknown(failure: DiskFailure) throws {
        directory.disk.fail(.sync, of: "-wal", with: failure)
        #expect(store.failure == nil)
        #expect(try store.outcomes(of: upload("a", id: "a"), reset()).map(\.word) == ["unknown", "unknown"])
        #expect(store.failure?.hasPrefix("the store has failed: ") == true)
    }

    @Test(arguments: [DiskFailure.sync, .syncFull])
    func nothingIsAcknowledgedAfterwardsEvenIfTheDiskWorksAgain(failure: DiskFailure) throws {
        directory.disk.fail(.sync, of: "-wal", with: failure, times: 1)
        _ = try store.outcomes(of: upload("a", id: "a"))
        directory.disk.repair()
        let outcomes = try store.outcomes(of: upload("b"), upload("first #t", id: "f"), reset())
        #expect(outcomes.map(\.word) == ["unavailable", "unavailable", "unavailable"])
        #expect(try store.outcomes(of: upload("c")).map(\.word) == ["unavailable"])
    }

    @Test func nothingIsWrittenAfterwards() throws {
        directory.disk.fail(.sync, of: "-wal", with: .sync, times: 1)
        _ = try store.outcomes(of: upload("a", id: "a"))
        directory.disk.repair()
        let writes = directory.disk.count(.write, of: "")
        _ = try store.outcomes(of: upload("b"))
        store.journal.close()
        #expect(directory.disk.count(.write, of: "") == writes)
    }

    @Test func downloadsGoOn() throws {
        directory.disk.fail(.sync, of: "-wal", with: .sync)
        _ = try store.outcomes(of: upload("a #t", id: "a"))
        #expect(try store.tweets() == ["2 first #t"])
        #expect(try store.reader.newest(of: [#require(Hashtag("t"))])?.sequence == 2)
    }

    /// Whether the disk has kept the upload or not, the next process stores it once if it is sent again.
    @Test(arguments: [true, false])
    func anUploadOfUnknownOutcomeIsStoredOnceByTheNextProcess(wasKept: Bool) throws {
        let synced = directory.disk.syncedFiles
        directory.disk.fail(.sync, of: "-wal", with: .sync, times: 1)
        #expect(try store.outcomes(of: upload("a", id: "a")).map(\.word) == ["unknown"])
        let next = wasKept ? try directory.afterKill().open() : try TestDirectory(with: synced).open()
        #expect(try next.outcomes(of: upload("a", id: "a")).map(\.word) == [wasKept ? "duplicate of 3" : "stored 4"])
        #expect(try next.tweets().count == 2)
        #expect(try next.outcomes(of: upload("first #t", id: "f")).map(\.word) == ["duplicate of 2"])
    }

    @Test(arguments: ["-wal", "store.sqlite"])
    func aSyncThatFailsInACheckpointEndsAcknowledgements(file: String) throws {
        // The commit syncs the log first, and then the checkpoint does.
        directory.disk.fail(.sync, of: file, with: .sync, after: file == "-wal" ? 1 : 0, times: 1)
        let entries = Array(repeating: pageOfText(), count: Store.checkpointPages)
        #expect(try store.outcomes(of: entries).allSatisfy { $0.word.hasPrefix("stored") })
        // The loop is woken by the failure itself, without another upload.
        _ = try store.awaitNews { $0.failure != nil }
        #expect(try store.outcomes(of: upload("after")).map(\.word) == ["unavailable"])
        #expect(try store.tweets().count == Store.checkpointPages + 1)
        // The next process finds all acknowledged tweets.
        #expect(try directory.afterKill().open().tweets().count == Store.checkpointPages + 1)
    }

    @Test func aCheckpointThatCannotReadTheLogIsMadeLater() throws {
        let entries = Array(repeating: pageOfText(), count: Store.checkpointPages)
        directory.disk.fail(.read, of: "-wal", with: .read)
        #expect(try store.outcomes(of: entries).allSatisfy { $0.word.hasPrefix("stored") })
        directory.disk.repair()
        #expect(try store.outcomes(of: upload("after")).map(\.word).first?.hasPrefix("stored") == true)
        #expect(store.failure == nil)
        #expect(try directory.afterKill().open().tweets().count == Store.checkpointPages + 2)
    }

    @Test func aStartWhoseSyncFailsIsNoStart() throws {
        let directory = try TestDirectory()
        directory.disk.fail(.sync, of: "-wal", with: .sync, times: 1)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        #expect(error?.description.contains(directory.storePath) == true)
        guard case .inputOutput? = error else { throw HarnessError("another error: \(String(describing: error))") }
    }

    /// The first start makes the tables, and then the write-ahead log; each has two syncs of the rollback journal.
    ///
    /// SQLite returns the new mode before it has committed it: the server used to run on without a write-ahead log.
    @Test(arguments: 0..<4)
    func aFirstStartWhoseSyncFailsIsNoStart(skipped: Int) throws {
        let directory = try TestDirectory()
        directory.disk.fail(.sync, of: "-journal", with: .syncFull, after: skipped, times: 1)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        guard case .inputOutput? = error else { throw HarnessError("another error: \(String(describing: error))") }
        let store = try directory.open()
        #expect(try store.outcomes(of: upload("first", id: "f")).map(\.word) == ["stored 2"])
    }

    /// A store that cannot be read is told apart from one that is damaged, and from none.
    @Test func aStartThatCannotReadTheStoreIsNoStart() throws {
        store.close()
        directory.disk.fail(.read, of: "store.sqlite", with: .read)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        guard case .inputOutput? = error else { throw HarnessError("another error: \(String(describing: error))") }
        let other = #expect(throws: BackupError.self) { _ = try Backup.save(directory.data, to: directory.path + "/b") }
        switch other {
        case .inputOutput?, .store(.inputOutput)?: break
        default: throw HarnessError("another error: \(String(describing: other))")
        }
    }
}
