import CSystem
import Foundation
import TestSupport
import Testing

/// Chats with a real server, each on its own screen.
@Suite(.ownThreads, .enabled(if: TmuxTerminal.isInstalled, "tmux(1) is not installed"))
struct ChatServerTests {
    private func chat(
        _ server: ServerProcess, _ name: String?, columns: Int = 80, rows: Int = 24
    ) throws -> TmuxTerminal {
        let words = [Program.chat.path, "127.0.0.1", String(server.port)] + (name.map { ["--user", $0] } ?? [])
        let terminal = try TmuxTerminal(words, columns: columns, rows: rows)
        if let name { try terminal.wait(for: "connected to 127.0.0.1:\(server.port) as \(name)") }
        return terminal
    }

    @Test func twoWhoChatSeeEachOtherComeTalkAndGo() throws {
        let server = try ServerProcess()
        let ana = try chat(server, "ana")
        let bob = try chat(server, "Bob")
        try ana.wait(for: "Server: Bob has joined the server")
        try ana.wait(for: "2 here")
        try bob.wait(for: "2 here")
        try ana.enter("hello #swift 日本 👍")
        for terminal in [ana, bob] { try terminal.wait(for: "ana: hello #swift 日本 👍") }
        try bob.enter("@ana psst")
        try ana.wait(for: "Bob <Private>: psst")
        try bob.wait(for: "you <Private> to ana: psst")
        try bob.enter("@ana")
        try bob.wait(for: "Server <Private>: INVALID FORMAT")
        try bob.enter("@nobody hello")
        try bob.wait(for: "Server <Private>: there is nobody called nobody")
        try ana.enter("/list")
        try ana.wait(for: "2 here: ~ana, ~Bob")
        try ana.wait(for: "hashtags: #swift 1")
        try bob.enter("!exit")
        try bob.wait(for: "pane_dead", "1")
        try ana.wait(for: "Server: Bob has left the server")
        try ana.wait(for: "1 here")
        // No message appeared twice.
        let said = try ana.screen().filter { $0.contains("ana: hello") }
        #expect(said.count == 1)
    }

    @Test func scriptsAndChatsAreOneConversation() throws {
        let server = try ServerProcess()
        #expect(try server.upload("before the chat").exitCode == 0)
        let ana = try chat(server, "ana")
        try ana.wait(for: "(anonymous): before the chat")
        #expect(try server.upload("backup done #ops").exitCode == 0)
        try ana.wait(for: "(anonymous): backup done #ops")
        try ana.enter("thanks")
        try ana.wait(for: "ana: thanks")
        #expect(try server.download("-q").output == "thanks\n")
        try ana.enter("/tag ops")
        try ana.wait(for: "a second time, as recent") { rows in
            rows.filter { $0.hasSuffix("(anonymous): backup done #ops") }.count == 2 ? true : nil
        }
        let result = try run(
            .chat, ["127.0.0.1", String(server.port), "--user", "pipe"], input: "from a pipe\n@ana privately\n")
        #expect(result.exitCode == 0)
        #expect(result.output.contains("you <Private> to ana: privately\n"))
        try ana.wait(for: "pipe: from a pipe")
        try ana.wait(for: "pipe <Private>: privately")
        try ana.wait(for: "Server: pipe has left the server")
    }

    @Test func aNameThatIsTakenIsSaidAndAnAccountAsksForItsPassword() throws {
        let server = try ServerProcess()
        let ana = try chat(server, "ana")
        try ana.enter("/signup")
        try ana.enter("correct horse")
        try ana.enter("correct horse")
        try ana.wait(for: "you have the account ana now")
        let bob = try chat(server, "bob")
        let other = try chat(server, nil)
        try other.wait(for: "Name:")
        try other.enter("Bob")
        try other.wait(for: "the name Bob is taken: somebody else has it")
        try other.enter("ANA")
        try other.wait(for: "Password of ANA:")
        try other.enter("wrong horse")
        try other.wait(for: "the name or the password is wrong; type the password again")
        try other.enter("correct horse")
        try other.wait(for: "connected to 127.0.0.1:\(server.port) as ana")
        // Two connections with the same name count as one user.
        try bob.enter("/list")
        try bob.wait(for: "2 here: ana, ~bob")
    }

    /// The password appears nowhere, although the user types it again after each refusal.
    @Test(arguments: ["screen-256color", "dumb"])
    func aPasswordThatIsRefusedIsNowhere(kind: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        #expect(try client.request(#"["signup",{"name":"ana","password":"correct horse"}]"#)?.contains("ok") == true)
        let words = [Program.chat.path, "127.0.0.1", String(server.port)]
        let terminal = try TmuxTerminal(
            ["env", "TERM=\(kind)", "TTWEET_PASSWORD=hunter2hunter2"] + words + ["--user", "ana"])
        try terminal.wait(for: "Password of ana:")
        try terminal.enter("hunter2hunter2")
        try terminal.wait(for: "two refusals") { rows in
            rows.filter { $0.contains("the password again") }.count == 2 ? true : nil
        }
        try terminal.press("Enter")
        try terminal.wait(for: "Name:")
        try terminal.enter("eve")
        try terminal.wait(for: "connected to 127.0.0.1:\(server.port) as eve")
        try terminal.enter("/login ana")
        try terminal.wait(for: "a password is asked for again") { rows in
            rows.last { !$0.isEmpty }?.hasPrefix("Password of ana:") == true ? true : nil
        }
        try terminal.enter("hunter2hunter2")
        try terminal.wait(for: "three refusals") { rows in
            rows.filter { $0.contains("the password again") }.count == 3 ? true : nil
        }
        try terminal.press("Enter")
        try terminal.wait(for: "nothing was changed")
        try terminal.enter("/tag hunter")
        try terminal.wait(for: "recent messages with #hunter")
        #expect(!(try terminal.screen()).joined().contains("hunter2"))
        #expect(!server.log.contains("hunter2"))
        #expect(!(try server.download("-q").output.contains("hunter2")))
    }

    @Test func linesThatWereTypedWithoutAConnectionAreSentInTheirOrder() throws {
        let port = try Ports.free()
        let server = try ServerProcess(port: port)
        let ana = try chat(server, "ana")
        try server.kill()
        try ana.wait(for: "the connection to 127.0.0.1:\(server.port) is lost")
        for text in ["one", "two", "three"] { try ana.enter(text) }
        try ana.wait(for: "3 unsent")
        let next = try ServerProcess(port: port, in: server.directory)
        try ana.wait(for: "ana: three")
        #expect(try next.download("-n", "3", "-q").output == "one\ntwo\nthree\n")
    }

    @Test func messagesWaitUntilTheyAreShown() throws {
        let server = try ServerProcess()
        let ana = try chat(server, "ana")
        try ana.enter("/signup")
        try ana.enter("correct horse")
        try ana.enter("correct horse")
        try ana.wait(for: "you have the account ana now")
        try ana.enter("/quit")
        try ana.wait(for: "pane_dead", "1")
        let bob = try chat(server, "bob")
        for text in ["first", "second"] {
            try bob.enter("/msg ana \(text)")
            try bob.wait(for: "you <Private> to ana: \(text)")
        }
        let again = try chat(server, nil)
        try again.wait(for: "Name:")
        try again.enter("ana")
        try again.wait(for: "Password of ana:")
        try again.enter("correct horse")
        try again.wait(for: "2 private messages wait: /inbox shows them")
        try again.wait(for: "2 pending")
        try again.enter("/inbox")
        try again.wait(for: "bob <Private>: second")
        try again.wait(for: "nothing pending") { rows in rows.contains { $0.contains("pending") } ? nil : true }
        try again.enter("/inbox")
        try again.wait(for: "no private message waits")
        try bob.enter("@ana third")
        try again.wait(for: "bob <Private>: third")
        try again.enter("/inbox")
        try again.wait(for: "still none") { rows in
            rows.filter { $0.contains("no private message waits") }.count == 2 ? true : nil
        }
    }

    @Test func aServerThatDiesAndComesBackLosesNothing() throws {
        let port = try Ports.free()
        let server = try ServerProcess(port: port)
        let ana = try chat(server, "ana")
        let bob = try chat(server, "bob")
        try bob.wait(for: "2 here")
        try ana.enter("before")
        try bob.wait(for: "ana: before")
        try bob.type("half a ")
        try server.kill()
        try ana.wait(for: "the connection to 127.0.0.1:\(server.port) is lost")
        try bob.wait(for: "the connection to 127.0.0.1:\(server.port) is lost")
        try bob.type("message")
        try bob.wait(for: "> half a message")
        try ana.enter("while it was away")
        try ana.wait(for: "it is sent as soon as there is a connection")
        let next = try ServerProcess(port: port, in: server.directory)
        #expect(try next.upload("from a script").exitCode == 0)
        for terminal in [ana, bob] {
            try terminal.wait(for: "connected again")
            try terminal.wait(for: "(anonymous): from a script")
            try terminal.wait(for: "ana: while it was away")
        }
        try bob.press("Enter")
        try ana.wait(for: "bob: half a message")
        for terminal in [ana, bob] {
            let screen = try terminal.screen()
            for text in ["ana: before", "(anonymous): from a script", "ana: while it was away"] {
                #expect(screen.filter { $0.hasSuffix(text) }.count == 1, "\(text) in \(screen)")
            }
        }
    }

    @Test func awayAndHiddenAreSeenByOthers() throws {
        let server = try ServerProcess()
        let ana = try chat(server, "ana")
        let bob = try chat(server, "bob")
        try ana.enter("/away")
        try ana.wait(for: "ana (away)")
        try bob.enter("/list")
        try bob.wait(for: "2 here: ~ana (away), ~bob")
        try ana.enter("I am back")
        try bob.wait(for: "ana: I am back")
        try bob.enter("/list")
        try bob.wait(for: "2 here: ~ana, ~bob")
        try ana.enter("/hide")
        try ana.wait(for: "the lists no longer show you")
        try bob.enter("/who ana")
        try bob.wait(for: "there is nobody called ana")
    }
}
