import CSystem
import Foundation
import TestSupport
import Testing

/// Failures that prevent a start: one ERROR report, an exit code, nothing half-created.
@Suite(.ownThreads) struct ServerStartTests {
    /// Checks that a run ended with an exit code and one ERROR report on standard output.
    private func expectError(_ result: Completed, _ exitCode: Int32, _ text: String) {
        #expect(result.exitCode == exitCode)
        #expect(result.errors == "")
        #expect(result.output.wholeMatch(of: /SERVER \[ERROR\] \S{24} (.*)\n/)?.1 ?? "" == text)
    }

    // MARK: Ports

    @Test func aPortInUseIsRefused() throws {
        let first = try ServerProcess()
        let directory = try TemporaryDirectory()
        let second = try run(.server, [String(first.port), "--data", "data"], in: directory)
        expectError(second, 69, "cannot listen at 127.0.0.1:\(first.port): Address already in use")
        #expect(directory.names == ["Sample.txt"])
        #expect(directory.content("Sample.txt") == second.output)
        #expect(try first.download("-q").output == "Empty Message\n")
    }

    @Test func aServerRestartsAtOnceOnTheSamePort() throws {
        let port = try Ports.free()
        var directory: TemporaryDirectory?
        for isKilled in [true, false, true] {
            let server = try ServerProcess(port: port, in: directory)
            directory = server.directory
            // The server closes first, so the kernel keeps its side of each connection in TIME_WAIT; see tcp(7).
            let clients = try (0..<10).map { _ in try server.connect() }
            for client in clients { #expect(try client.request(#"["d",""]"#)?.hasPrefix(#"["ok""#) == true) }
            if isKilled { try server.kill() } else { try server.stop() }
            for client in clients { _ = try? client.readToEnd() }
        }
    }

    @Test func aServerThatIsRestartedAtOnceRotatesTheLogOfTheEarlierSession() throws {
        let first = try ServerProcess()
        try first.kill()
        let second = try ServerProcess(in: first.directory)
        #expect(second.log.split(separator: "\n").count == 1)
        #expect(second.log.contains("session 2"))
        #expect(first.directory.content("Sample.txt.1")?.contains("session 1") == true)
    }

    // MARK: Data directories

    @Test func aDataDirectoryInUseIsRefused() throws {
        let first = try ServerProcess()
        let second = try run(.server, ["--port", "0", "--data", "data", "--log", "other"], in: first.directory)
        expectError(second, 75, "the data directory data is in use by another ttweetsrv")
        #expect(first.directory.names == ["Sample.txt", "data", "other"])
        #expect(try first.upload("still there").exitCode == 0)
        try first.stop()
        #expect(try ServerProcess(in: first.directory).session == 2)
    }

    @Test(arguments: [("file/data", "Not a directory"), ("file", "Not a directory")])
    func aDataDirectoryThatCannotBeMadeIsRefused(path: String, reason: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "file")
        let result = try run(.server, ["--port", "0", "--data", path], in: directory)
        expectError(result, 73, "the data directory \(path) cannot be used: \(reason)")
        #expect(directory.names == ["Sample.txt", "file"])
        #expect(directory.content("file") == "")
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
    func aDataDirectoryThatMayNotBeWrittenIsRefused() throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("data"), 0o500) == 0)
        let result = try run(.server, ["--port", "0", "--data", "data"], in: directory)
        expectError(result, 73, "the data directory data cannot be used: Permission denied")
    }

    @Test(.enabled(if: MountNamespace.isPermitted, "a mount name space of its own is not permitted here"))
    func aDataDirectoryOnAReadOnlyDiskIsRefused() throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("disk"), 0o700) == 0)
        let script = "mount -t tmpfs -o ro none disk && exec \"$@\""
        let result = try run(
            ["unshare", "-m", "sh", "-c", script, "-", Program.server.path, "--port", "0", "--data", "disk/data"],
            in: directory)
        expectError(result, 73, "the data directory disk/data cannot be used: Read-only file system")
    }

    // MARK: Stores

    /// The files of a data directory and their contents.
    private func files(_ directory: TemporaryDirectory) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.file("data"))
        return try names.reduce(into: [:]) {
            $0[$1] = try Data(contentsOf: URL(fileURLWithPath: directory.file("data/\($1)")))
        }
    }

    @Test func aNewerStoreIsRefusedAndLeftAsItIs() throws {
        let first = try ServerProcess()
        #expect(try first.upload("precious").exitCode == 0)
        try first.stop()
        let directory = first.directory
        // A stopped server has moved the whole write-ahead log into the file.
        for name in ["wal", "shm"] {
            try? FileManager.default.removeItem(atPath: directory.file("data/store.sqlite-\(name)"))
        }
        // The schema's version: see the SQLite file format, "user version".
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: directory.file("data/store.sqlite")))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: Data([0, 0, 0, 99]))
        try file.close()
        let before = try files(directory)
        let result = try run(.server, ["--port", "0", "--data", "data"], in: directory)
        expectError(
            result, 76, "the store has schema 99, this program knows 11: it was written by a newer ttweetsrv")
        #expect(try files(directory) == before)
    }

    @Test(arguments: ["not a database at all, but longer than its header: \(String(repeating: "x", count: 1000))", "x"])
    func aFileThatIsNoStoreIsRefusedAndLeftAsItIs(content: String) throws {
        let directory = try TemporaryDirectory()
        #expect(mkdir(directory.file("data"), 0o700) == 0)
        try directory.write(content, to: "data/store.sqlite")
        let result = try run(.server, ["--port", "0", "--data", "data"], in: directory)
        #expect(result.exitCode == 65)
        #expect(result.output.hasPrefix("SERVER [ERROR] "))
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(directory.content("data/store.sqlite") == content)
    }

    /// During a long start clients are refused, and the signal for log rotation does not end the server.
    @Test func aLongStartRefusesClientsAndOutlivesAHangUp() throws {
        let directory = try TemporaryDirectory()
        // A process that reads this named pipe waits until another process writes to it.
        #expect(mkdir(directory.file("data"), 0o700) == 0 && mkfifo(directory.file("data/store.sqlite"), 0o600) == 0)
        let port = try Ports.free()
        let words = [Program.server.path, "--port", String(port), "--data", "data"]
        let process = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        // The server takes the port before the lock.
        while !directory.names(below: "data").contains("lock"), !process.hasEnded { sched_yield() }
        let client = try run(.client, ["-d", "127.0.0.1", String(port)])
        #expect(client.exitCode == 69 && client.errors.contains("Connection refused"))
        process.signal(SIGHUP)
        process.signal(SIGTERM)
        #expect(try process.wait() == .signal(SIGTERM))
    }

    // MARK: Logs

    @Test func aLogThatIsALinkIsNotFollowed() throws {
        let directory = try TemporaryDirectory()
        try directory.write("precious\n", to: "target")
        #expect(symlink("target", directory.file("Sample.txt")) == 0)
        let result = try run(.server, ["--port", "0", "--data", "data"], in: directory)
        expectError(
            result, 73, "the log Sample.txt cannot be written: Too many levels of symbolic links")
        #expect(directory.names == ["Sample.txt", "target"])
        #expect(directory.content("target") == "precious\n")
    }

    @Test func twoServersMayShareALog() throws {
        let first = try ServerProcess()
        let second = try ServerProcess(data: "data-2", in: first.directory)
        #expect(try first.upload("at the first").exitCode == 0)
        #expect(try second.upload("at the second").exitCode == 0)
        try first.awaitReports("disconnected")
        try second.awaitReports("disconnected")
        let log = first.log
        #expect(log.contains(": at the first\n") && log.contains(": at the second\n"))
        #expect(log.split(separator: "\n").count { $0.contains("server listening at") } == 2)
        #expect(!first.directory.names.contains("Sample.txt.1"))
    }
}
