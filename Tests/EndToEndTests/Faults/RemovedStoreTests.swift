import CSystem
import Foundation
import TestSupport
import Testing

/// A data directory that is removed or replaced under a running server.
@Suite(.ownThreads) struct RemovedStoreTests {
    @Test(arguments: ["rm -r data", "mv data old", "mv data old && cp -r old data", "rm data/store.sqlite-wal"])
    func theNextUploadIsNotAcknowledgedAndTheServerExitsWithItsOwnCode(command: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let other = try server.connect()
        #expect(try client.request(#"["u","before"]"#)?.hasPrefix(#"["ok""#) == true)
        #expect(try run(["sh", "-c", command], in: server.directory).exitCode == 0)
        #expect(try client.request(#"["u","after"]"#)?.contains(#""code":"unknown""#) == true)
        #expect(try server.process.wait() == .exit(71))
        #expect(try client.readLine() == nil)
        #expect(try other.readLine() == nil)
        let failures = server.reports.filter { $0.hasPrefix("SERVER [ERROR] ") && $0.contains("; the server ends") }
        #expect(failures.count == 1)
        #expect(failures.first?.contains("removed or replaced") == true)
        // The server that a supervisor starts next works.
        let next = try ServerProcess(in: server.directory)
        #expect(try next.upload("again").exitCode == 0)
        #expect(try next.stop() == .exit(0))
    }
}
