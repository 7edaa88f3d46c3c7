import CSystem
import Foundation
import Testing
import TweetJournal

@testable import TweetStore

/// Saving a store, also while other processes have it open.
struct BackupTests {
    private let directory: TestDirectory
    private var backup: String { directory.path + "/saved" }

    init() throws {
        directory = try TestDirectory()
    }

    /// The tweets of the backup, opened as a store.
    private func tweets() throws -> [String] {
        try TestDirectory(with: ["store.sqlite": try contents(of: backup)]).open(resume: true).tweets()
    }

    /// Expects that the backup is the only file beside the data directory.
    private func expectNothingElse() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(names == ["data", "saved"])
    }

    @Test func aStoreInUseIsSavedWithAllThatWasAcknowledged() throws {
        let store = try directory.open()
        for round in 1...3 {
            _ = try store.outcomes(of: upload("\(round) #t"))
            let summary = try Backup.save(directory.data, to: backup)
            #expect(summary.tweets == round && Int(summary.newestSequence) == round + 1)
            #expect(try tweets().count == round)
            #expect(try mode(of: backup) == "600")
            try expectNothingElse()
            try #require(unlink(backup) == 0)
        }
        // The server continues to work, and stops as usual.
        #expect(try store.outcomes(of: upload("more")).map(\.word) == ["stored 5"])
        store.close()
        #expect(try files(in: directory.data).keys.sorted() == ["lock", "store.sqlite"])
    }

    @Test func aStoreThatNobodyHasOpenIsSavedAndStaysOneFile() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        store.close()
        let summary = try Backup.save(directory.data, to: backup)
        #expect(summary.description == "1 tweet, sequence 2")
        #expect(try tweets() == ["2 one"])
        #expect(try files(in: directory.data).keys.sorted() == ["lock", "store.sqlite"])
    }

    @Test func whatAKilledServerHasLeftInItsLogIsSaved() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"), upload("two"))
        let killed = try directory.afterKill()
        let summary = try Backup.save(killed.data, to: backup)
        #expect(summary.description == "2 tweets, up to sequence 3")
        #expect(try tweets() == ["2 one", "3 two"])
        #expect(try files(in: killed.data).keys.sorted() == ["lock", "store.sqlite"])
        #expect(try killed.open().tweets() == ["2 one", "3 two"])
    }

    /// A backup makes the store's files private, as the next start would.
    @Test(arguments: [0o666, 0o640, 0o777] as [mode_t])
    func aStoreThatNobodyHasOpenIsMadePrivate(given: mode_t) throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let killed = try directory.afterKill()
        for name in ["store.sqlite", "store.sqlite-wal", "lock"] {
            try #require(chmod(killed.data + "/" + name, given) == 0)
        }
        #expect(try Backup.save(killed.data, to: backup).tweets == 1)
        for path in [killed.storePath, killed.data + "/lock", backup] { #expect(try mode(of: path) == "600") }
    }

    /// A start refuses such a store, but its contents can be saved.
    @Test func aStoreThatIsALinkIsSaved() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        store.close()
        let other = directory.path + "/other"
        try #require(mkdir(other, 0o700) == 0)
        try #require(symlink(directory.storePath, other + "/store.sqlite") == 0)
        #expect(try Backup.save(other, to: backup).tweets == 1)
        #expect(try tweets() == ["2 one"])
    }

    @Test func aBackupIsOneFileWithoutALog() throws {
        do { try directory.open().close() }
        #expect(try Backup.save(directory.data, to: backup).description == "no tweets")
        // The write version in the format's header (1.3.3) is that of a file without a log.
        #expect(try contents(of: backup)[18..<20] == [1, 1])
        try expectNothingElse()
    }

    @Test(arguments: ["", "precious"]) func aFileThatIsThereIsNotWrittenOver(content: String) throws {
        do { try directory.open().close() }
        try write(Array(content.utf8), to: backup)
        let error = #expect(throws: BackupError.self) { try Backup.save(directory.data, to: backup) }
        #expect(error?.description == "\(backup) cannot be written: it already exists")
        #expect(try contents(of: backup) == Array(content.utf8))
        try expectNothingElse()
    }

    @Test func aNameWithAQuoteIsAName() throws {
        do { try directory.open().close() }
        let odd = directory.path + "/it's \"saved\"; DROP TABLE tweet"
        _ = try Backup.save(directory.data, to: odd)
        #expect(access(odd, F_OK) == 0)
    }

    @Test func whereThereIsNoStoreNothingIsMade() throws {
        let error = #expect(throws: BackupError.self) { try Backup.save(directory.data, to: backup) }
        #expect(error?.description == "there is no store in \(directory.data)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
    }

    @Test func aPlaceThatCannotBeWrittenIsAnErrorThatNamesIt() throws {
        do { try directory.open().close() }
        let place = directory.path + "/missing/saved"
        let error = #expect(throws: BackupError.self) { try Backup.save(directory.data, to: place) }
        #expect(error?.description == "\(place) cannot be written: No such file or directory")
    }

    /// The lock makes no difference: a starting server has it before it looks at the files.
    @Test(arguments: [false, true]) func aStoreWithAForeignLogIsNotSaved(isInUse: Bool) throws {
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let other = try TestDirectory()
        let others = try other.open()
        _ = try others.outcomes(of: upload("two"))
        let mixed = try TestDirectory(with: [
            "store.sqlite": try contents(of: directory.storePath),
            "store.sqlite-wal": try contents(of: other.storePath + "-wal"),
        ])
        let lock = isInUse ? try DataDirectory(path: mixed.data) : nil
        defer { withExtendedLifetime(lock) {} }
        let error = #expect(throws: BackupError.self) { try Backup.save(mixed.data, to: backup) }
        guard case .store(.foreignLog)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func aDamagedStoreGivesNoBackup() throws {
        let store = try directory.open()
        _ = try store.outcomes(of: try (1...300).map { try upload("tweet number \($0) #t\($0)") })
        store.close()
        var bytes = try contents(of: directory.storePath)
        for offset in 4096..<bytes.count { bytes[offset] = 0x5A }
        let damaged = try TestDirectory(with: ["store.sqlite": bytes])
        let error = #expect(throws: BackupError.self) { try Backup.save(damaged.data, to: backup) }
        guard case .store(.failed)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(access(backup, F_OK) != 0)
    }
}
