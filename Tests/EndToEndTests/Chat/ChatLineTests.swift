import CSystem
import Foundation
import TestSupport
import Testing

/// The chat without a terminal, with a scripted server.
@Suite(.ownThreads) struct ChatLineTests {
    private static let taken = #"["error",{"code":"name_taken","message":"taken"}]"#

    private func chat(_ server: ScriptedChatServer, _ arguments: [String] = [], input: String) throws -> Completed {
        try run(.chat, ["127.0.0.1", String(server.port), "--user", "ana"] + arguments, input: input)
    }

    /// Chats with a script that is a file, so that its lines are there from the start, however busy the machine is.
    private func chat(_ server: ScriptedChatServer, script: String) throws -> Completed {
        let directory = try TemporaryDirectory()
        try script.write(toFile: directory.path + "/script", atomically: true, encoding: .utf8)
        let words = [Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana"]
        return try run(["sh", "-c", "exec \"$@\" <script", "-"] + words, in: directory)
    }

    @Test func aScriptSaysItsLinesAndLeaves() throws {
        let server = try ScriptedChatServer()
        let result = try chat(server, input: "hello\n@bob psst\n\n/nope\nlast without a line feed")
        #expect(result.exitCode == 64)
        #expect(result.output == "* connected to 127.0.0.1:\(server.port) as ana\nyou <Private> to bob: psst\n")
        #expect(
            result.errors.contains(
                "there is no command /nope; //nope sends it as a message, /help lists the commands: /nope"))
        let requests = server.requests.access { $0 }
        #expect(requests.contains { $0.hasPrefix(#"["u",{"text":"hello","id":""#) })
        #expect(requests.contains { $0.hasPrefix(#"["message",{"to":["bob"],"text":"psst","id":""#) })
        #expect(requests.contains { $0.hasPrefix(#"["u",{"text":"last without a line feed","id":""#) })
        #expect(requests.last == #"["leave",""]"#)
    }

    @Test func whatOthersSayIsPrintedAsItComes() throws {
        let server = try ScriptedChatServer()
        let directory = try TemporaryDirectory()
        let words = [Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana"]
        let process = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        try server.awaitRequest("follow")
        let time = "2026-11-21T05:03:00.123Z"
        server.push(#"["joined",{"name":"bob","time":"\#(time)"}]"#)
        server.push(##"["tweet",{"seq":11,"time":"\##(time)","author":"bob","text":"ana #swift","tags":["swift"]}]"##)
        server.push(#"["message",{"seq":null,"time":"\#(time)","from":"bob","to":["ana"],"text":"psst","read":null}]"#)
        server.push(#"["left",{"name":"bob","time":"\#(time)"}]"#)
        let expected =
            "Server: bob has joined the server\n~bob: ana #swift\n~bob <Private>: psst\nServer: bob has left the server\n"
        let isSeen: Bool? = process.standardOutput.wait { output in
            String(decoding: output.bytes, as: UTF8.self).hasSuffix(expected) ? true : nil
        }
        #expect(isSeen == true)
        process.endInput()
        #expect(try process.wait() == .exit(0))
    }

    @Test func aBreakIsOvercomeAndNothingIsLost() throws {
        let server = try ScriptedChatServer { connection, line in
            connection == 0 && line.hasPrefix(#"["u""#) ? .close : nil
        }
        let result = try chat(server, input: "hello\n/quit\n")
        #expect(result.exitCode == 0)
        let connection = "the connection to 127.0.0.1:\(server.port)"
        #expect(result.errors.contains("\(connection) is lost: the server closed the connection; trying again"))
        #expect(result.errors.contains("Z connected again to 127.0.0.1:\(server.port) as ana\n"))
        #expect(result.output == "* connected to 127.0.0.1:\(server.port) as ana\n")
        let uploads = server.requests.access { $0.filter { $0.hasPrefix(#"["u""#) } }
        #expect(uploads.count == 2)
        #expect(Set(uploads).count == 1)
        #expect(server.requests.access { $0.contains(#"["follow",{"since":10}]"#) })
    }

    /// The chat reports this even if it lost the connection before it had signed in.
    @Test func aScriptHearsThatTheServerIsBackWhereItHeardThatItWasLost() throws {
        let server = try ScriptedChatServer { connection, line in
            connection == 0 && line.hasPrefix(#"["name""#) ? .close : nil
        }
        let result = try chat(server, input: "hello\n")
        #expect(result.exitCode == 0)
        #expect(result.errors.contains("is lost: the server closed the connection; trying again"))
        #expect(result.errors.hasSuffix("Z connected to 127.0.0.1:\(server.port) as ana\n"), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    /// The chat notices the end of the input even behind a line that still waits.
    @Test func aScriptWhoseServerIsGoneEnds() throws {
        let port = try Ports.free()
        var server: ScriptedChatServer? = try ScriptedChatServer(port: port)
        let directory = try TemporaryDirectory()
        let words = [Program.chat.path, "127.0.0.1", String(port), "--user", "ana"]
        let process = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path)
        process.write(Array("before\n".utf8))
        try server?.awaitRequest(#"["u",{"text":"before""#)
        server = nil
        let isLost: Bool? = process.standardError.wait { output in
            String(decoding: output.bytes, as: UTF8.self).contains("is lost") ? true : nil
        }
        #expect(isLost == true)
        process.write(Array("after\n/list\nlast".utf8))
        process.endInput()
        #expect(try process.wait() == .exit(69))
        let errors = process.standardError.access { String(decoding: $0.bytes, as: UTF8.self) }
        for line in ["after", "/list", "last"] { #expect(errors.contains("not sent: \(line)\n"), "\(errors)") }
    }

    @Test func aServerThatMeansHarmSteersNothing() throws {
        let nasty = #"\u001b[2J\u0007\u202e"#
        let server = try ScriptedChatServer { _, line in
            line.hasPrefix(#"["u""#)
                ? .lines([
                    #"["tweet",{"seq":11,"author":"\#(nasty)","text":"\#(nasty)","tags":[]}]"#,
                    #"["error",{"code":"too_long","message":"\#(nasty)"}]"#,
                ]) : nil
        }
        let result = try chat(server, input: "hello\n")
        #expect(result.output.contains(#"\u{1B}[2J\u{7}\u{202E}: \u{1B}[2J\u{7}\u{202E}"#))
        #expect(result.errors.contains(#"not sent: \u{1B}[2J\u{7}\u{202E}: hello"#))
        for text in [result.output, result.errors] {
            #expect(!text.unicodeScalars.contains { ($0.value < 0x20 && $0 != "\n") || $0 == "\u{202E}" })
        }
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request", String(repeating: "x", count: 100_000), #"["ok""#, #"["part",{"text":"x"}]"#,
    ])
    func whatIsNoChatServerIsSaid(line: String) throws {
        let server = try ScriptedChatServer { _, _ in .line(line) }
        let result = try chat(server, input: "hello\n")
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("127.0.0.1:\(server.port)"), "the server is named")
        #expect(result.output.isEmpty)
    }

    @Test func aLineThatNeverEndsIsNotKept() throws {
        let server = try ScriptedServer(repeatingLast: .shout("[" + String(repeating: "x", count: 1 << 20)))
        let result = try run(.chat, ["127.0.0.1", String(server.port), "--user", "ana"], input: "hello\n")
        #expect(result.exitCode == 76)
        #expect(result.errors.contains("a line is longer than 8192 bytes"))
    }

    // MARK: Exit

    @Test func aPasswordComesFromTheEnvironment() throws {
        let server = try ScriptedChatServer()
        let arguments = ["127.0.0.1", String(server.port), "--user", "ana"]
        let result = try run(.chat, arguments, environment: ["TTWEET_PASSWORD": "correct horse"])
        #expect(result.exitCode == 0)
        try server.awaitRequest(#"["login",{"name":"ana","password":"correct horse"}]"#)
        let short = try run(.chat, arguments, environment: ["TTWEET_PASSWORD": "short"])
        #expect(short.exitCode == 78)
        #expect(!short.errors.contains("\"short\""))
    }

    @Test func linesBehindACommandThatWantsAPasswordAreNeitherSentNorShown() throws {
        let server = try ScriptedChatServer()
        let result = try chat(server, input: "hello\n/login eve\nsecretpw2\nhi\n")
        #expect(result.exitCode == 77)
        #expect(result.errors.contains("TTWEET_PASSWORD is not set: /login eve\n"))
        let said = "the lines after /login are not sent: they may be passwords\n"
        #expect(result.errors.hasSuffix(said), "\(result.errors)")
        #expect(!(result.output + result.errors).contains("secretpw2"))
        try server.awaitRequest("leave")
        #expect(server.requests.access { $0.filter { $0.hasPrefix(#"["u""#) } }.count == 1)
    }

    @Test func linesBehindASignInThatWantsAPasswordAreCounted() throws {
        let server = try ScriptedChatServer { _, line in
            if line.hasPrefix(#"["name""#) { return .line(Self.taken) }
            if line.hasPrefix(#"["who","ana""#) {
                return .line(#"["ok",{"name":"ana","status":"offline","account":true}]"#)
            }
            return nil
        }
        let result = try chat(server, script: "secretpw2\nhello\n")
        #expect(result.exitCode == 77)
        #expect(result.errors.contains(" 2 lines are not sent: they may be passwords\n"), "\(result.errors)")
        #expect(!(result.output + result.errors).contains("secretpw2"))
        #expect(!server.requests.access { $0.contains { $0.hasPrefix(#"["u""#) } })
    }

    @Test func aNameThatIsTakenIsTheEnd() throws {
        let server = try ScriptedChatServer { _, line in
            if line.hasPrefix(#"["name""#) { return .line(Self.taken) }
            if line.hasPrefix(#"["who","ana""#) {
                return .line(#"["ok",{"name":"ana","status":"online","account":false}]"#)
            }
            return nil
        }
        let result = try chat(server, script: "hello\n")
        #expect(result.exitCode == 77)
        #expect(result.errors.contains("the name ana is taken: somebody else has it"))
        #expect(result.errors.contains("not sent: hello"))
        #expect(!server.requests.access { $0.contains { $0.hasPrefix(#"["u""#) } })
    }

    @Test(arguments: [
        (#"["u""#, "too_long", "hello", 65), (#"["message""#, "no_such_name", "@bob hi", 67),
        (#"["who","bob""#, "no_such_name", "/who bob", 67), (#"["u""#, "not_permitted", "hello", 77),
        ("never", "none", String(repeating: "x", count: 151), 65), ("never", "none", "x\u{7}y", 65),
    ])
    func aScriptEndsWithTheCodeOfTheFirstRefusal(request: String, code: String, line: String, exit: Int32) throws {
        let server = try ScriptedChatServer { _, line in
            line.hasPrefix(request) ? .line(#"["error",{"code":"\#(code)","message":"refused"}]"#) : nil
        }
        let result = try chat(server, input: "\(line)\n/hide\n")
        #expect(result.exitCode == exit)
        // The report escapes a control character.
        let named = line.last == "y" ? "u{7}y" : String(line.prefix(8))
        #expect(result.errors.contains(named), "\(result.errors)")
        try server.awaitRequest("hide")
    }

    /// Some lines wait in the chat, and it has not read the others yet.
    @Test func everyLineThatIsNotSentIsNamed() throws {
        let server = try ScriptedChatServer { _, line in
            line.hasPrefix(#"["name""#) ? .line(#"["error",{"code":"bad_name","message":"no"}]"#) : nil
        }
        let lines = (0..<2000).map { "line \($0) " + String(repeating: "x", count: 60) }
        let directory = try TemporaryDirectory()
        try directory.write(lines.joined(separator: "\n"), to: "lines")
        let words = ["sh", "-c", #"exec "$@" < lines"#, "-", Program.chat.path, "127.0.0.1", String(server.port)]
        let result = try run(words + ["--user", "ana"], in: directory)
        #expect(result.exitCode == 65)
        let named = result.errors.split(separator: "\n").compactMap { error in
            error.split(separator: "not sent: ").dropFirst().first.map(String.init)
        }
        // The lines that wait in the chat come first; all lines are in the order of the script.
        #expect(named == lines)
    }

    @Test func aLineThatIsNoTextOrTooLongIsNamedByItsNumber() throws {
        let server = try ScriptedChatServer()
        let long = String(repeating: "x", count: 9000)
        let lines = ["good", "", "bad \(long)", "bad \u{0} line", "/quit", "", "bad \u{0}", ""]
        let input = lines.joined(separator: "\n").utf8.map { $0 == 0 ? 0xFF : $0 }
        let result = try run([Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana"], input: input)
        #expect(result.exitCode == 65)
        #expect(result.errors.contains(" line 3 is longer than 8192 bytes\n"))
        #expect(result.errors.contains(" line 4 is not valid UTF-8\n"))
        #expect(result.errors.contains(" not sent: line 7, which is not valid UTF-8\n"))
        try server.awaitRequest(#"["u",{"text":"good""#)
    }

    @Test func linesBehindQuitAreNamed() throws {
        let server = try ScriptedChatServer()
        let result = try chat(server, input: "hello\n/quit\nnever\n\nnor this")
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("not sent: never\n"))
        #expect(result.errors.contains("not sent: nor this\n"))
    }

    @Test func aGuestComesBackWithTheSameSecret() throws {
        let server = try ScriptedChatServer { connection, line in
            connection == 0 && line.hasPrefix(#"["u""#) ? .close : nil
        }
        #expect(try chat(server, input: "hello\n").exitCode == 0)
        #expect(try chat(server, input: "hello\n").exitCode == 0)
        let names = try server.awaitRequest(#"["name",{"name":"ana","resume":""#, count: 3)
        #expect(names[0] == names[1])
        #expect(names[1] != names[2], "each run has its own")
    }

    @Test func noServerIsUnreachableAndNoHostUnknown() throws {
        let port = try Ports.free()
        let refused = try run(.chat, ["127.0.0.1", String(port), "--user", "ana"])
        #expect(refused.exitCode == 69)
        #expect(refused.errors.contains("cannot connect to 127.0.0.1:\(port) (Connection refused)"))
        #expect(try run(.chat, ["host.invalid", "--user", "ana"]).exitCode == 68)
    }

    /// No SIGPIPE kills the program that writes the script, and the chat does not report the script's end as unsent.
    @Test func whereTheServerIsNotThereTheScriptIsReadAndDropped() throws {
        let script = "{ head -c 3000000 /dev/zero | tr '\\0' '\\n'; echo \"writer $?\" >&2; } | \"$@\""
        let words = [Program.chat.path, "127.0.0.1", String(try Ports.free()), "--user", "ana"]
        let result = try run(["sh", "-c", script, "-"] + words)
        #expect(result.exitCode == 69)
        #expect(result.errors.contains("writer 0\n"))
        let short = try run(words, input: Array("hello\n/quit\n".utf8))
        #expect(short.errors.contains("not sent: hello\n"))
        #expect(!short.errors.contains("/quit"))
    }

    @Test(arguments: [
        ([], "give your name with --user"), (["--user", "a b"], "--user must be 1 to 20 ASCII letters and digits"),
        (["--user"], "--user needs a value"), (["--nope"], "there is no option --nope"),
        (["a", "1", "c"], "give HOST and PORT, not 3 operands"), (["a", "x", "--user", "ana"], "is not a port"),
        (["-x"], "there is no option -x"), (["a", "--host", "b"], "HOST and --host differ"),
        (["--use", "ana"], "there is no option --use"), (["--user", "ana", "-h"], "-h must be the only argument"),
        (["a:1", "--server", "a:2"], "HOST:PORT and --server differ"), (["--server", "a"], "\"a\" is not HOST:PORT"),
        (["a:1", "2"], "HOST must not contain a port when PORT is given: a:1"),
        (["", "--user", "ana"], "HOST: the host is empty"),
        (["[::1", "2", "--user", "ana"], "HOST must be a name or an address, not [::1"),
    ])
    func wrongUsageIsSaid(arguments: [String], text: String) throws {
        let result = try run(.chat, arguments)
        #expect(result.exitCode == 64)
        #expect(result.errors.contains(text))
        #expect(result.output.isEmpty)
    }

    @Test func helpAndVersionArePrinted() throws {
        let help = try run(.chat, ["--help"])
        #expect(help.exitCode == 0)
        #expect(help.output.hasPrefix("Usage: ttweetchat [HOST [PORT]] [OPTION]..."))
        #expect(help.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(help.output == (try run(.chat, ["-h"])).output)
        #expect(try run(.chat, ["--version"]).output == "ttweetchat 0.1.0\n")
    }

    @Test func theServersConfigurationFileTellsWhereItIs() throws {
        let server = try ScriptedChatServer()
        let directory = try TemporaryDirectory()
        try directory.write("# shared\nhost = 127.0.0.1\nport = \(server.port)\nlog-max = 10M\n", to: "ttweet.conf")
        let result = try run(.chat, ["--config", "ttweet.conf", "--user", "ana"], in: directory)
        #expect(result.exitCode == 0)
        let other = try run(.chat, ["--user", "ana"], environment: ["TTWEET_CONFIG": "ttweet.conf"], in: directory)
        #expect(other.exitCode == 0)
        #expect(try run(.chat, ["--config", "none", "--user", "ana"], in: directory).exitCode == 78)
    }

    /// Starts the chat with a pipe as standard output.
    private func start(
        _ server: ScriptedChatServer, in directory: TemporaryDirectory, writingTo ends: (reader: CInt, writer: CInt)
    ) throws -> ChildProcess {
        let words = [Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana"]
        let process = try ChildProcess(
            words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
            directory: directory.path, outputs: (ends.writer, nil))
        close(ends.writer)
        return process
    }

    @Test func anOutputThatNobodyReadsIsTheEnd() throws {
        let server = try ScriptedChatServer()
        let ends = try WatchedOutput.pipe()
        close(ends.reader)
        let directory = try TemporaryDirectory()
        let process = try start(server, in: directory, writingTo: ends)
        #expect(try process.wait() == .exit(74))
    }

    /// The reader closes the pipe in the middle of a script.
    @Test func anOutputThatIsClosedInTheMiddleLeavesNoLineUnnamed() throws {
        let server = try ScriptedChatServer { _, line in line.contains("\"two\"") ? .lines([]) : nil }
        let ends = try WatchedOutput.pipe()
        let directory = try TemporaryDirectory()
        let process = try start(server, in: directory, writingTo: ends)
        process.write(Array("one\ntwo\nthree\n/list\nfour\n".utf8))
        try server.awaitRequest("\"two\"")
        close(ends.reader)
        // Pushes more than a pipe holds, since a program that another test starts may hold the reader for a moment.
        let line = #"["joined",{"name":"bob","time":"2026-11-21T05:03:00.123Z"}]"#
        server.push(Array(repeating: line, count: 5000).joined(separator: "\n"))
        #expect(try process.wait() == .exit(74))
        let errors = process.standardError.access { String(decoding: $0.bytes, as: UTF8.self) }
        let named = errors.split(separator: "\n").compactMap { $0.split(separator: "Z ").last.map(String.init) }
        #expect(
            named == [
                "it is unknown whether this was stored: two", "not sent: three", "not sent: /list", "not sent: four",
            ])
    }

    /// The chat has taken the first line, and has not read the others.
    @Test(arguments: [">&-", ">/dev/full"])
    func anOutputThatCannotBeWrittenLeavesNoLineUnnamed(output: String) throws {
        let server = try ScriptedChatServer()
        let words = ["sh", "-c", "exec \"$@\" \(output)", "-", Program.chat.path, "127.0.0.1", String(server.port)]
        let result = try run(words + ["--user", "rob"], input: Array("unsent1\n\nunsent2\n".utf8))
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot write standard output: "))
        let named = result.errors.split(separator: "\n").compactMap { error in
            error.split(separator: "not sent: ").dropFirst().first.map(String.init)
        }
        #expect(named == ["unsent1", "unsent2"])
        #expect(!server.requests.access { $0.contains { $0.hasPrefix(#"["u""#) } })
    }

    @Test(arguments: [("</", "Is a directory"), ("<&-", "Bad file descriptor")])
    func anInputThatCannotBeReadIsSaid(input: String, reason: String) throws {
        let server = try ScriptedChatServer()
        let words = ["sh", "-c", "exec \"$@\" \(input)", "-", Program.chat.path, "127.0.0.1", String(server.port)]
        let result = try run(words + ["--user", "ana"])
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot read standard input: "))
        #expect(result.errors.contains(reason), "\(result.errors)")
    }

    @Test func aSignalEndsItAsTheShellExpects() throws {
        let server = try ScriptedChatServer()
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let directory = try TemporaryDirectory()
            let words = [Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana"]
            let process = try ChildProcess(
                words.map { Array($0.utf8) }, environment: programEnvironment(home: directory.path),
                directory: directory.path)
            let isHere: Bool? = process.standardOutput.wait { $0.bytes.isEmpty ? nil : true }
            #expect(isHere == true)
            process.signal(number)
            #expect(try process.wait() == .signal(number))
        }
    }

    /// Foundation would cost every start several milliseconds.
    @Test func noFoundationIsLinked() throws {
        let libraries = try run(["ldd", Program.chat.path])
        #expect(libraries.exitCode == 0)
        #expect(!libraries.output.contains("Foundation"))
    }
}
