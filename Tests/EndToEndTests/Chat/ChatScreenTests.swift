import CSystem
import Foundation
import TestSupport
import Testing

/// The chat on a terminal, as a person sees it, with a scripted server.
@Suite(.ownThreads, .enabled(if: TmuxTerminal.isInstalled, "tmux(1) is not installed"))
struct ChatScreenTests {
    private static let time = "2026-11-21T05:03:00.123Z"

    private func words(_ server: ScriptedChatServer, _ more: String...) -> [String] {
        [Program.chat.path, "127.0.0.1", String(server.port)] + more
    }

    private func tweet(_ sequence: Int, _ text: String) -> String {
        #"["tweet",{"seq":\#(sequence),"time":"\#(Self.time)","author":"bob","text":"\#(text)","tags":[]}]"#
    }

    @Test func aPersonIsAskedForANameAndChats() throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(words(server))
        try terminal.wait(for: "Name:")
        try terminal.enter("not a name")
        try terminal.wait(for: "a name is 1 to 20 ASCII letters and digits")
        try terminal.enter("ana")
        try terminal.wait(for: "connected to 127.0.0.1:\(server.port) as ana")
        try terminal.type("hello #swift, 日本")
        try terminal.wait(for: "134")
        try terminal.press("Enter")
        try server.awaitRequest(##"["u",{"text":"hello #swift, 日本""##)
        let screen = try terminal.wait(for: "150")
        #expect(screen.count == 24)
        #expect(screen[22].contains("connected | ana"))
        #expect(screen[23].hasPrefix("> "))
    }

    @Test func whatArrivesDoesNotTearWhatIsTyped() throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(words(server, "--user", "ana"), columns: 60, rows: 10)
        try server.awaitRequest("follow")
        try terminal.type("half a mess")
        try terminal.wait(for: "> half a mess")
        for number in 11...40 { server.push(tweet(number, "message \(number) 日本語 e\u{301} 👍")) }
        let screen = try terminal.wait(for: "message 40")
        #expect(screen[9].hasPrefix("> half a mess"))
        #expect(screen[0...7].enumerated().allSatisfy { $1.contains("bob: message \($0 + 33) 日本語 é 👍") }, "\(screen)")
        #expect(try terminal.variable("cursor_x") == "13")
        #expect(try terminal.variable("cursor_y") == "9")
    }

    @Test func resizingKeepsEverything() throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(words(server, "--user", "ana"))
        try server.awaitRequest("follow")
        for number in 11...14 { server.push(tweet(number, "message \(number)")) }
        try terminal.type("half a message")
        try terminal.wait(for: "message 14")
        try terminal.resize(columns: 20, rows: 5)
        try terminal.wait(for: "a small screen") { rows in
            rows.count == 5 && rows[2] == "~bob: message 14" && rows[4].hasPrefix("> ") ? true : nil
        }
        try terminal.resize(columns: 120, rows: 40)
        try terminal.wait(for: "a large screen") { rows in
            rows.count == 40 && rows[37].contains("bob: message 14") && rows[39].hasPrefix("> half a message")
                ? true : nil
        }
    }

    @Test func aChatThatWasStoppedGoesOnInAnotherSize() throws {
        let server = try ScriptedChatServer()
        // In a shell with job control, ^Z gives the terminal to the shell, and `fg` gives it back to the chat.
        let terminal = try TmuxTerminal(["sh", "-i"])
        try terminal.enter((words(server) + ["--user", "ana"]).joined(separator: " "))
        try terminal.wait(for: "connected to")
        try terminal.type("half a message")
        try terminal.wait(for: "> half a message")
        try terminal.press("C-z")
        try terminal.wait(for: "alternate_on", "0")
        try terminal.resize(columns: 60, rows: 10)
        try terminal.enter("fg")
        try terminal.wait(for: "the chat in another size") { rows in
            rows.count == 10 && rows[9].hasPrefix("> half a message") ? true : nil
        }
    }

    @Test func aServerThatIsCutOffIsSaidAndTypingGoesOn() throws {
        let server = try ScriptedChatServer { connection, line in
            connection > 0 && line.hasPrefix(#"["follow""#)
                ? .lines([
                    #"["tweet",{"seq":12,"time":"2026-11-21T05:03:00.123Z","author":"bob","text":"missed","tags":[]}]"#,
                    #"["ok",{"seq":12}]"#,
                ]) : nil
        }
        let terminal = try TmuxTerminal(words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        try terminal.type("still ")
        server.disconnectAll()
        try terminal.wait(for: "the connection to 127.0.0.1:\(server.port) is lost")
        try terminal.type("typing")
        try terminal.wait(for: "> still typing")
        try terminal.wait(for: "connected again")
        try terminal.wait(for: "bob: missed")
        try terminal.wait(for: "> still typing")
    }

    @Test func aPasswordIsNotSeen() throws {
        let server = try ScriptedChatServer { _, line in
            if line.hasPrefix(#"["name""#) { return .line(#"["error",{"code":"name_taken","message":"taken"}]"#) }
            if line.hasPrefix(#"["who","ana""#) {
                return .line(#"["ok",{"name":"ana","status":"offline","account":true}]"#)
            }
            return nil
        }
        let terminal = try TmuxTerminal(words(server, "--user", "ana"))
        try terminal.wait(for: "Password of ana:")
        try terminal.type("correct horse")
        let screen = try terminal.wait(for: "*************")
        #expect(!screen.joined().contains("horse"))
        try terminal.press("Enter")
        try server.awaitRequest(#"["login",{"name":"ana","password":"correct horse"}]"#)
        #expect(!(try terminal.wait(for: "connected to")).joined().contains("horse"))
    }

    /// A server that refuses the name on its second connection if `refusing` is set.
    private func restarting(refusing: Bool) throws -> ScriptedChatServer {
        try ScriptedChatServer { connection, line in
            refusing && connection == 1 && line.hasPrefix(#"["name",{"name":"ana""#)
                ? .line(#"["error",{"code":"bad_name","message":"no such guest"}]"#) : nil
        }
    }

    @Test(arguments: ["screen-256color", "no-such-terminal"])
    func aPasswordThatIsBeingTypedStaysOneWhenTheServerComesBack(kind: String) throws {
        let server = try restarting(refusing: false)
        let terminal = try TmuxTerminal(["env", "TERM=\(kind)"] + words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        try terminal.enter("/signup")
        try terminal.wait(for: "New password for ana:")
        try terminal.type("correct")
        server.disconnectAll()
        try terminal.wait(for: "connected again")
        try terminal.enter(" horse")
        try terminal.wait(for: "Repeat the password:")
        try terminal.enter("correct horse")
        try server.awaitRequest(#"["signup",{"name":"ana","password":"correct horse"}]"#)
        #expect(!(try terminal.wait(for: "you have the account ana now")).joined().contains("horse"))
        #expect(server.requests.access { !$0.contains { $0.hasPrefix(#"["u""#) } })
    }

    @Test(arguments: ["screen-256color", "dumb"])
    func aPasswordThatIsTypedBehindARefusedCommandIsNeitherSeenNorSent(kind: String) throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(["env", "TERM=\(kind)"] + words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        try terminal.enter("/passwd")
        try terminal.wait(for: "No password is asked for, an empty line continues:")
        try terminal.enter("correct horse")
        try terminal.wait(for: "dropped: it may be a password")
        try terminal.enter("")
        try terminal.enter("hello")
        try server.awaitRequest(#"["u",{"text":"hello""#)
        #expect(!(try terminal.screen()).joined().contains("horse"))
        #expect(server.requests.access { !$0.contains { $0.contains("horse") } })
    }

    @Test(arguments: ["screen-256color", "no-such-terminal"])
    func aMessageThatIsBeingTypedIsNoNameWhenTheNameIsLost(kind: String) throws {
        let server = try restarting(refusing: true)
        let terminal = try TmuxTerminal(["env", "TERM=\(kind)"] + words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        try terminal.type("half")
        try terminal.wait(for: "half")
        server.disconnectAll()
        try terminal.wait(for: "what you were typing is dropped")
        try terminal.enter("way")
        try terminal.enter("eve")
        try server.awaitRequest(#"["name",{"name":"eve""#)
        #expect(server.requests.access { !$0.contains { $0.contains("way") } })
    }

    /// The chat has not asked this terminal to mark pastes, but an earlier program may have.
    @Test func aMarkedPasteAmongPlainLinesIsTextAndAskedAbout() throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(["env", "TERM=dumb"] + words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        for isSent in [false, true] {
            try terminal.send(Array("\u{1B}[200~one\r/quit\rthree\r\u{1B}[201~".utf8))
            try terminal.wait(for: "Enter ends it")
            try terminal.press("Enter")
            try terminal.wait(for: "Send the 3 pasted lines as messages? y/n")
            #expect(server.requests.access { !$0.contains { $0.hasPrefix(#"["u""#) } })
            try terminal.enter(isSent ? "y" : "n")
        }
        try server.awaitRequest(#"["u","#, count: 3)
        try server.awaitRequest(#"["u",{"text":"/quit""#)
        try terminal.enter("/quit")
        try server.awaitRequest("leave")
    }

    /// A terminal that does not know the sequence would show it.
    @Test(arguments: [
        ("screen", true), ("vt100", true), ("xterm-of-tomorrow", true), ("ansi", false), ("vt52", false),
        ("emacs", false), ("network", false), ("glasstty", false), ("no-such-terminal", false), ("dumb", false),
    ])
    func onlyATerminalThatKnowsModesIsAskedToMarkPastes(kind: String, isAsked: Bool) throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(["sh", "-i"])
        try terminal.record()
        let line = (words(server) + ["--user", "ana"]).joined(separator: " ")
        try terminal.enter("TERM=\(kind) \(line); echo left with $?")
        try server.awaitRequest("follow")
        try terminal.enter("/quit")
        let record = try terminal.awaitRecord("left with 0")
        for sequence in ["[?2004h", "[?2004l"] { #expect(record.contains(sequence) == isAsked, "\(record)") }
    }

    /// The rest of the paste would reach the shell, which would run its lines.
    @Test func aPasteThatIsComingInIsNotSuspended() throws {
        let server = try ScriptedChatServer()
        // In a shell with job control, ^Z would give the terminal to the shell.
        let terminal = try TmuxTerminal(["sh", "-i"])
        try terminal.enter("TERM=dumb " + (words(server) + ["--user", "ana"]).joined(separator: " "))
        try terminal.wait(for: "connected to")
        try terminal.send(Array("\u{1B}[200~one\r".utf8))
        try terminal.wait(for: "Enter ends it")
        try terminal.press("C-z")
        try terminal.send(Array("\rtwo\u{1B}[201~\r".utf8))
        try terminal.wait(for: "Send the 2 pasted")
        try terminal.enter("n")
        try terminal.enter("/quit")
        try server.awaitRequest("leave")
    }

    @Test(arguments: [false, true])
    func aPasteAmongPlainLinesIsNamedAtTheEnd(hasEnd: Bool) throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(["env", "TERM=dumb"] + words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        try terminal.send(Array("\u{1B}[200~one\r/quit\r\(hasEnd ? "\u{1B}[201~\r" : "")".utf8))
        try terminal.wait(for: hasEnd ? "Send the 2 pasted" : "Enter ends it")
        try terminal.press("C-d")
        try terminal.wait(for: hasEnd ? "Z the 2 pasted lines are not sent" : "Z the paste is not sent: its end is")
        #expect(server.requests.access { !$0.contains { $0.hasPrefix(#"["u""#) } })
    }

    /// The chat sends its request to the terminal on standard error, since a program reads standard output.
    @Test func aPasteIsTextAlsoWhereAProgramReadsTheOutput() throws {
        let server = try ScriptedChatServer()
        let line = words(server, "--user", "ana").joined(separator: " ")
        let terminal = try TmuxTerminal(["sh", "-c", "\(line) | cat"])
        try terminal.wait(for: "connected to")
        try terminal.paste("one\n/quit\nlast")
        try terminal.wait(for: "Enter ends it")
        try terminal.press("Enter")
        try terminal.wait(for: "Send the 3 pasted lines as messages? y/n")
        #expect(server.requests.access { !$0.contains { $0.hasPrefix(#"["u""#) } })
        try terminal.enter("what")
        try terminal.wait(for: "dropped: first answer y or n")
        try terminal.enter("y")
        try server.awaitRequest(#"["u","#, count: 3)
        try server.awaitRequest(#"["u",{"text":"/quit""#)
        try terminal.enter("/quit")
        try server.awaitRequest("leave")
    }

    @Test(arguments: ["screen-256color", "dumb"])
    func aMessageForThisPersonIsMarked(kind: String) throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal(["env", "TERM=\(kind)"] + words(server, "--user", "ana"))
        try terminal.wait(for: "connected to")
        try server.awaitRequest("follow")
        server.push(
            #"["message",{"seq":null,"time":"\#(Self.time)","from":"bob","to":["ana"],"text":"psst","read":null}]"#)
        server.push(tweet(11, "hello ana"))
        server.push(tweet(12, "hello all"))
        let screen = try terminal.wait(for: "bob: hello all")
        for line in ["» ~bob <Private>: psst", "» ~bob: hello ana"] {
            #expect(screen.contains { $0.hasSuffix(line) }, "\(screen)")
        }
        #expect(screen.filter { $0.contains("»") }.count == 2)
    }

    // MARK: The terminal afterwards

    /// Checks that the terminal has its earlier modes, a visible cursor and its earlier screen.
    private func expectRestored(_ terminal: TmuxTerminal, status: Int32) throws {
        try terminal.wait(for: "left with \(status)")
        #expect(try terminal.awaitFile("after") == terminal.awaitFile("before"))
        #expect(try terminal.variable("alternate_on") == "0")
        #expect(try terminal.variable("cursor_flag") == "1")
    }

    private func started(_ server: ScriptedChatServer) throws -> TmuxTerminal {
        // A toolchain's crash report would wait for a key, and a sanitizer's report would fill the screen.
        let own = "handle_segv=0:handle_abort=0:handle_sigill=0:handle_sigbus=0:handle_sigfpe=0:handle_sigtrap=0"
        let environment = ["SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": own, "TSAN_OPTIONS": own]
        let terminal = try TmuxTerminal.underShell(words(server, "--user", "ana"), environment: environment)
        try terminal.wait(for: "connected to")
        #expect(try terminal.variable("alternate_on") == "1")
        return terminal
    }

    @Test(arguments: ["/quit", "!exit"])
    func quittingLeavesTheTerminalAsItWas(line: String) throws {
        let server = try ScriptedChatServer()
        let terminal = try started(server)
        try terminal.enter(line)
        try expectRestored(terminal, status: 0)
    }

    /// The chat has left its screen by then.
    @Test(arguments: [false, true])
    func aMessageWithoutAnAnswerIsNamedBehindTheScreen(isInterrupted: Bool) throws {
        let server = try ScriptedChatServer { _, line in
            line.hasPrefix(#"["leave""#) ? .close : line.hasPrefix(#"["u""#) ? .lines([]) : nil
        }
        let terminal = try started(server)
        try terminal.enter("hello")
        try server.awaitRequest(#"["u""#)
        if isInterrupted { try terminal.press("C-c") } else { try terminal.enter("/quit") }
        let text = try terminal.wait(for: "left with").joined()
        #expect(text.contains("Z it is unknown whether this was stored: hello"), "\(text)")
    }

    @Test func controlCLeavesTheTerminalAsItWas() throws {
        let server = try ScriptedChatServer()
        let terminal = try started(server)
        try terminal.press("C-c")
        try expectRestored(terminal, status: 128 + SIGINT)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE, SIGTRAP])
    func aSignalOrACrashLeavesTheTerminalAsItWas(number: CInt) throws {
        let server = try ScriptedChatServer()
        let terminal = try started(server)
        let id = try #require(pid_t(try terminal.awaitFile("id")))
        kill(id, number)
        try expectRestored(terminal, status: 128 + number)
    }

    @Test(arguments: ["no-such-terminal", "dumb", "unknown", ""])
    func aTerminalWithoutAScreenGetsPlainLines(kind: String) throws {
        let server = try ScriptedChatServer()
        let words = ["env", "TERM=\(kind)"] + words(server)
        let terminal = try TmuxTerminal.underShell(words)
        if kind.count > "unknown".count {
            try terminal.wait(for: #"the terminal "no-such-terminal" is not known: plain lines instead"#)
        }
        try terminal.wait(for: "Name:")
        #expect(try terminal.variable("alternate_on") == "0")
        try terminal.enter("ana")
        try terminal.wait(for: "* connected to")
        try terminal.enter("/signup")
        try terminal.wait(for: "New password for ana:")
        try terminal.enter("correct horse")
        try terminal.wait(for: "Repeat the password:")
        try terminal.enter("correct horse")
        let screen = try terminal.wait(for: "you have the account ana now")
        #expect(!screen.joined().contains("horse"))
        try terminal.enter("/quit")
        try expectRestored(terminal, status: 0)
    }
}
