import CSystem
import Foundation
import TestSupport
import Testing

/// The exit of ttweetcl when the server, the connection or one of its own streams fails.
@Suite(.ownThreads) struct ClientFailureTests {
    private func upload(_ server: ScriptedServer, _ arguments: String...) throws -> Completed {
        try run(.client, ["-u", "127.0.0.1", String(server.port), "a message"] + arguments)
    }

    private func download(_ server: ScriptedServer, _ arguments: String...) throws -> Completed {
        try run(.client, ["-d", "127.0.0.1", String(server.port)] + arguments)
    }

    // MARK: Connecting

    @Test func anUnknownHostHasAnExitCode() throws {
        // A label of more than 63 bytes is invalid, so no resolver is asked.
        let host = String(repeating: "x", count: 64) + ".invalid"
        expectFailure(try run(.client, ["-d", host, "1"]), 68, "the host is not known: \(host): ")
    }

    @Test func aPortThatRefusesHasAnExitCode() throws {
        let port = try Ports.free()
        for arguments in [["-d", "127.0.0.1", "\(port)"], ["-u", "127.0.0.1", "\(port)", "x"]] {
            expectFailure(
                try run(.client, arguments), 69, "cannot connect to 127.0.0.1:\(port) (Connection refused)")
        }
    }

    /// `localhost` has two addresses on most machines; the server listens at one of them.
    @Test func eachAddressOfAHostIsTried() throws {
        let server = try ServerProcess()
        #expect(try run(.client, ["-u", "localhost", String(server.port), "hello"]).exitCode == 0)
        #expect(try server.download("-q").output == "hello\n")
    }

    // MARK: Answers

    @Test(arguments: [
        ("too_long", 65), ("forbidden_character", 65), ("bad_body", 65), ("id_reused", 65), ("busy", 69),
        ("stopping", 69), ("unavailable", 69), ("not_permitted", 77), ("something_new", 76),
        ("unknown_operation", 76), ("not_json", 76),
    ])
    func anErrorPacketHasAnExitCode(code: String, exitCode: Int32) throws {
        let server = try ScriptedServer(
            repeatingLast: .answerAndFinish("[\"error\",{\"code\":\"\(code)\",\"message\":\"for a person\"}]\n"))
        expectFailure(try upload(server), exitCode, "the server says: for a person (\(code))")
    }

    @Test(arguments: [
        "[]\n", "[\"ok\"]\n", "[\"ok\",{}]\n", #"["ok",{"text":7}]"# + "\n",
        "[\"ok\",{\"text\":\"\u{0}\"}]\n", #"["part",{"text":"not asked for"}]"# + "\n", #"["ok",{"count":0}]"# + "\n",
        String(repeating: "[", count: 8192), String(repeating: "[", count: 8191) + "\n",
        // An echo server's answers to an upload and to a download.
        #"["u",{"text":"a message"}]"# + "\n", #"["d",""]"# + "\n",
    ])
    func anAnswerThatIsNotUnderstoodHasAnExitCode(answer: String) throws {
        for script in [Script.answerAndFinish(answer), .shout(answer)] {
            let server = try ScriptedServer(repeatingLast: script)
            let name = "127.0.0.1:\(server.port)"
            expectFailure(try download(server), 76, "\(name): the server's answer is not understood: ")
            let result = try upload(server)
            #expect(result.exitCode == 76)
            #expect(result.errors.contains("the outcome is unknown: the message may or may not be stored"))
        }
    }

    /// Servers of other protocols, which speak first or answer any request, with or without line feeds.
    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "`HTTP/1.1 400 Bad Request`: it speaks HTTP"),
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "`SSH-2.0-OpenSSH_9.2p1 Debian-2`"),
        ("-ERR unknown\r\n", "`-ERR unknown`"),
        ("\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}\u{A}", "bytes that are not text"), ("\u{1B}[2Jx", "bytes that are not text"),
        (String(repeating: "x", count: 8192), "`" + String(repeating: "x", count: 40) + "…`"), ("\n", "an empty line"),
    ])
    func aServerOfAnotherKindIsNamedWithWhatItAnswers(answer: String, shown: String) throws {
        for script in [Script.answerAndFinish(answer), .shout(answer)] {
            let server = try ScriptedServer(repeatingLast: script)
            let reason = "127.0.0.1:\(server.port) is not a ttweet server (it answered \(shown))"
            let follow = try run(.client, ["-d", "127.0.0.1", String(server.port), "--follow"])
            let lines = try run(.client, ["-u", "127.0.0.1", String(server.port), "--lines"], input: "a\n")
            for result in [try download(server), try upload(server), follow, lines] {
                expectFailure(result, 76, reason)
                #expect(!result.errors.contains("may be stored"), "nothing there stores anything")
            }
        }
    }

    @Test func invalidUTF8InAnAnswerIsNotUnderstood() throws {
        let answer = Array(#"["ok",{"text":""#.utf8) + [0xFF] + Array("\"}]\n".utf8)
        expectFailure(
            try download(try ScriptedServer(repeatingLast: .answerAndFinish(answer))), 76,
            "the server's answer is not understood: ")
    }

    @Test func moreThanWasAskedForIsNotUnderstood() throws {
        let part = #"["part",{"seq":2,"time":null,"author":null,"text":"x","tags":[]}]"# + "\n"
        let server = try ScriptedServer(repeatingLast: .answerAndFinish(part + part + #"["ok",{"count":2}]"# + "\n"))
        expectFailure(try download(server, "-n", "1"), 76, "the server's answer is not understood: ")
        #expect(try download(server, "-n", "2", "-q").output == "x\nx\n")
    }

    // MARK: No answer

    @Test func aServerThatNeverAnswersIsGivenUp() throws {
        let server = try ScriptedServer(repeatingLast: .silence)
        let noAnswer = "timed out: no answer from 127.0.0.1:\(server.port) within 0.3 s"
        expectFailure(try download(server, "--timeout", "0.3"), 75, noAnswer)
        let upload = try upload(server, "--timeout", "0.3")
        expectFailure(upload, 75, noAnswer + "; the outcome is unknown: the message may or may not be stored")
    }

    /// The timeout covers the whole run, whatever it waits for.
    @Test func aStandardInputThatNeverEndsIsGivenUpAsWell() throws {
        let server = try ServerProcess()
        let directory = server.directory
        let words = [Program.client.path, "-u", "127.0.0.1", String(server.port), "-", "--timeout", "0.3"]
        let client = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        client.write(Array("half a mess".utf8))
        #expect(try client.wait() == .exit(75))
        let errors = client.standardError.access { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(errors.hasSuffix(" timed out: standard input has not ended; nothing was sent\n"))
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func aDownloadIsAskedForAgainSomeTimes() throws {
        let server = try ScriptedServer(repeatingLast: .hangUp())
        expectFailure(try download(server), 69, "no answer from 127.0.0.1:\(server.port), 3 times; the last time: ")
        #expect(server.requests.access { $0 } == Array(repeating: #"["d",""]"#, count: 3))
    }

    @Test func anUploadIsSentAgainWithTheSameIdUntilItsTimeIsOver() throws {
        let server = try ScriptedServer(repeatingLast: .hangUp(), .reset())
        // A busy machine needs this much time for a second attempt.
        expectFailure(try upload(server, "--timeout", "4"), 75, "timed out: ")
        let requests = server.requests.access { $0 }
        #expect(requests.count >= 2)
        #expect(Set(requests).count == 1)
        let pattern =
            /\["u",\{"text":"a message","id":"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"\}\]/
        #expect(requests.first?.wholeMatch(of: pattern) != nil)
    }

    @Test func anAnswerThatWasLostIsAskedForAgainAndTheMessageStoredOnce() throws {
        let server = try ServerProcess()
        for script in [Script.swallow(port: server.port), .hangUp(), .reset()] {
            let proxy = try ScriptedServer(repeatingLast: script, script, .passOn(port: server.port))
            let result = try upload(proxy)
            #expect(result.output == "Transmission Successfull...\n")
            #expect(result.errors == "")
            #expect(result.exitCode == 0)
            #expect(try server.download("-n", "9", "-q").output == "a message\n")
            #expect(try server.upload("").exitCode == 0)
        }
    }

    @Test func aServerThatDiesBeforeItsAnswerAndComesBackStoresTheMessageOnce() throws {
        let port = try Ports.free()
        let first = try ServerProcess(port: port)
        let directory = first.directory
        // The kernel takes the connection and the request, but the stopped server handles neither.
        first.signal(SIGSTOP)
        #expect(mkfifo(directory.file("client"), 0o600) == 0)
        let reader = csystem_open(directory.file("client"), O_RDONLY | O_NONBLOCK, 0)
        defer { close(reader) }
        let words = [
            Program.client.path, "-u", "127.0.0.1", String(port), "x #once", "--timeout", "60", "--log", "client",
        ]
        let client = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        var entry = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        #expect(poll(&entry, 1, CInt(Patience.seconds * 1000)) == 1, "it is connected")
        try first.kill()
        let second = try ServerProcess(["--resume"], port: port, in: directory)
        #expect(try client.wait() == .exit(0))
        #expect(try second.download("once", "-n", "9", "-q").output == "x #once\n")
    }

    // MARK: --retry

    /// A cron job that runs while the server restarts.
    @Test func aReportIsNotLostWhileTheServerIsAway() throws {
        let port = try Ports.free()
        let directory = try TemporaryDirectory()
        let words = [
            Program.client.path, "-u", "127.0.0.1", String(port), "backup done #ops", "--retry", "10m", "--log",
            "client",
        ]
        let client = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        // Waits until the client has been refused more than once.
        let isRefused = try Patience.look { () -> Bool? in
            try #require(!client.hasEnded)
            let lines = (directory.content("client") ?? "").split(separator: "\n")
            return lines.count { $0.contains("refused") } >= 2 ? true : nil
        }
        try #require(isRefused == true)
        let server = try ServerProcess(port: port, in: directory)
        #expect(try client.wait() == .exit(0))
        #expect(client.standardError.access { $0.bytes } == [])
        #expect(try server.download("-n", "9", "-q").output == "backup done #ops\n")
    }

    @Test func aRefusalThatPassesIsTriedAgainWithTheSameIdAndOthersAreNot() throws {
        for code in ["stopping", "busy"] {
            let refusal = Script.answerAndFinish("[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n")
            let real = try ServerProcess()
            let server = try ScriptedServer(repeatingLast: refusal, .hangUp(), refusal, .passOn(port: real.port))
            let result = try upload(server, "--retry", "10m")
            #expect(result.exitCode == 0)
            #expect(result.errors == "")
            #expect(Set(server.requests.access { $0 }).count == 1)
            #expect(try real.download("-n", "9", "-q").output == "a message\n")
        }
        let refusal = "[\"error\",{\"code\":\"too_long\",\"message\":\"why\"}]\n"
        expectFailure(
            try upload(try ScriptedServer(repeatingLast: .answerAndFinish(refusal)), "--retry", "10m"), 65,
            "why (too_long)")
    }

    @Test func aRetryThatEndsInVainSaysWhy() throws {
        let port = try Ports.free()
        let result = try run(.client, ["-u", "127.0.0.1", String(port), "x", "--retry", "0.3"])
        expectFailure(result, 69, "cannot connect to 127.0.0.1:\(port) (Connection refused)")
    }

    // MARK: Freshness

    @Test func noMessageThatIsNewEnoughHasAnExitCode() throws {
        let server = try ServerProcess()
        expectFailure(try server.download("--max-age", "1h"), 66, "no message is new enough")
        #expect(try server.upload("old #tag").exitCode == 0)
        #expect(try server.download("--max-age", "1h", "-q").output == "old #tag\n")
        expectFailure(try server.download("--max-age", "1h", "other"), 66, "no message is new enough")
        // Repeats until a millisecond has passed.
        while try server.download("--max-age", "1ms", "-q").exitCode == 0 {}
        for more in [[], ["tag"], ["-n", "9"], ["-n", "9", "tag"]] {
            let arguments = ["-d", "127.0.0.1", String(server.port), "--max-age", "1ms"] + more
            expectFailure(try run(.client, arguments), 66, "no message is new enough")
        }
    }

    // MARK: Standard streams

    @Test(arguments: ["> /dev/full", ">&-"]) func aStandardOutputThatCannotBeWrittenHasAnExitCode(redirection: String)
        throws
    {
        let server = try ServerProcess()
        let words = ["sh", "-c", "\"$@\" \(redirection)", "-", Program.client.path]
        let upload = try run(words + ["-u", "127.0.0.1", String(server.port), "x"])
        #expect(upload.exitCode == 74)
        #expect(upload.errors.contains("cannot write standard output: "))
        #expect(upload.errors.contains("; the upload is done"))
        #expect(try server.download("-q").output == "x\n")
        let download = try run(words + ["-d", "127.0.0.1", String(server.port)])
        #expect(download.exitCode == 74)
    }

    @Test func aPipeThatWasClosedKillsNobody() throws {
        let server = try ServerProcess()
        let script = "{ \"$@\"; echo \"exit $?\" >&2; } | true"
        let result = try run(
            ["sh", "-c", script, "-", Program.client.path, "-d", "127.0.0.1", String(server.port)])
        // The client finished before the pipe was closed, or it reports the failure; no signal has ended it.
        #expect(["exit 0\n", "exit 74\n"].contains(result.errors))
    }
}
