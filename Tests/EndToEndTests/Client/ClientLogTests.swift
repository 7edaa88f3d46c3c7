import CSystem
import TestSupport
import Testing

/// `ttweetcl --log`: the client's own reports.
@Suite(.ownThreads) struct ClientLogTests {
    @Test func theReportsOfARunAreAppended() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let address = ["127.0.0.1", String(server.port)]
        #expect(try run(.client, ["-u", "--log", "log"] + address + ["hello"], in: directory).exitCode == 0)
        #expect(try run(.client, ["-d", "--log", "log"] + address, in: directory).exitCode == 0)
        #expect(try run(.client, ["-u", "--log", "log"] + address + [""], in: directory).exitCode == 0)
        #expect(try run(.client, ["-d", "--log", "log"] + address + ["-n", "5"], in: directory).exitCode == 0)
        let log = try #require(directory.content("log"))
        let texts = log.split(separator: "\n").map { line in
            String(line.replacing(#/^CLIENT (\[\w+\]) \S{24} /#) { "\($0.1) " })
        }
        let connected = "[CONNECTION] connected to 127.0.0.1:\(server.port)"
        #expect(texts[0...1] == [connected, "[GENERAL] message uploaded: hello"])
        #expect(texts[2...3] == [connected, "[GENERAL] message downloaded: hello"])
        #expect(texts[4...5] == [connected, "[GENERAL] last message reset: Empty Message"])
        #expect(texts.count == 8)
    }

    @Test func aFailureIsReportedThereAsWell() throws {
        let directory = try TemporaryDirectory()
        let port = try Ports.free()
        let result = try run(.client, ["-d", "--log", "log", "127.0.0.1", String(port)], in: directory)
        #expect(result.exitCode == 69)
        #expect(directory.content("log") == result.errors)
    }

    @Test func fiftyAtOnceAppendWholeLines() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        let clients = try (0..<50).map { number in
            let words = [
                "-u", "127.0.0.1", String(server.port), "from \(number) \(String(repeating: "x", count: 130))",
            ]
            return try ChildProcess(
                ([Program.client.path] + words + ["--log", "log", "--timeout", "100"]).map { Array($0.utf8) },
                environment: programEnvironment(home: directory.path), directory: directory.path)
        }
        for client in clients { #expect(try client.wait() == .exit(0)) }
        let lines = try #require(directory.content("log")).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "")
        let connected = lines.count {
            $0.wholeMatch(of: /CLIENT \[CONNECTION\] \S{24} connected to 127\.0\.0\.1:\d+/) != nil
        }
        let uploaded = lines.compactMap {
            $0.wholeMatch(of: /CLIENT \[GENERAL\] \S{24} message uploaded: from (\d+) x{130}/)?.1
        }
        #expect(connected == 50)
        #expect(Set(uploaded.compactMap { Int($0) }) == Set(0..<50))
        #expect(lines.count == 101)
    }

    @Test func aLogThatIsALinkIsNotFollowed() throws {
        let server = try ServerProcess()
        let directory = try TemporaryDirectory()
        try directory.write("precious\n", to: "target")
        #expect(symlink("target", directory.file("log")) == 0)
        let result = try run(.client, ["-u", "127.0.0.1", String(server.port), "x", "--log", "log"], in: directory)
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot open the log file log: it is a symbolic link"))
        #expect(directory.content("target") == "precious\n")
        #expect(try server.download("-q").output == "Empty Message\n", "nothing was sent")
    }

    @Test func aLogThatCannotBeMadeIsAnError() throws {
        let result = try run(.client, ["-d", "127.0.0.1", "1", "--log", "missing/log"])
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot open the log file missing/log: No such file or directory"))
    }
}
