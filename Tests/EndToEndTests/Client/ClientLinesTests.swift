import Foundation
import TestSupport
import Testing

/// `--lines`: each line of standard input is a message.
@Suite(.ownThreads) struct ClientLinesTests {
    private static let done = "Transmission Successfull...\n"

    private func words(_ port: UInt16, _ arguments: [String]) -> [String] {
        ["-u", "127.0.0.1", String(port), "--lines"] + arguments
    }

    private func upload(_ server: ServerProcess, _ input: String, _ arguments: String...) throws -> Completed {
        try run(.client, words(server.port, arguments), input: input)
    }

    /// A client whose standard input stays open.
    private func start(_ server: ServerProcess, _ arguments: String...) throws -> ChildProcess {
        try ChildProcess(
            ([Program.client.path] + words(server.port, arguments)).map { Array($0.utf8) },
            environment: programEnvironment(home: server.directory.path), directory: server.directory.path)
    }

    private func errors(_ process: ChildProcess) -> String {
        String(decoding: process.standardError.access { $0.bytes }, as: UTF8.self)
    }

    /// All messages that were ever stored, in order.
    private func stored(_ server: ServerProcess) throws -> [String] {
        try server.download("--since", "0", "-q", "--timeout", "100").output.split(separator: "\n").map(String.init)
    }

    // MARK: Normal runs

    @Test(arguments: [
        ("one\ntwo\nthree\n", ["one", "two", "three"]), ("one\r\ntwo", ["one", "two"]), ("\n\none\n\r\n\n", ["one"]),
        ("one", ["one"]), (" one \n#a #b\n", [" one ", "#a #b"]),
    ])
    func eachLineIsAMessage(input: String, texts: [String]) throws {
        let server = try ServerProcess()
        let result = try upload(server, input)
        #expect(result.output == Self.done)
        #expect(result.errors == "")
        #expect(result.exitCode == 0)
        #expect(try stored(server) == texts)
        let quiet = try upload(server, input, "-", "-q")
        #expect(quiet.output == "")
        #expect(quiet.exitCode == 0)
    }

    /// A program that failed may write no line at all; the client then stores, resets and claims nothing.
    @Test(arguments: [("", []), ("\n\n", []), ("\u{1B}[0m\n", ["--clean"])] as [(String, [String])])
    func whatHasNoLineIsRefused(input: String, options: [String]) throws {
        let server = try ServerProcess()
        #expect(try server.upload("before").exitCode == 0)
        let result = try run(.client, words(server.port, options), input: input)
        #expect(result.output == "")
        #expect(result.errors.hasSuffix(" standard input has no line to upload; nothing was stored\n"))
        #expect(result.exitCode == 65)
        #expect(try server.download("-q").output == "before\n")
    }

    @Test func manyLinesGoOverOneConnectionInTheirOrder() throws {
        let server = try ServerProcess()
        let texts = (1...3000).map { "line \($0)" }
        let result = try upload(server, texts.joined(separator: "\n"), "--json")
        #expect(result.exitCode == 0)
        #expect(try objects(result.output).map { $0["text"] as? String } == texts)
        #expect(server.reports.count { $0.contains(" activated") } == 1)
        #expect(try stored(server) == texts)
    }

    @Test func eachLineIsSignedByWhoUploads() throws {
        let server = try ServerProcess()
        try server.signUp("ana")
        let result = try run(
            .client, words(server.port, ["--json", "--user", "ana", "--timeout", "100"]), input: "a\nb\n",
            environment: ["TTWEET_PASSWORD": ServerProcess.password])
        #expect(try objects(result.output).map { $0["author"] as? String } == ["ana", "ana"])
        #expect(try objects(try upload(server, "c\n", "--json", "--as", "job").output)[0]["author"] as? String == "job")
        let refused = try run(
            .client, words(server.port, ["--user", "ana", "--timeout", "100"]), input: "not stored\n",
            environment: ["TTWEET_PASSWORD": "another one"])
        #expect(refused.exitCode == 77)
        #expect(refused.output == "")
        let taken = try upload(server, "not stored\n", "--as", "ana")
        #expect(taken.exitCode == 77)
        #expect(taken.errors.contains("(name_taken)"))
        #expect(try stored(server) == ["a", "b", "c"])
    }

    // MARK: Refused lines

    @Test func aRefusedLineIsNamedAndTheOthersAreStored() throws {
        let server = try ServerProcess()
        let long = String(repeating: "x", count: 151)
        let result = try upload(server, "one\n\n\(long)\nfour\na\tb\nsix\n")
        #expect(result.exitCode == 65)
        #expect(result.output == "", "no false success")
        let reports = result.errors.split(separator: "\n")
        #expect(reports.count == 3)
        #expect(reports.first?.contains("line 3 is refused: the message has 151 characters") == true)
        #expect(reports.dropFirst().first?.contains("line 5 is refused: the message contains U+0009 (TAB)") == true)
        #expect(reports.last?.hasSuffix(" 2 lines are refused, the first is line 3; 3 lines are stored") == true)
        #expect(try stored(server) == ["one", "four", "six"])
    }

    @Test func theOptionsMakeMessagesOfLines() throws {
        let server = try ServerProcess()
        let long = String(repeating: "x", count: 1_000_000)
        let input = "a\tb\n\u{1B}[0m\n\u{1B}[31mred\u{1B}[0m\n\(long)\nlast\n"
        let result = try upload(server, input, "--clean", "--truncate", "--timeout", "100")
        #expect(result.output == Self.done)
        #expect(
            result.errors.hasSuffix(" 2 lines are cleaned, 1 line is cut, 1 line is skipped: cleaning left nothing\n"))
        #expect(try stored(server) == ["a b", "red", String(repeating: "x", count: 149) + "…", "last"])
        let refused = try upload(server, "\(long)\nafter\n", "--timeout", "100")
        #expect(refused.exitCode == 65)
        #expect(
            refused.errors.contains("line 1 is refused: the message is longer than 65536 bytes; --truncate cuts it"))
        #expect(try server.download("-q").output == "after\n")
    }

    // MARK: A standard input that stays open

    @Test func aLineIsStoredAsItComes() throws {
        let server = try ServerProcess()
        let client = try start(server)
        for text in ["first", "second"] {
            client.write(Array("\(text)\nhalf".utf8))
            try server.awaitReports(text == "first" ? ": first" : ": halfsecond")
        }
        client.endInput()
        #expect(try client.wait() == .exit(0))
        #expect(try stored(server) == ["first", "halfsecond", "half"])
    }

    @Test func aSignalEndsTheReadingAndWhatWasReadIsCounted() throws {
        for signal in [SIGTERM, SIGINT] {
            let server = try ServerProcess()
            let client = try start(server)
            client.write(Array("one\ntwo\n".utf8))
            try server.awaitReports(": two")
            client.signal(signal)
            #expect(try client.wait() == .exit(0))
            #expect(errors(client).hasSuffix(" interrupted; 2 lines are stored\n"))
        }
    }

    /// The client does not store lines that it did not read, so it reports no success.
    @Test func aFileThatASignalLeavesUnreadIsNoSuccess() throws {
        let server = try ServerProcess()
        // A whole number of these lines fills the reader's buffer, so that no half line reveals the unread rest.
        try server.directory.write(String(repeating: "fifteen letters\n", count: 200_000), to: "lines")
        let words = ([Program.client.path] + words(server.port, ["--timeout", "1000"])).joined(separator: " ")
        let client = try ChildProcess(
            ["sh", "-c", "exec \(words) < lines"].map { Array($0.utf8) },
            environment: programEnvironment(home: server.directory.path), directory: server.directory.path)
        try server.awaitReports("message", count: 50)
        client.signal(SIGTERM)
        #expect(try client.wait() == .exit(75))
        #expect(errors(client).contains("standard input was not read to its end, line "))
        #expect(client.standardOutput.access { $0.bytes } == [])
    }

    @Test func anOutputThatIsFullTellsWhatIsStored() throws {
        let server = try ServerProcess()
        let words = ([Program.client.path] + words(server.port, [])).joined(separator: " ")
        let result = try run(["sh", "-c", "printf 'a\\nb\\n' | exec \(words) >/dev/full"])
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("No space left on device; 2 lines are stored\n"))
    }

    @Test func aLineThatASignalCutsOffIsNotStoredAndSaid() throws {
        let server = try ServerProcess()
        let client = try start(server)
        client.write(Array("one\nha".utf8))
        try server.awaitReports(": one")
        client.signal(SIGTERM)
        #expect(try client.wait() == .exit(75))
        #expect(errors(client).contains("the last line was incomplete and was not sent; 1 line is stored"))
        #expect(try stored(server) == ["one"])
    }

    @Test func theTimeOfTheRunIsKept() throws {
        let server = try ServerProcess()
        let client = try start(server, "--timeout", "0.5")
        #expect(try client.wait() == .exit(75))
        #expect(errors(client).contains("timed out: standard input has not ended; 0 lines are stored"))
    }

    // MARK: Lost servers

    @Test func aServerThatIsNotThereIsSaidAtOnce() throws {
        let port = try Ports.free()
        let result = try run(.client, words(port, []), input: "a\n")
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("cannot connect to 127.0.0.1:\(port) (Connection refused)"))
        #expect(result.errors.contains("0 lines are stored"))
    }

    /// No SIGPIPE kills the program that writes the lines.
    ///
    /// The client reads from a program that writes without end until the run times out.
    @Test func whereTheServerIsNotThereTheRestIsReadAndDropped() throws {
        let script = "{ head -c 3000000 /dev/zero | tr '\\0' '\\n'; echo \"writer $?\" >&2; } | \"$@\""
        let words = [Program.client.path] + words(try Ports.free(), [])
        let result = try run(["sh", "-c", script, "-"] + words)
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("writer 0\n"))
        let endless = try run(["sh", "-c", "yes | \"$@\"", "-"] + words + ["--timeout", "0.5"])
        #expect(endless.exitCode == 69)
        let unreadable = try run(["sh", "-c", script, "-"] + words + ["--user", "ana", "--password-file", "/missing"])
        #expect(unreadable.exitCode == 74)
        #expect(unreadable.errors.contains("writer 0\n"))
    }

    @Test func betweenTwoLinesAServerMayBeRestarted() throws {
        let port = try Ports.free()
        let first = try ServerProcess(port: port)
        let client = try start(first)
        client.write(Array("one\n".utf8))
        try first.awaitReports(": one")
        try first.stop()
        let second = try ServerProcess(["--resume"], port: port, in: first.directory)
        client.write(Array("two\n".utf8))
        client.endInput()
        #expect(try client.wait() == .exit(0))
        #expect(try stored(second) == ["one", "two"])
    }

    /// The test kills the server several times while lines are on their way.
    @Test func noRestartLosesALineOrStoresOneTwice() throws {
        let port = try Ports.free()
        var server = try ServerProcess(port: port)
        let client = try start(server)
        let texts = (1...20_000).map { "line \($0)" }
        Thread.detachNewThread {
            client.write(Array((texts.joined(separator: "\n") + "\n").utf8))
            client.endInput()
        }
        for round in 1...3 {
            try server.awaitReports(": line ", count: 50 * round)
            try server.kill()
            server = try ServerProcess(["--resume"], port: port, in: server.directory)
        }
        #expect(try client.wait() == .exit(0), "\(errors(client))")
        #expect(errors(client).contains("; trying again\n"))
        #expect(try stored(server) == texts)
    }

    @Test func aServerThatStaysAwayIsGivenUpOnceStandardInputHasEnded() throws {
        let server = try ServerProcess()
        let client = try start(server, "--timeout", "100", "--retry", "0.5")
        client.write(Array("one\n".utf8))
        try server.awaitReports(": one")
        try server.kill()
        client.write(Array("two\nthree\n".utf8))
        client.endInput()
        #expect(try client.wait() == .exit(75))
        // The client may have sent line 2 before it noticed the lost connection.
        let text = errors(client)
        #expect(
            text.contains("; 1 line is stored, line 2 and later lines are not\n")
                || text.contains("; 1 line is stored, and it is unknown whether line 2 and later lines are stored\n"))
    }
}
