import CSystem
import TestSupport
import Testing

/// A signal that ends ttweetcl while a command of `--exec` runs ends the command first, with all that it has started.
@Suite(.ownThreads) struct ClientCommandEndTests {
    /// Starts a client whose command tells the ids of its process and of one that it has started.
    private func start(
        _ mode: String, _ script: String, _ server: ServerProcess
    ) throws -> (client: ClientProcess, ids: [pid_t]) {
        #expect(try server.upload("go").exitCode == 0)
        let client = try ClientProcess(
            [mode, "--since", "1", "--exec", "sh", "-c", script], port: server.port, in: server.directory)
        let line = try #require(try client.awaitLines(1).first)
        let ids = line.split(separator: " ").compactMap { pid_t($0) }
        try #require(ids.count == 2)
        #expect(ids.allSatisfy { kill($0, 0) == 0 })
        return (client, ids)
    }

    private func expectGone(_ ids: [pid_t], _ location: SourceLocation = #_sourceLocation) {
        for id in ids { #expect(kill(id, 0) != 0, "process \(id) stays", sourceLocation: location) }
    }

    @Test(arguments: ["--follow", "--wait"], [SIGTERM, SIGINT, SIGHUP])
    func theCommandEndsWithTheClient(mode: String, number: CInt) throws {
        let server = try ServerProcess()
        // A shell's background processes ignore SIGINT, so both handle the signals themselves.
        let child = "sh -c 'trap exit TERM INT HUP; echo $$; while :; do sleep 1; done'"
        let script = "exec 3>&1; \(child) | { read child; echo $$ $child >&3; cat; }"
        let (client, ids) = try start(mode, script, server)
        client.process.signal(number)
        #expect(try client.process.wait() == (mode == "--follow" && number != SIGHUP ? .exit(0) : .signal(number)))
        expectGone(ids)
    }

    @Test func aCommandThatStaysIsKilledAfterAWhile() throws {
        let server = try ServerProcess()
        let (client, ids) = try start("--follow", "trap '' TERM; sleep 600 & echo $$ $!; wait", server)
        client.process.signal(SIGTERM)
        #expect(try client.process.wait() == .exit(0))
        expectGone(ids)
    }

    @Test func anotherSignalKillsItAtOnce() throws {
        let server = try ServerProcess()
        let (client, ids) = try start("--follow", "trap '' TERM INT; sleep 600 & echo $$ $!; wait", server)
        client.process.signal(SIGTERM)
        while !client.process.hasEnded { client.process.signal(SIGINT) }
        #expect(try client.process.wait() == .exit(0))
        expectGone(ids)
    }

    @Test func aStoppedCommandEndsToo() throws {
        let server = try ServerProcess()
        let (client, ids) = try start("--follow", "sleep 600 & echo $$ $!; kill -STOP $$; wait", server)
        client.process.signal(SIGTERM)
        #expect(try client.process.wait() == .exit(0))
        expectGone(ids)
    }

    /// Between two messages no command runs.
    @Test func withoutACommandTheClientEndsAtOnce() throws {
        let server = try ServerProcess()
        #expect(try server.upload("go").exitCode == 0)
        let client = try ClientProcess(
            ["--follow", "--since", "1", "--exec", "echo", "done"], port: server.port, in: server.directory)
        #expect(try client.awaitLines(1) == ["done"])
        #expect(try client.stop() == .exit(0))
    }
}
