import CSQLite
import CSystem
import Foundation
import TestSupport
import Testing

/// Backup and restore with the programs, and the files that a stop leaves for a copy by hand.
@Suite(.ownThreads) struct RestoreDrillTests {
    private func backUp(_ file: String, in directory: TemporaryDirectory, data: String = "data") throws -> Completed {
        try run(.server, ["--data", data, "--backup", file], in: directory)
    }

    private func restore(_ file: String, in directory: TemporaryDirectory, data: String = "data") throws -> Completed {
        try run(.server, ["--data", data, "--restore", file], in: directory)
    }

    private func texts(_ server: ServerProcess) throws -> [String] {
        try server.download("#all", "-n", "100", "-q").output.split(separator: "\n").map(String.init)
    }

    // MARK: The drill

    @Test func whatWasSavedFromARunningServerIsServedAfterItsLoss() throws {
        let first = try ServerProcess()
        let directory = first.directory
        for number in 1...3 { #expect(try first.upload("tweet \(number) #all").exitCode == 0) }
        expectDone(try backUp("saved", in: directory), "saved to saved: 3 tweets, up to sequence 4")
        #expect(try first.upload("too late #all").exitCode == 0)
        expectRefused(
            try restore("saved", in: directory), 75, "the data directory data is in use by another ttweetsrv")
        try first.kill()
        // The first machine is lost, and another machine has only the backup.
        let other = try TemporaryDirectory()
        try FileManager.default.copyItem(atPath: directory.file("saved"), toPath: other.file("saved"))
        expectDone(
            try restore("saved", in: other, data: "new/data"), "restored to new/data: 3 tweets, up to sequence 4")
        let second = try ServerProcess(data: "new/data", in: other)
        #expect(second.session == 2)
        #expect(try texts(second) == ["tweet 1 #all", "tweet 2 #all", "tweet 3 #all"])
        #expect(try second.upload("tweet 4 #all").exitCode == 0)
        #expect(try second.stop() == .exit(0))
    }

    /// A script that asks for new messages since its last run learns that its sequence number no longer exists.
    @Test func aSequenceThatARestoreHasTakenBackIsSaid() throws {
        let first = try ServerProcess()
        #expect(try first.upload("saved").exitCode == 0)
        #expect(try backUp("saved", in: first.directory).exitCode == 0)
        for number in 1...3 { #expect(try first.upload("later \(number)").exitCode == 0) }
        try first.stop()
        #expect(try restore("saved", in: first.directory).exitCode == 0)
        let second = try ServerProcess(["--resume"], in: first.directory)
        let lost = try second.download("--since", "5")
        #expect(lost.exitCode == 65 && lost.output == "")
        #expect(lost.errors.contains("the last sequence here is 2, which is before 5 (no_such_sequence)"))
        #expect(try second.download("--since", "2").exitCode == 0)
    }

    @Test func aRestoreOverAStoreKeepsTheOldOneAsADataDirectory() throws {
        let first = try ServerProcess()
        let directory = first.directory
        #expect(try first.upload("saved #all").exitCode == 0)
        #expect(try backUp("saved", in: directory).exitCode == 0)
        #expect(try first.upload("later #all").exitCode == 0)
        try first.kill()
        let restored = try restore("saved", in: directory)
        #expect(restored.exitCode == 0 && restored.errors == "")
        let match = try #require(
            restored.output.wholeMatch(
                of: /restored to data: 1 tweet, sequence 2; the old store is kept in (data\/before-\S+)\n/))
        let second = try ServerProcess(in: directory)
        #expect(try texts(second) == ["saved #all"])
        try second.stop()
        let kept = try ServerProcess(data: String(match.1), in: directory)
        #expect(try texts(kept) == ["saved #all", "later #all"])
    }

    /// An operator copies a backup over the store of a killed server, whose log still exists.
    @Test func aBackupThatIsCopiedOverAKilledServersStoreIsNotMixedWithItsLog() throws {
        let first = try ServerProcess()
        let directory = first.directory
        #expect(try first.upload("saved #all").exitCode == 0)
        #expect(try backUp("saved", in: directory).exitCode == 0)
        #expect(try first.upload("later #all").exitCode == 0)
        try first.kill()
        let store = directory.file("data/store.sqlite")
        try FileManager.default.removeItem(atPath: store)
        try FileManager.default.copyItem(atPath: directory.file("saved"), toPath: store)
        let log = FileManager.default.contents(atPath: store + "-wal")
        let result = try run(.server, ["--port", "0", "--data", "data"], in: directory)
        #expect(result.exitCode == 65)
        #expect(result.output.contains("data/store.sqlite-wal is the log of another store"))
        #expect(FileManager.default.contentsEqual(atPath: store, andPath: directory.file("saved")))
        #expect(FileManager.default.contents(atPath: store + "-wal") == log)
        // The restore that the message advises works.
        #expect(try restore("saved", in: directory).exitCode == 0)
        #expect(try texts(try ServerProcess(in: directory)) == ["saved #all"])
    }

    @Test func aServerThatWasKilledIsServedFromItsOwnLog() throws {
        let first = try ServerProcess()
        #expect(try first.upload("acknowledged #all").exitCode == 0)
        try first.kill()
        // A backup of the whole machine copies the directory like this.
        let other = try TemporaryDirectory()
        let copied = try run(["cp", "-a", first.directory.file("data"), other.file("data")])
        #expect(copied.exitCode == 0, "\(copied.errors)")
        #expect(try texts(try ServerProcess(in: other)) == ["acknowledged #all"])
        expectDone(try backUp("saved", in: first.directory), "saved to saved: 1 tweet, sequence 2")
        #expect(first.directory.names(below: "data") == ["control", "lock", "store.sqlite"])
    }

    /// Removes the columns and the tables that later versions of the schema have added.
    ///
    /// The hashtags stay, since the migration makes them again in any case.
    private func takeBackToVersion2(_ path: String) throws {
        var database: OpaquePointer?
        try #require(sqlite3_open(path, &database) == SQLITE_OK)
        defer { sqlite3_close(database) }
        let changes = ["session", "tweet", "reset", "message", "latest"].map {
            "ALTER TABLE \($0) DROP COLUMN position;"
        }
        let later = ["tweet", "message"].map { "ALTER TABLE \($0) DROP COLUMN by_account;" }
        let rest =
            "DROP TABLE indexed; DROP TABLE erasure; DROP TABLE pending_from; DROP TABLE block; DROP TABLE token; DROP TABLE tweet_word; DROP TABLE search; PRAGMA user_version = 2"
        let statements = (changes + later).joined() + rest
        try #require(sqlite3_exec(database, statements, nil, nil, nil) == SQLITE_OK)
    }

    @Test func aStoreOfAnEarlierVersionIsBroughtUpToDate() throws {
        let first = try ServerProcess()
        for text in ["see https://wiki.example/#deploy #ops", "#ops again"] {
            #expect(try first.upload(text).exitCode == 0)
        }
        try first.stop()
        let path = first.directory.file("data/store.sqlite")
        try takeBackToVersion2(path)
        let words = ["--data", "data", "--add-account", "ana"]
        #expect(try run(.server, words, input: "correct horse\n", in: first.directory).exitCode == 0)
        let second = try ServerProcess(in: first.directory)
        #expect(
            try second.download("#ops", "-n", "9", "-q").output
                == "see https://wiki.example/#deploy #ops\n#ops again\n")
        #expect(try second.download("#deploy", "-q").output == second.download("#nothing", "-q").output)
        try second.stop()
        // The schema's version in the header; see SQLite's file format.
        #expect(FileManager.default.contents(atPath: path)?[63] == 11)
    }

    // MARK: One file

    @Test(arguments: [SIGTERM, SIGINT]) func aStopWithUploadsUnderWayLeavesOneFile(signal: CInt) throws {
        let server = try ServerProcess()
        let clients = try (0..<4).map { _ in try server.connect() }
        for (index, client) in clients.enumerated() {
            for number in 0..<50 { try client.send("[\"u\",\"\(index).\(number) #all\"]\n") }
        }
        server.signal(signal)
        #expect(try server.process.wait() == .exit(0))
        #expect(server.directory.names(below: "data") == ["lock", "store.sqlite"])
        let answers = try clients.map { try $0.readToEnd().components(separatedBy: #"["ok","#).count - 1 }
        let next = try ServerProcess(in: server.directory)
        let stored = try next.download("#all", "-n", "1000", "-q").output.split(separator: "\n")
        #expect(stored.count == answers.reduce(0, +))
    }

    @Test func anAccountThatIsMadeWithoutAServerAndABackupLeaveOneFile() throws {
        let directory = try TemporaryDirectory()
        let words = ["--data", "data", "--add-account", "ana"]
        #expect(try run(.server, words, input: "first horse\n", in: directory).exitCode == 0)
        #expect(directory.names(below: "data") == ["lock", "store.sqlite"])
        expectDone(try backUp("saved", in: directory), "saved to saved: no tweets")
        #expect(directory.names(below: "data") == ["lock", "store.sqlite"])
        #expect(directory.names == ["data", "saved"])
    }

    // MARK: Refusals

    @Test func mistakesAreToldAndMakeNothing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("hello", to: "text")
        expectRefused(try backUp("saved", in: directory), 65, "there is no store in data")
        expectRefused(try restore("text", in: directory), 65, "text cannot be restored: it is not a ttweet store")
        expectRefused(
            try restore("missing", in: directory), 65, "missing cannot be restored: No such file or directory")
        expectRefused(try backUp("-", in: directory), 64, "--backup needs a file; see ttweetsrv --help")
        expectRefused(try restore("", in: directory), 64, "--restore needs a file; see ttweetsrv --help")
        let both = try run(.server, ["--backup", "a", "--restore", "b"], in: directory)
        expectRefused(both, 64, "one command at a time; see ttweetsrv --help")
        #expect(directory.names == ["text"])
        let server = try ServerProcess(in: directory)
        expectRefused(try backUp("text", in: directory), 73, "text cannot be written: it already exists")
        #expect(directory.content("text") == "hello")
        expectRefused(
            try backUp("missing/saved", in: directory), 73, "missing/saved cannot be written: No such file or directory"
        )
        #expect(try server.stop() == .exit(0))
    }
}
