import CSystem
import Foundation
import TestSupport
import Testing

/// The destinations of ttweetsrv's reports, and the reports of earlier sessions.
@Suite(.ownThreads) struct ServerLogTests {
    // MARK: Sessions

    @Test func aCrashLoopEvictsNothing() throws {
        let directory = try TemporaryDirectory()
        for number in 1...7 {
            let server = try ServerProcess(in: directory)
            #expect(server.session == number)
            #expect(try server.upload("before crash \(number)").exitCode == 0)
            try server.awaitReports("message ")
            try server.kill()
        }
        let last = try ServerProcess(in: directory)
        #expect(last.log.split(separator: "\n").count == 1 && last.log.contains("session 8"))
        let earlier = try #require(directory.content("Sample.txt.1"))
        for number in 1...7 {
            #expect(earlier.contains("session \(number)\n"))
            #expect(earlier.contains(": before crash \(number)\n"))
        }
        #expect(directory.names == ["Sample.txt", "Sample.txt.1", "data"])
    }

    @Test func aSessionThatGoesOnGoesOnInItsLog() throws {
        let first = try ServerProcess()
        #expect(try first.upload("first run").exitCode == 0)
        try first.stop()
        let second = try ServerProcess(["--resume"], in: first.directory)
        #expect(second.session == 1)
        #expect(second.log.contains(": first run\n"))
        #expect(!first.directory.names.contains("Sample.txt.1"))
    }

    // MARK: Streams

    /// Runs a server until it listens, and returns its reports on both streams.
    private func reports(
        _ arguments: [String], wrapper: [String] = [], in directory: TemporaryDirectory
    ) throws -> (output: String, errors: String) {
        let words = wrapper + [Program.server.path, "--port", "0", "--data", "data"] + arguments
        let process = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        let text = { (output: Monitor<ChildProcess.Output>) in
            String(decoding: output.access { $0.bytes }, as: UTF8.self)
        }
        let places = { [text(process.standardOutput), text(process.standardError), directory.content("out") ?? ""] }
        while !places().contains(where: { $0.contains("server listening at") }), !process.hasEnded { sched_yield() }
        process.signal(SIGTERM)
        #expect(try process.wait() == .exit(0))
        return (text(process.standardOutput), text(process.standardError))
    }

    private func expectOnce(_ text: String) {
        #expect(text.components(separatedBy: "server listening at").count == 2, "\(text)")
        #expect(text.hasSuffix(" server deactivated\n"))
    }

    @Test(arguments: ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"], [[], ["--quiet"]])
    func standardOutputMayBeTheLog(log: String, quiet: [String]) throws {
        let directory = try TemporaryDirectory()
        let (output, errors) = try reports(["--log", log] + quiet, in: directory)
        expectOnce(output)
        #expect(errors == "")
        #expect(directory.names == ["data"])
    }

    @Test func standardErrorMayBeTheLog() throws {
        let directory = try TemporaryDirectory()
        let (output, errors) = try reports(["--log", "/dev/stderr"], in: directory)
        expectOnce(output)
        #expect(errors == output)
        let quiet = try reports(["--log", "/dev/stderr", "--quiet"], in: try TemporaryDirectory())
        expectOnce(quiet.errors)
        #expect(quiet.output == "")
    }

    /// The server appends to a file that the shell has opened, and never rotates it.
    @Test func standardOutputThatIsAFileIsWrittenOn() throws {
        let directory = try TemporaryDirectory()
        try directory.write("before\n", to: "out")
        let redirection = ["sh", "-c", "exec \"$@\" >> out", "-"]
        _ = try reports(["--log", "-", "--log-max", "10"], wrapper: redirection, in: directory)
        let content = try #require(directory.content("out"))
        #expect(content.hasPrefix("before\nSERVER "))
        expectOnce(content)
        #expect(directory.names == ["data", "out"])
    }

    @Test func reportsOfBothStreamsInOnePlaceAreNotDoubled() throws {
        for arguments in [["--log", "/dev/stderr"], ["--log", "out"]] {
            let directory = try TemporaryDirectory()
            let redirection = ["sh", "-c", "exec \"$@\" >> out 2>&1", "-"]
            _ = try reports(arguments, wrapper: redirection, in: directory)
            expectOnce(try #require(directory.content("out")))
        }
    }

    /// A service manager's journal is a socket, which a program cannot open by name.
    @Test(arguments: ["-", "/dev/stdout"]) func standardOutputThatIsASocketMayBeTheLog(log: String) throws {
        let directory = try TemporaryDirectory()
        var ends: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        let words = [Program.server.path, "--port", "0", "--data", "data", "--log", log]
        let server = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path, outputs: (ends[1], nil))
        close(ends[1])
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !text.contains("server listening at") {
            let count = read(ends[0], &buffer, buffer.count)
            try #require(count > 0)
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        server.signal(SIGTERM)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 {
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        close(ends[0])
        #expect(try server.wait() == .exit(0))
        expectOnce(text)
    }

    @Test(arguments: ["/dev/fd/0", "/dev/fd/77", "/dev/fd/x"]) func whatIsNoStreamToWriteToIsRefused(log: String) throws
    {
        let directory = try TemporaryDirectory()
        let result = try run(.server, ["--port", "0", "--data", "data", "--log", log], in: directory)
        #expect(result.exitCode == 73)
        #expect(result.output.contains("the log \(log) cannot be written: "))
        #expect(directory.names == [])
    }

    @Test func nothingMayBeTheLog() throws {
        let directory = try TemporaryDirectory()
        let (output, _) = try reports(["--log", "/dev/null"], in: directory)
        expectOnce(output)
        #expect(directory.names == ["data"])
    }
}
