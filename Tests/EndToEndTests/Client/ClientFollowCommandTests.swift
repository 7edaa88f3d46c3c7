import Foundation
import TestSupport
import Testing

/// `--exec`, which runs a program for each tweet; the content of a tweet cannot control it.
@Suite(.ownThreads) struct ClientFollowCommandTests {
    /// A server with a program in its directory.
    private func server(running script: String) throws -> ServerProcess {
        let server = try ServerProcess()
        try makeProgram("command", script, in: server.directory)
        return server
    }

    /// Makes an executable file through a separate process.
    ///
    /// If this process wrote the file, a program that another test starts could have it open for a moment, and the
    /// kernel does not run a file that is open for writing: see ETXTBSY in execve(2).
    private func makeProgram(_ name: String, _ script: String, in directory: TemporaryDirectory) throws {
        let made = try run(["sh", "-c", "cat > \(name); chmod 700 \(name)"], input: Array(script.utf8), in: directory)
        guard made.exitCode == 0 else { throw HarnessError("no program: \(made.errors)") }
    }

    /// Runs the program for the first tweet after a sequence.
    private func runOnce(
        _ server: ServerProcess, _ command: String = "./command", since: Int = 1, environment: [String: String] = [:]
    ) throws -> Completed {
        try server.client(
            "-d", "--wait", "--since", String(since), "--exec", command, environment: environment,
            in: server.directory)
    }

    @Test func itFindsTheTweetInItsEnvironment() throws {
        let script = "#!/bin/sh\nfor name in SEQ AUTHOR TEXT TAGS HOST PORT TIME; do eval echo \\$TTWEET_$name; done\n"
        let server = try server(running: script)
        try server.signUp("Ana")
        let sequence = try #require(
            try objects(server.client(as: "ana", "-u", "to #Ops and #x", "--json").output).first)
        let result = try runOnce(server)
        #expect(result.exitCode == 0)
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let seq = try #require(sequence["seq"] as? Int)
        #expect(lines.prefix(6) == [String(seq), "Ana", "to #Ops and #x", "Ops x", "127.0.0.1", String(server.port)])
        #expect(lines[6] == sequence["time"] as? String)
        #expect(lines.count == 8, "nothing but what the program has printed")
    }

    @Test(arguments: [
        "$(touch owned)", "`touch owned`", "; touch owned", "& touch owned #", "| touch owned", "\"; touch owned; \"",
        "'; touch owned; '", "a\\nb\\r\\0", "$HOME ${IFS}%s%n*", "-n", "--help", "\u{240A} \\", "=x",
        "() { :;}; touch owned",
    ])
    func hostileTextStaysText(text: String) throws {
        let server = try server(running: "#!/bin/sh\nprintf '%s|%s\\n' \"$TTWEET_TEXT\" $#\n")
        #expect(try server.upload("--", text).exitCode == 0)
        let result = try runOnce(server)
        #expect(result.output == "\(text)|0\n", "\(result.errors)")
        #expect(result.exitCode == 0)
        #expect(!server.directory.names.contains("owned"))
    }

    @Test func passwordsAndSomebodyElsesFieldsAreNotInItsEnvironment() throws {
        let server = try server(running: "#!/bin/sh\nenv\n")
        #expect(try server.upload("nobody's").exitCode == 0)
        let result = try runOnce(
            server,
            environment: [
                "TTWEET_PASSWORD": "secret words", "TTWEET_NEW_PASSWORD": "more secret words",
                "TTWEET_AUTHOR": "a forged author", "TTWEET_TEXT": "a forged text", "OTHER": "stays",
            ])
        #expect(result.exitCode == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains("OTHER=stays"))
        #expect(lines.contains("TTWEET_TEXT=nobody's"))
        #expect(!result.output.contains("secret") && !result.output.contains("forged"))
        #expect(!result.output.contains("TTWEET_AUTHOR"))
    }

    @Test func itRunsForEachInTheirOrder() throws {
        let server = try server(running: "#!/bin/sh\necho \"<$TTWEET_TEXT>\"; cat\n")
        let words = ["--follow", "--since", "1", "--exec", "./command"]
        let client = try ClientProcess(words, port: server.port, in: server.directory)
        let wire = try server.connect()
        for number in 1...20 { #expect(try wire.request("[\"u\",\"tweet \(number)\"]")?.contains("ok") == true) }
        #expect(try client.awaitLines(20) == (1...20).map { "<tweet \($0)>" })
        #expect(try client.stop() == .exit(0))
        #expect(client.errors == "")
    }

    @Test func itIsLookedUpInThePath() throws {
        let server = try server(running: "#!/bin/sh\necho \"$TTWEET_TEXT\"\n")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        #expect(try server.upload("found").exitCode == 0)
        let result = try runOnce(server, "command", environment: ["PATH": "\(server.directory.path):\(path)"])
        #expect(result.output == "found\n")
    }

    // MARK: Failures

    /// The client looks for the command before it connects, so this test needs no server.
    @Test(arguments: [
        ("./missing", "No such file or directory"), ("missing-everywhere", "No such file or directory"),
        ("./command arg", "No such file or directory"), ("./text", "Permission denied"), (".", "Permission denied"),
        ("./command/", "Not a directory"),
    ])
    func aCommandThatIsNotThereIsWrongUsage(command: String, reason: String) throws {
        let directory = try TemporaryDirectory()
        try makeProgram("command", "#!/bin/sh\ntouch started\n", in: directory)
        try directory.write("#!/bin/sh\ntouch started\n", to: "text")
        let port = String(try Ports.free())
        for mode in ["--wait", "--follow"] {
            let result = try run(.client, ["-d", "127.0.0.1", port, mode, "--exec", command], in: directory)
            expectFailure(result, 64, "cannot start \(command): \(reason)")
        }
        #expect(!directory.names.contains("started"))
    }

    /// The script has no `#!` line, and no shell runs it instead.
    @Test func aScriptThatDoesNotSayByWhatItRunsIsWrongUsage() throws {
        let server = try server(running: "touch started\n")
        #expect(try server.upload("one").exitCode == 0)
        expectFailure(try runOnce(server), 64, "cannot start ./command for message 2: ")
        #expect(!server.directory.names.contains("started"))
    }

    /// Everything after the command belongs to it, whatever it looks like.
    @Test func itGetsTheRestOfTheLineAsArguments() throws {
        let server = try server(running: "#!/bin/sh\nprintf '<%s>' \"$@\"\n")
        #expect(try server.upload("one").exitCode == 0)
        let rest = ["a b", "", "--json", "-u", "--", "$(touch owned)", "--help", "*"]
        let words = ["-d", "127.0.0.1", String(server.port), "--wait", "--since", "1", "--exec", "./command"]
        let result = try run(.client, words + rest, in: server.directory)
        #expect(result.output == rest.map { "<\($0)>" }.joined(), "\(result.errors)")
        let bytes = try run(
            bytes: ([Program.client.path] + words).map { Array($0.utf8) } + [[0xFF, 0x61]], in: server.directory)
        #expect(bytes.standardOutput == [0x3C, 0xFF, 0x61, 0x3E])
        let follow = try ClientProcess(
            ["--follow", "--since", "1", "--exec", "./command", "-q", "x"], port: server.port, in: server.directory)
        let isRun: Bool? = follow.process.standardOutput.wait { $0.bytes.starts(with: "<-q><x>".utf8) ? true : nil }
        #expect(isRun == true)
        #expect(try follow.stop() == .exit(0))
        #expect(!server.directory.names.contains("owned"))
    }

    @Test func waitingEndsAsTheCommandDid() throws {
        let script = "#!/bin/sh\ncase $TTWEET_TEXT in die) kill -TERM $$;; *) exit $TTWEET_TEXT;; esac\n"
        let server = try server(running: script)
        for (sequence, (text, exitCode)) in [("0", 0), ("1", 1), ("65", 65), ("255", 255), ("die", 143)].enumerated() {
            #expect(try server.upload(text).exitCode == 0)
            #expect(try runOnce(server, since: sequence + 1).exitCode == Int32(exitCode))
        }
    }

    @Test func aFailureIsSaidAndFollowingGoesOn() throws {
        let script = "#!/bin/sh\ncase $TTWEET_TEXT in fail) exit 3;; die) kill -9 $$;; esac; echo \"$TTWEET_TEXT\"\n"
        let server = try server(running: script)
        let words = ["--follow", "--since", "1", "--log", "client", "--exec", "./command"]
        let client = try ClientProcess(words, port: server.port, in: server.directory)
        for text in ["one", "fail", "die", "two"] { #expect(try server.upload(text).exitCode == 0) }
        #expect(try client.awaitLines(2) == ["one", "two"])
        try client.awaitErrors("./command ended with exit code 3 for message 3")
        try client.awaitErrors("./command was ended by signal 9 for message 4")
        #expect(try client.stop() == .exit(0))
        #expect(client.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("CLIENT [ERROR] ") })
        let log = try #require(server.directory.content("client"))
        for line in client.errors.split(separator: "\n") { #expect(log.contains(line)) }
    }

    @Test func itRunsForWhatWasMissedWhileTheServerWasGone() throws {
        let port = try Ports.free()
        let first = try ServerProcess(port: port)
        let directory = first.directory
        let words = ["--follow", "--since", "1", "--exec", "./command"]
        try makeProgram("command", "#!/bin/sh\necho \"$TTWEET_SEQ $TTWEET_TEXT\"\n", in: directory)
        let client = try ClientProcess(words, port: port, in: directory)
        #expect(try first.upload("one").exitCode == 0)
        _ = try client.awaitLines(1)
        #expect(try first.upload("two").exitCode == 0)
        try first.kill()
        let second = try ServerProcess(["--resume"], port: port, in: directory)
        #expect(try second.upload("three").exitCode == 0)
        #expect(try client.awaitLines(3) == ["2 one", "3 two", "4 three"])
        #expect(try client.stop() == .exit(0))
        #expect(client.output == "2 one\n3 two\n4 three\n")
    }
}
