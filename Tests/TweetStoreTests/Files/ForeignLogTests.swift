import CSQLite
import CSystem
import Testing
import TweetJournal

@testable import TweetStore

/// A store's file with a write-ahead log beside it: replayed if they belong together, refused otherwise.
struct ForeignLogTests {
    /// The files of a store whose server was killed while the log held uploads.
    private func killed(_ directory: TestDirectory) throws -> (file: [UInt8], log: [UInt8]) {
        (try contents(of: directory.storePath), try contents(of: directory.storePath + "-wal"))
    }

    /// Opens a file with a log, and expects that both are refused and unchanged.
    private func expectRefusal(_ file: [UInt8], log: [UInt8]) throws {
        let mixed = try TestDirectory(with: ["store.sqlite": file, "store.sqlite-wal": log])
        let error = #expect(throws: StoreError.self) { _ = try mixed.open() }
        guard case .foreignLog(path: mixed.storePath)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("--restore FILE") == true)
        #expect(try files(in: mixed.data) == ["lock": [], "store.sqlite": file, "store.sqlite-wal": log])
    }

    private func tweets(_ file: [UInt8], log: [UInt8]) throws -> [String] {
        try TestDirectory(with: ["store.sqlite": file, "store.sqlite-wal": log]).open().tweets()
    }

    // MARK: Backups copied over the file

    @Test func aBackupOfAnEarlierRunIsNotMixedWithTheLog() throws {
        let directory = try TestDirectory()
        for text in ["one", "two"] {
            let store = try directory.open()
            _ = try store.outcomes(of: upload(text))
            store.close()
        }
        let backup = try contents(of: directory.storePath)
        let second = try directory.open()
        _ = try second.outcomes(of: upload("three"))
        second.close()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("four"))
        let (file, log) = try killed(directory)
        try expectRefusal(backup, log: log)
        #expect(try tweets(file, log: log) == ["2 one", "4 two", "6 three", "8 four"])
    }

    @Test(arguments: ["VACUUM INTO", "backup"]) func aBackupOfTheSameRunIsNotMixedWithTheLog(way: String) throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let copy = directory.path + "/copy"
        if way == "backup" {
            try OtherConnection(directory.storePath).backUp(to: copy)
        } else {
            try OtherConnection(directory.storePath).execute("VACUUM INTO '\(copy)'")
        }
        _ = try store.outcomes(of: upload("two"))
        try expectRefusal(try contents(of: copy), log: try killed(directory).log)
    }

    @Test(arguments: 1...3) func aFileOfAnEarlierCheckpointIsNotMixedWithTheLog(checkpoints: Int) throws {
        let directory = try TestDirectory()
        do { try directory.open().close() }
        let store = try Store(path: directory.storePath, durability: .full)
        _ = try store.append([upload("before")])
        let earlier = try contents(of: directory.storePath)
        for _ in 0..<checkpoints {
            _ = try store.append([upload("between")])
            try store.checkpoint()
        }
        _ = try store.append([upload("after")])
        let (file, log) = try killed(directory)
        try expectRefusal(earlier, log: log)
        #expect(try tweets(file, log: log).count == checkpoints + 2)
    }

    /// After a checkpoint that a reader cuts short, the file matches no later log either.
    @Test func aFileThatWasWrittenInPartIsNotMixedWithALaterLog() throws {
        let directory = try TestDirectory()
        do { try directory.open().close() }
        let store = try Store(path: directory.storePath, durability: .full)
        let reader = try OtherConnection(directory.storePath)
        try reader.execute("BEGIN; SELECT * FROM tweet")
        _ = try store.append(Array(repeating: pageOfText(), count: 20))
        try store.checkpoint()
        let earlier = try contents(of: directory.storePath)
        try reader.execute("COMMIT")
        try store.checkpoint()
        _ = try store.append([upload("after")])
        let (file, log) = try killed(directory)
        try expectRefusal(earlier, log: log)
        #expect(try tweets(file, log: log).count == 21)
    }

    @Test func anotherStoresFileIsNotMixedWithTheLog() throws {
        var made: [(file: [UInt8], log: [UInt8])] = []
        for text in ["mine", "yours"] {
            let directory = try TestDirectory()
            let store = try directory.open()
            _ = try store.outcomes(of: upload(text))
            made.append(try killed(directory))
        }
        try expectRefusal(made[0].file, log: made[1].log)
        try expectRefusal(made[1].file, log: made[0].log)
    }

    // MARK: Logs that belong to their file

    /// Another program may move the log into the file, after which the next upload begins a new log.
    @Test func aLogThatAnotherProgramHasEmptiedBelongsToItsFile() throws {
        let directory = try TestDirectory()
        do { try directory.open().close() }
        let store = try Store(path: directory.storePath, durability: .full)
        let other = try OtherConnection(directory.storePath)
        for round in 1...2 {
            _ = try store.append([upload("\(round)")])
            try other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _ = try store.append([upload("again \(round)")])
            let (file, log) = try killed(directory)
            #expect(try tweets(file, log: log).count == 2 * round)
            try store.checkpoint()
            let (fileAfterwards, logAfterwards) = try killed(directory)
            #expect(try tweets(fileAfterwards, log: logAfterwards).count == 2 * round)
        }
    }

    /// Older versions do not log the first page in each transaction, so their logs do not identify the file.
    @Test func aLogThatTellsNothingIsReplayed() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        store.close()
        let old = try OtherConnection(directory.storePath)
        try old.execute("PRAGMA wal_autocheckpoint = 0; UPDATE tweet SET text = 'new'")
        let (file, log) = try killed(directory)
        #expect(try tweets(file, log: log) == ["2 new"])
    }

    @Test(arguments: [5, 8, 16, 20, 24, 31]) func aLogWhoseHeaderIsTornIsNoLog(offset: Int) throws {
        let directory = try TestDirectory()
        let first = try directory.open()
        _ = try first.outcomes(of: upload("one"))
        first.close()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("two"))
        let (file, log) = try killed(directory)
        var torn = log
        torn[offset] ^= 0x40
        // The second upload is lost with the log; the store serves the contents of the file, as SQLite does.
        #expect(try tweets(file, log: torn) == ["2 one"])
    }

    /// SQLite would delete the file, and with it the latest uploads.
    @Test func aFileThatIsNoLogIsRefused() throws {
        let directory = try TestDirectory()
        let store = try directory.open()
        _ = try store.outcomes(of: upload("one"))
        let (file, log) = try killed(directory)
        var overwritten = log
        overwritten[0] ^= 0x40
        for bytes in [Array("garbage".utf8), [UInt8](repeating: 0x5A, count: 5000), Array(log.prefix(10)), overwritten]
        {
            try expectRefusal(file, log: bytes)
        }
        for bytes in [[], [UInt8](repeating: 0, count: 5000)] { #expect(try tweets(file, log: bytes) == []) }
    }

    @Test func aFirstPageThatIsTornIsNotTakenForAnotherFiles() throws {
        let directory = try TestDirectory()
        do { try directory.open().close() }
        let store = try directory.open()
        _ = try store.outcomes(of: upload("two"))
        let (file, log) = try killed(directory)
        var torn = log
        // Behind the headers of the log and of the frame comes the first page, whose checksum is now wrong.
        for offset in StoreHeader.cookieBytes { torn[32 + 24 + offset] ^= 0xFF }
        #expect(try tweets(file, log: torn) == [])
    }
}

extension OtherConnection {
    /// Copies the database in the way of sqlite3's `.backup`.
    fileprivate func backUp(to path: String) throws {
        let copy = try OtherConnection(path)
        let backup = try #require(copy.beginBackup(of: self))
        #expect(sqlite3_backup_step(backup, -1) == SQLITE_DONE)
        #expect(sqlite3_backup_finish(backup) == SQLITE_OK)
    }
}
