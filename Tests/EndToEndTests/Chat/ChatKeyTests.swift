import CSystem
import Foundation
import TestSupport
import Testing

/// Keys and pastes as a terminal sends them, and a wide screen as it shows it.
@Suite(.ownThreads, .enabled(if: TmuxTerminal.isInstalled, "tmux(1) is not installed"))
struct ChatKeyTests {
    private static let time = "2026-11-21T05:03:00.123Z"

    private func chat(
        _ server: ScriptedChatServer, columns: Int = 80, rows: Int = 24, _ more: String...
    ) throws -> TmuxTerminal {
        let words = [Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana"] + more
        let terminal = try TmuxTerminal(words, columns: columns, rows: rows)
        try terminal.wait(for: "connected to")
        try server.awaitRequest("follow")
        return terminal
    }

    private func tweet(_ sequence: Int, _ text: String) -> String {
        #"["tweet",{"seq":\#(sequence),"time":"\#(Self.time)","author":"bob","text":"\#(text)","tags":[]}]"#
    }

    /// The texts that were uploaded, in order.
    private func uploads(_ server: ScriptedChatServer) -> [String] {
        server.requests.access { $0 }.compactMap { line in
            guard line.hasPrefix(#"["u""#) else { return nil }
            return line.split(separator: "\"").dropFirst(5).first.map(String.init)
        }
    }

    // MARK: Pastes and type-ahead

    /// The user pressed the key before the question was on the screen.
    @Test func aKeyBehindAPasteIsNoAnswerToItsQuestion() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        try terminal.send(Array("\u{1B}[200~one\rtwo\r\u{1B}[201~y".utf8))
        try terminal.wait(for: "Send the 2 pasted lines as messages? y/n")
        try terminal.type("n")
        try terminal.enter("hello")
        try server.awaitRequest(#"["u",{"text":"hello""#)
        #expect(uploads(server) == ["hello"])
    }

    @Test func pastedLinesThatNobodyHasDecidedAboutAreNamedAtTheEnd() throws {
        let server = try ScriptedChatServer()
        let terminal = try TmuxTerminal.underShell([
            Program.chat.path, "127.0.0.1", String(server.port), "--user", "ana",
        ])
        try terminal.wait(for: "connected to")
        try terminal.paste("one\ntwo")
        try terminal.wait(for: "Send the 2 pasted lines as messages? y/n")
        try terminal.press("C-d")
        try terminal.wait(for: "Z the 2 pasted lines are not sent")
        #expect(uploads(server).isEmpty)
    }

    // MARK: Keys

    @Test func sequencesOfKeysAreNoText() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        try terminal.type("one")
        // Shift-Up, Shift-Left, Ctrl-Del, Alt-x, F5, a focus report, a mouse report, the answer to a colour query, and
        // the end mark of a paste that has not begun.
        for sequence in [
            "[1;2B", "[1;2D", "[3;5~", "x", "[15~", "[I", "[<0;10;20M", "]11;rgb:0000/0000/0000\u{1B}\\", "[201~",
        ] {
            try terminal.send([0x1B] + Array(sequence.utf8))
        }
        try terminal.type("X")
        try terminal.wait(for: "> onXe")
        // The keypad's Enter.
        try terminal.send(Array("\u{1B}OM".utf8))
        try server.awaitRequest(#"["u",{"text":"onXe""#)
    }

    // MARK: Pastes

    @Test func severalPastedLinesAreAskedAboutAndAreNoCommands() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        try terminal.type("draft")
        try terminal.paste("first\n/quit\n@bob psst\n\nlast")
        let screen = try terminal.wait(for: "Send the 4 pasted lines as messages? y/n")
        #expect(!screen.contains { $0.contains("psst") })
        try terminal.press("Enter")
        #expect(uploads(server).isEmpty)
        try terminal.press("n")
        try terminal.wait(for: "> draft")
        try terminal.paste("first\n/quit\n@bob psst\n\nlast\n")
        try terminal.wait(for: "y/n")
        try terminal.press("y")
        try server.awaitRequest(#"["u","#, count: 4)
        #expect(uploads(server) == ["first", "/quit", "@bob psst", "last"])
        try terminal.wait(for: "> draft")
    }

    @Test func anAnswerThatStandsBehindThePasteAlreadyIsNone() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        try terminal.send(Array("\u{1B}[200~one\rtwo\r\n\u{1B}[201~y".utf8))
        try terminal.wait(for: "Send the 2 pasted lines as messages? y/n")
        try terminal.press("n")
        try terminal.wait(for: "no question") { rows in rows.contains { $0.contains("y/n") } ? nil : true }
        #expect(uploads(server).isEmpty)
    }

    @Test func onePastedLineIsTypedText() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        try terminal.paste("/quit\n")
        try terminal.wait(for: "> /quit")
        for _ in 0..<5 { try terminal.press("BSpace") }
        try terminal.paste("hello 日本\n")
        try terminal.wait(for: "> hello 日本")
        try terminal.press("Enter")
        try server.awaitRequest(#"["u",{"text":"hello 日本""#)
    }

    @Test func aPasswordIsPastedUnseenAndOneOfSeveralLinesIsNone() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        try terminal.enter("/signup")
        try terminal.wait(for: "New password for ana:")
        try terminal.paste("correct\nhorse\n")
        try terminal.wait(for: "the paste is dropped: a password is one line")
        try terminal.paste("correct horse\n")
        try terminal.wait(for: "*************")
        try terminal.press("Enter")
        try terminal.wait(for: "Repeat the password:")
        try terminal.paste("correct horse")
        try terminal.wait(for: "*************")
        try terminal.press("Enter")
        try server.awaitRequest(#"["signup",{"name":"ana","password":"correct horse"}]"#)
        #expect(!(try terminal.wait(for: "you have the account ana now")).joined().contains("horse"))
        #expect(uploads(server).isEmpty)
    }

    // MARK: The screen

    @Test func aWideTerminalListsThePeopleBesideTheMessages() throws {
        let server = try ScriptedChatServer { _, line in
            guard line.hasPrefix(#"["who",{"here""#) else { return nil }
            return .lines([
                #"["part",{"name":"ana","status":"online","account":false}]"#,
                #"["part",{"name":"Zoe","status":"online","account":false}]"#, #"["ok",{"count":2}]"#,
            ])
        }
        let terminal = try chat(server, columns: 100, rows: 10)
        try terminal.wait(for: "the list") { rows in
            rows[0].hasSuffix("│ 2 here") && rows[1].hasSuffix("│ ana") && rows[2].hasSuffix("│ Zoe") ? true : nil
        }
        server.push(#"["joined",{"name":"bob","time":"\#(Self.time)"}]"#)
        try terminal.wait(for: "bob in the list") { rows in
            rows[2].hasSuffix("│ bob") && rows[0].hasSuffix("│ 3 here") ? true : nil
        }
        server.push(#"["left",{"name":"Zoe","time":"\#(Self.time)"}]"#)
        try terminal.wait(for: "Zoe not in the list") { $0[3].hasSuffix("│") ? true : nil }
        try terminal.resize(columns: 99, rows: 10)
        try terminal.wait(for: "no list") { rows in rows.contains { $0.contains("│") } ? nil : true }
    }

    @Test func aReaderWhoseLinesAreDroppedStillHasAWholePage() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server, columns: 80, rows: 12)
        for number in 11...40 { server.push(tweet(number, "message \(number)")) }
        try terminal.wait(for: "message 40")
        try terminal.press("PPage")
        try terminal.wait(for: "scrolled back")
        for number in 41...2540 { server.push(tweet(number, "message \(number)")) }
        let screen = try terminal.wait(for: "2500 new below")
        let numbers = screen[0..<10].compactMap { $0.split(separator: "message ").last.flatMap { Int($0) } }
        #expect(numbers.first.map { numbers == Array($0..<$0 + 10) } == true, "\(screen)")
    }

    @Test func aWindowThatGrowsIsFilledBelowTheReadersPlace() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server, columns: 80, rows: 8)
        for number in 11...60 { server.push(tweet(number, "message \(number)")) }
        try terminal.wait(for: "message 60")
        for _ in 0..<12 { try terminal.press("PPage") }
        try terminal.wait(for: "message 11")
        try terminal.resize(columns: 80, rows: 30)
        let screen = try terminal.wait(for: "a larger screen") { $0.count == 30 && $0[29].hasPrefix("> ") ? $0 : nil }
        #expect(screen[0..<28].allSatisfy { !$0.isEmpty }, "\(screen)")
        #expect(screen[28].contains("scrolled back"))
    }

    @Test func aReadersPlaceIsKeptAndWhatIsNewBelowIsCounted() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server, columns: 80, rows: 8)
        for number in 11...40 { server.push(tweet(number, "message \(number)")) }
        try terminal.wait(for: "message 40")
        try terminal.press("PPage")
        let before = try terminal.wait(for: "scrolled back")
        for number in 41...43 { server.push(tweet(number, "message \(number)")) }
        let after = try terminal.wait(for: "3 new below")
        #expect(after[0..<6] == before[0..<6])
        try terminal.press("NPage")
        try terminal.press("NPage")
        let end = try terminal.wait(for: "message 43")
        #expect(!end[6].contains("below"))
    }

    @Test func aMessageForOneselfIsMarkedUntilAKeyIsPressed() throws {
        let server = try ScriptedChatServer()
        let terminal = try chat(server)
        server.push(tweet(11, "anabel is not here"))
        server.push(tweet(12, "hello Ana, how are you"))
        server.push(
            #"["message",{"seq":null,"time":"\#(Self.time)","from":"bob","to":["ana"],"text":"psst","read":null}]"#)
        let screen = try terminal.wait(for: "2 for you")
        #expect(screen.filter { $0.contains("» ") }.count == 2)
        try terminal.type("x")
        try terminal.wait(for: "no sign") { rows in rows.contains { $0.contains("for you") } ? nil : true }
    }

    /// tmux remembers the bell of a window that is not shown.
    @Test(arguments: [true, false])
    func theTerminalRingsForAMessageForOneselfUnlessToldNotTo(rings: Bool) throws {
        let server = try ScriptedChatServer()
        let terminal = rings ? try chat(server) : try chat(server, "--no-bell")
        try terminal.openAnotherWindow()
        server.push(tweet(11, "hello ana"))
        try terminal.wait(for: "the message") { _ in try terminal.firstWindow().contains("hello ana") ? true : nil }
        if rings { try terminal.wait(for: "bell") { _ in try terminal.hasRung() ? true : nil } }
        #expect(try terminal.hasRung() == rings)
    }
}
