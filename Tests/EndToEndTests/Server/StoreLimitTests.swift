import CSQLite
import Foundation
import TestSupport
import Testing

/// `--max-store` and `--keep`: a store of a bounded size, and one that forgets.
@Suite(.ownThreads) struct StoreLimitTests {
    /// Uploads over one connection until the server refuses one.
    ///
    /// - Returns: the number of stored uploads, and the refusal.
    private func fill(_ server: ServerProcess) throws -> (stored: Int, refusal: String) {
        let client = try server.connect()
        defer { client.close() }
        let text = String(repeating: "日", count: 140)
        for number in 0..<20_000 {
            let answer = try client.ask("[\"u\",\"\(number) \(text)\"]")
            if answer.operation != "ok" { return (number, answer.line) }
        }
        return (0, "")
    }

    /// Makes everything that a stopped server has stored older.
    private func age(_ directory: TemporaryDirectory) throws {
        var database: OpaquePointer?
        try #require(sqlite3_open(directory.file("data/store.sqlite"), &database) == SQLITE_OK)
        defer { sqlite3_close(database) }
        try #require(
            sqlite3_exec(database, "UPDATE tweet SET time = time - 7200000", nil, nil, nil) == SQLITE_OK)
    }

    @Test func aFullStoreRefusesUntilOldMessagesArePruned() throws {
        let full = try ServerProcess(["--max-store", "1M"])
        let (stored, refusal) = try fill(full)
        #expect(stored > 500)
        #expect(refusal.contains("busy") && refusal.contains("--max-store"), "\(refusal)")
        let upload = try full.upload("one more")
        #expect(upload.exitCode == 69)
        #expect(upload.errors.contains("--max-store"), "\(upload.errors)")
        #expect(try full.download("-q").output.hasPrefix("\(stored - 1) "))
        #expect(try full.awaitReports("the store is full: ").count == 1)
        let data = full.directory.file("data")
        #expect(try run(.server, ["--stats", "--data", data]).output.contains("\"full\":1"))
        #expect(try run(.server, ["--backup", full.directory.file("backup"), "--data", data]).exitCode == 0)
        #expect(try full.stop() == .exit(0))
        // The limit holds from the start of the next server, too.
        let again = try ServerProcess(["--max-store", "1M", "--resume"], in: full.directory)
        #expect(try again.upload("one more").exitCode == 69)
        #expect(try again.stop() == .exit(0))
        try age(full.directory)
        let pruned = try ServerProcess(["--max-store", "1M", "--keep", "1h", "--resume"], in: full.directory)
        try pruned.awaitReports("the store has room again: ")
        #expect(try pruned.upload("after").exitCode == 0)
        #expect(try pruned.download("-q", "--since", "0").output == "after\n")
        let last = try pruned.download("--since", "0", "--json").output
        #expect(last.hasPrefix("{\"seq\":\(stored + 2),"), "\(last)")
        #expect(try pruned.stop() == .exit(0))
        #expect(
            try run(.server, ["--restore", full.directory.file("backup"), "--data", full.directory.file("data")])
                .exitCode == 0)
        let restored = try ServerProcess(["--resume"], in: full.directory)
        #expect(try restored.download("-q").output.hasPrefix("\(stored - 1) "))
    }

    @Test func withoutALimitNothingIsRefusedOrPruned() throws {
        let server = try ServerProcess()
        #expect(try server.upload("old").exitCode == 0)
        #expect(try server.stop() == .exit(0))
        try age(server.directory)
        let again = try ServerProcess(["--resume"], in: server.directory)
        #expect(try again.download("-q").output == "old\n")
    }
}
