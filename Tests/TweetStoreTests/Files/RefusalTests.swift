import CSystem
import Testing
import TweetJournal

@testable import TweetStore

/// Files that are not a store of this program: refused with a clear error, and left unchanged.
struct RefusalTests {
    private let directory: TestDirectory

    init() throws {
        directory = try TestDirectory()
        try #require(mkdir(directory.data, 0o700) == 0)
    }

    /// Makes the store's file with a separate SQLite, in the state that a server finds after a crash, with the
    /// write-ahead log still there.
    private func makeFile(_ sql: String, isLogged: Bool) throws {
        let made = directory.path + "/made"
        let connection = try OtherConnection(made)
        try connection.execute(sql)
        if isLogged {
            try connection.execute(
                "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE later (x); DROP TABLE later")
            try write(try contents(of: made + "-wal"), to: directory.storePath + "-wal")
        }
        try write(try contents(of: made), to: directory.storePath)
    }

    /// Opens the store, and expects that this fails, changes no file and adds none but the lock.
    private func refusal() throws -> StoreError? {
        var before = try files(in: directory.data)
        let error = #expect(throws: StoreError.self) { _ = try directory.open() }
        before["lock"] = []
        #expect(try files(in: directory.data) == before)
        return error
    }

    @Test(arguments: [false, true])
    func aNewerStoreIsRefusedAndNotTouched(isLogged: Bool) throws {
        try makeFile(
            "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 99; CREATE TABLE tweet (x)",
            isLogged: isLogged)
        let error = try refusal()
        guard case .newerSchema(found: 99, known: Schema.steps.count)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        arguments: [
            "CREATE TABLE people (name)", "PRAGMA application_id = 7; CREATE TABLE people (name)",
            "PRAGMA application_id = 7", "PRAGMA user_version = 3", "VACUUM",
            "PRAGMA user_version = 99; CREATE TABLE t (x)",
        ], [false, true])
    func anotherProgramsDatabaseIsRefusedAndNotTouched(sql: String, isLogged: Bool) throws {
        try makeFile(sql, isLogged: isLogged)
        let error = try refusal()
        guard case .notAStore(path: directory.storePath)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: [
        Array("hello".utf8), [UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0xA5, count: 100_000),
        Array("SQLite format 3\0".utf8), Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0xFF, count: 8176),
    ])
    func garbageIsRefusedAndNotTouched(bytes: [UInt8]) throws {
        try write(bytes, to: directory.storePath)
        let error = try refusal()
        #expect(error?.description.contains(directory.storePath) == true)
    }

    /// Makes a store with enough tweets for many pages, all of them in the file.
    private func makeStore() throws -> [UInt8] {
        let store = try directory.open()
        _ = try store.outcomes(of: try (1...300).map { try upload("tweet number \($0) #t\($0)") })
        store.journal.close()
        return try contents(of: directory.storePath)
    }

    @Test(arguments: [1, 20, 50, 99, 100, 511, 1024, 4095, 4096, 8192, -4096])
    func aTruncatedStoreIsRefusedAndNotTouched(length: Int) throws {
        let bytes = try makeStore()
        try #require(unlink(directory.storePath + "-wal") == 0)
        try #require(unlink(directory.storePath + "-shm") == 0)
        try write(Array(bytes.prefix(length > 0 ? length : bytes.count + length)), to: directory.storePath)
        let error = try refusal()
        #expect(error?.description.contains(directory.storePath) == true)
    }

    @Test func aStoreWhoseFileIsEmptyButNotItsLogIsRefusedAndNotTouched() throws {
        do {
            let store = try directory.open()
            _ = try store.outcomes(of: upload("the only one"))
            // The journal stays open, so the tweet is in the log alone.
            let log = try contents(of: directory.storePath + "-wal")
            store.journal.close()
            try write(log, to: directory.path + "/log")
        }
        try write(try contents(of: directory.path + "/log"), to: directory.storePath + "-wal")
        try write([], to: directory.storePath)
        let error = try refusal()
        #expect(error?.description.contains(directory.storePath) == true)
    }

    @Test func anEmptyFileBecomesAStore() throws {
        try write([], to: directory.storePath)
        #expect(try directory.open().outcomes(of: upload("one")).map(\.word) == ["stored 2"])
    }

    @Test func theFirstStartMayBeCutOffAnywhereAndTheNextOneSucceeds() throws {
        // The disk accepts one more change in each round, so that the test tries every state that kill -9 could leave.
        var failures = 0
        for changes in 0... {
            let directory = try TestDirectory()
            directory.disk.die(afterChanges: changes)
            let first = try? directory.open()
            directory.disk.repair()
            if first != nil { break }
            failures += 1
            let store = try directory.open()
            #expect(try store.outcomes(of: upload("one")).map(\.word).first?.hasPrefix("stored") == true)
            #expect(try store.tweets().count == 1)
        }
        #expect(failures > 5)
    }
}
