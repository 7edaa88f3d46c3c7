import CSystem
import Foundation
import TestSupport
import Testing
import TweetJournal
import TweetModel

@testable import TweetStore

/// Replacing a store with a backup, and the files that an interrupted restore leaves.
struct RestoreTests {
    private let directory: TestDirectory
    private var backup: String { directory.path + "/saved" }
    private let time = Timestamp(milliseconds: 1_795_237_380_123)

    init() throws {
        directory = try TestDirectory()
    }

    /// Makes a backup of a store with one tweet.
    private func makeBackup(_ text: String = "saved") throws {
        let source = try TestDirectory()
        let store = try source.open()
        _ = try store.outcomes(of: upload(text))
        store.close()
        _ = try Backup.save(source.data, to: backup)
    }

    /// Leaves a store in the data directory in the state that a killed server leaves.
    private func makeKilledStore() throws {
        let store = try TestDirectory()
        let opened = try store.open()
        _ = try opened.outcomes(of: upload("old"), upload("older"))
        try #require(mkdir(directory.data, 0o700) == 0)
        for name in ["store.sqlite", "store.sqlite-wal"] {
            try write(try contents(of: store.data + "/" + name), to: directory.data + "/" + name)
        }
    }

    private func restore(betweenSteps: @escaping () -> Void = {}) throws -> (summary: BackupSummary, kept: String?) {
        try Restore.restore(backup, into: directory.data, time: time, betweenSteps: betweenSteps)
    }

    private func expectRefusal(_ text: String) throws {
        let error = #expect(throws: BackupError.self) { try restore() }
        #expect(error?.description == text)
        #expect(access(directory.data + "/store.sqlite.restored", F_OK) != 0)
    }

    // MARK: Restoring

    @Test func aBackupTakesTheStoresPlaceAndTheOldOneIsKept() throws {
        try makeBackup()
        try makeKilledStore()
        let before = try contents(of: backup)
        let restored = try restore()
        #expect(restored.summary.description == "1 tweet, sequence 2")
        let kept = try #require(restored.kept)
        #expect(kept == directory.data + "/before-20261121T050300.123Z")
        let names = try FileManager.default.contentsOfDirectory(atPath: kept).sorted()
        #expect(names == ["store.sqlite", "store.sqlite-wal"])
        #expect(try mode(of: kept) == "700" && mode(of: directory.storePath) == "600")
        #expect(try contents(of: backup) == before)
        #expect(try directory.open().tweets() == ["2 saved"])
        // The kept files are a data directory with all acknowledged tweets.
        #expect(try TestDirectory(with: files(in: kept)).open().tweets() == ["2 old", "3 older"])
    }

    @Test func theOldStoreIsKeptWhereNobodyElseCanReadIt() throws {
        try makeBackup()
        try makeKilledStore()
        _ = try DataDirectory(path: directory.data)
        for name in ["store.sqlite", "store.sqlite-wal", "lock"] {
            try #require(chmod(directory.data + "/" + name, 0o666) == 0)
        }
        let kept = try #require(try restore().kept)
        for path in [kept + "/store.sqlite", kept + "/store.sqlite-wal", directory.data + "/lock", directory.storePath]
        {
            #expect(try mode(of: path) == "600", "\(path)")
        }
    }

    @Test func aBackupIsRestoredWhereThereWasNoStore() throws {
        try makeBackup()
        let restored = try restore()
        #expect(restored.kept == nil)
        #expect(try files(in: directory.data).keys.sorted() == ["lock", "store.sqlite"])
        #expect(try directory.open().tweets() == ["2 saved"])
    }

    /// A restore must also replace a store that no longer opens.
    @Test(arguments: [Array("garbage".utf8), []] as [[UInt8]])
    func aStoreThatIsBeyondHelpIsReplaced(old: [UInt8]) throws {
        try makeBackup()
        try #require(mkdir(directory.data, 0o700) == 0)
        try write(old, to: directory.storePath)
        try write(Array("no log".utf8), to: directory.storePath + "-wal")
        let kept = try #require(try restore().kept)
        #expect(try contents(of: kept + "/store.sqlite") == old)
        #expect(try directory.open().tweets() == ["2 saved"])
    }

    @Test func aCopyOfAClosedStoreAndSQLitesOwnBackupAreRestoredToo() throws {
        let source = try TestDirectory()
        let store = try source.open()
        _ = try store.outcomes(of: upload("one"))
        store.close()
        try write(try contents(of: source.storePath), to: backup)
        #expect(try restore().summary.description == "1 tweet, sequence 2")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["data", "saved"])
        #expect(try directory.open().tweets() == ["2 one"])
    }

    /// Uploads after a restore continue the restored sequences.
    @Test func aRestoredStoreIsServedLikeAnother() throws {
        try makeBackup()
        _ = try restore()
        do {
            let store = try directory.open()
            #expect(store.session.number == 2)
            #expect(try store.outcomes(of: upload("new")).map(\.word) == ["stored 4"])
            store.close()
        }
        #expect(try directory.open().tweets() == ["2 saved", "4 new"])
    }

    // MARK: Refusing

    @Test func aStoreInUseIsNotReplaced() throws {
        try makeBackup()
        let store = try directory.open()
        let error = #expect(throws: BackupError.self) { try restore() }
        guard case .store(.inUse)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try store.outcomes(of: upload("goes on")).map(\.word) == ["stored 2"])
    }

    /// During the restore, the new store lies beside the old log, which SQLite would apply to it.
    @Test func aBackupThatComesDuringARestoreIsRefused() throws {
        try makeBackup()
        try makeKilledStore()
        let refusals = Monitor<[Bool]>([])
        let saved = directory.path + "/meanwhile"
        _ = try restore {
            do throws(BackupError) {
                _ = try Backup.save(directory.data, to: saved)
                refusals.access { $0.append(false) }
            } catch {
                if case .store(.inUse) = error { refusals.access { $0.append(true) } }
            }
        }
        let refused = refusals.access { $0 }
        #expect(refused.count > 5 && refused.allSatisfy { $0 })
        #expect(try directory.open().tweets() == ["2 saved"])
    }

    @Test func whatIsNoBackupIsRefusedBeforeAnythingIsMade() throws {
        try expectRefusal("\(backup) cannot be restored: No such file or directory")
        try write([], to: backup)
        try expectRefusal("\(backup) cannot be restored: it is empty")
        try write(Array("hello".utf8), to: backup)
        try expectRefusal("\(backup) cannot be restored: it is not a ttweet store")
        try #require(unlink(backup) == 0 && mkfifo(backup, 0o600) == 0)
        try expectRefusal("\(backup) cannot be restored: it is not a regular file")
        try #require(unlink(backup) == 0)
        do { try OtherConnection(backup).execute("CREATE TABLE people (name)") }
        try expectRefusal("\(backup) cannot be restored: it is not a ttweet store")
        #expect(access(directory.data, F_OK) != 0)
    }

    @Test(arguments: ["-wal", "-journal"]) func aBackupWithALogBesideItIsRefused(companion: String) throws {
        try makeBackup()
        try write([1], to: backup + companion)
        try expectRefusal(
            "\(backup) cannot be restored: a part of it is in \(backup)\(companion); "
                + "save it with --data DIR --backup FILE first")
    }

    @Test func aNewerBackupIsRefused() throws {
        try makeBackup()
        var bytes = try contents(of: backup)
        bytes.replaceSubrange(60..<64, with: [0, 0, 0, 99])
        try write(bytes, to: backup)
        let error = #expect(throws: BackupError.self) { try restore() }
        guard case .store(.newerSchema(found: 99, known: _))? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// The file is damaged in the middle, so its header is still valid.
    @Test func aDamagedBackupIsRefusedAndTheOldStoreStays() throws {
        try makeKilledStore()
        let source = try TestDirectory()
        let store = try source.open()
        _ = try store.outcomes(of: try (1...300).map { try upload("tweet number \($0) #t\($0)") })
        store.close()
        var bytes = try contents(of: source.storePath)
        for offset in 4096..<bytes.count - 4096 { bytes[offset] = 0x5A }
        try write(bytes, to: backup)
        let error = #expect(throws: BackupError.self) { try restore() }
        #expect(error?.description.hasPrefix("\(backup) cannot be restored: ") == true)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.data).sorted()
        #expect(names == ["lock", "store.sqlite", "store.sqlite-wal"])
        #expect(try directory.open().tweets() == ["2 old", "3 older"])
    }

    @Test func theStoreItselfIsNoBackup() throws {
        do { try directory.open().close() }
        let error = #expect(throws: BackupError.self) {
            try Restore.restore(directory.storePath, into: directory.data, time: time)
        }
        #expect(error?.description.hasSuffix("it is the store of \(directory.data)") == true)
    }

    // MARK: Interruptions

    /// Stops the restore after each step and starts from there: the start finds the old store or the new one, or
    /// refuses with a reason and a second restore succeeds.
    @Test func whereverItIsKilledAStartServesOneStoreOrRefuses() throws {
        try makeBackup()
        try makeKilledStore()
        let left = Monitor<[[String: [UInt8]]]>([])
        _ = try restore {
            if let files = try? files(in: directory.data) { left.access { $0.append(files) } }
        }
        var found: [String] = []
        for files in left.access({ $0 }) {
            let killed = try TestDirectory(with: files)
            do {
                let store = try killed.open()
                found.append(try store.tweets().joined(separator: " "))
                store.close()
            } catch StoreError.foreignLog {
                found.append("refused")
            }
            _ = try Restore.restore(backup, into: killed.data, time: time)
            #expect(try killed.open().tweets() == ["2 saved"])
        }
        #expect(Set(found) == ["2 old 3 older", "refused", "2 saved"])
        #expect(found.first == "2 old 3 older" && found.last == "2 saved")
    }

    @Test func aCopyThatAKilledRestoreHasLeftIsInNobodysWay() throws {
        try makeBackup()
        try #require(mkdir(directory.data, 0o700) == 0)
        for companion in ["", "-wal", "-journal"] {
            try write(Array("half a copy".utf8), to: directory.storePath + ".restored" + companion)
        }
        _ = try restore()
        #expect(try files(in: directory.data).keys.sorted() == ["lock", "store.sqlite"])
        #expect(try directory.open().tweets() == ["2 saved"])
    }
}
