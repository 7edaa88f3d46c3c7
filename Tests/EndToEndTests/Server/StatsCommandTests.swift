import TestSupport
import Testing

/// `ttweetsrv --stats`: the figures of a running server.
@Suite(.ownThreads) struct StatsCommandTests {
    @Test func theFiguresOfARunningServerArePrinted() throws {
        let server = try ServerProcess()
        #expect(try server.upload("hello").exitCode == 0)
        let result = try run(.server, ["--stats", "--data", server.directory.file("data")])
        #expect(result.exitCode == 0)
        let groups = try #require(try objects(result.output).first)
        #expect((groups["events"] as? [String: Int])?["uploads"] == 1)
        #expect(try server.stop() == .exit(0))
        let stopped = try run(.server, ["--stats", "--data", server.directory.file("data")])
        #expect(stopped.exitCode == 69)
        #expect(stopped.errors.contains("no answer from the server of"))
    }
}
