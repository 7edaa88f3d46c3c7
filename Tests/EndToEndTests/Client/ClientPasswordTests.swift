import Foundation
import TestSupport
import Testing

/// The sources of ttweetcl's password, and the places where it must not appear.
@Suite(.ownThreads) struct ClientPasswordTests {
    private static let secret = "a typed horse"

    private func server() throws -> ServerProcess {
        let server = try ServerProcess()
        #expect(try server.client(as: "ana", "--signup", password: Self.secret).exitCode == 0)
        return server
    }

    private func write(_ text: String, to name: String, in directory: TemporaryDirectory, mode: Int = 0o600) throws {
        try directory.write(text, to: name)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: directory.file(name))
    }

    // MARK: From a file

    @Test(arguments: [secret, secret + "\n", secret + "\nanother line\n"])
    func thePasswordIsTheFirstLineOfAFile(content: String) throws {
        let server = try server()
        try write(content, to: "password", in: server.directory)
        let result = try server.client(
            "-u", "x", "--user", "ana", "--password-file", "password",
            environment: ["TTWEET_PASSWORD": "not asked for"],
            in: server.directory)
        #expect(result.exitCode == 0)
        #expect(result.errors == "")
    }

    @Test func aFileThatOthersCanReadIsWarnedOf() throws {
        let server = try server()
        try write(Self.secret, to: "password", in: server.directory, mode: 0o644)
        let result = try server.client(
            "-u", "x", "--user", "ana", "--password-file", "password", in: server.directory)
        #expect(result.exitCode == 0)
        #expect(result.errors.hasSuffix(" others can read the password file password\n"))
    }

    @Test func aFileThatIsNotThereEndsTheRun() throws {
        let server = try server()
        let result = try server.client("-u", "x", "--user", "ana", "--password-file", "missing", in: server.directory)
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot read the password file missing: No such file or directory"))
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func bothPasswordsOfAChangeMayComeFromFiles() throws {
        let server = try server()
        try write(Self.secret, to: "old", in: server.directory)
        try write("a new horse\n", to: "new", in: server.directory)
        let result = try server.client(
            "--passwd", "--user", "ana", "--password-file", "old", "--new-password-file", "new", in: server.directory)
        #expect(result.exitCode == 0)
        #expect(try server.client(as: "ana", "-u", "x", password: "a new horse").exitCode == 0)
        #expect(try server.client(as: "ana", "-u", "x", password: Self.secret).exitCode == 77)
    }

    /// A process in a new session has no terminal at which it could ask.
    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"))
    func whoGivesNoneAnywhereIsToldHow() throws {
        let server = try server()
        let words = ["setsid", "-w", Program.client.path] + server.words(["-u", "x"]) + ["--user", "ana"]
        let result = try run(words)
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("set TTWEET_PASSWORD, give --password-file, or run it at a terminal"))
    }

    // MARK: At a terminal

    private func terminal(_ server: ServerProcess, _ arguments: String...) throws -> TerminalProcess {
        try TerminalProcess(.client, server.words(arguments) + ["--user", "ana"], in: server.directory)
    }

    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"))
    func whatIsTypedIsNotShown() throws {
        let server = try server()
        let client = try terminal(server, "-u", "typed #x")
        try client.awaitShown("Password of ana: ")
        #expect(!client.echoes)
        client.type(Self.secret + "\n")
        let (ending, shown) = try client.wait()
        #expect(ending == .exit(0))
        #expect(shown == "Password of ana: \n")
        #expect(try objects(server.download("--json").output).map { $0["author"] as? String } == ["ana"])
    }

    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"))
    func aNewOneIsTypedTwice() throws {
        let server = try server()
        let client = try terminal(server, "--passwd")
        try client.answer("Password of ana: ", Self.secret)
        try client.answer("New password of ana: ", "a new horse")
        try client.answer("Repeat the password: ", "a new horse")
        let (ending, shown) = try client.wait()
        #expect(ending == .exit(0))
        #expect(shown == "Password of ana: \nNew password of ana: \nRepeat the password: \n")
        #expect(try server.client(as: "ana", "-u", "x", password: "a new horse").exitCode == 0)
    }

    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"))
    func twoThatDifferMakeNoAccount() throws {
        let server = try ServerProcess()
        let client = try terminal(server, "--signup")
        try client.answer("New password of ana: ", "a new horse")
        try client.answer("Repeat the password: ", "another horse")
        #expect(try client.wait().ending == .exit(65))
        let errors = client.process.standardError.access { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(errors.contains("the two passwords are not the same"))
        #expect(try server.client("--who").output == "")
    }

    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"))
    func aTerminalIsAsItWasAfterAnInterruption() throws {
        let server = try server()
        let client = try terminal(server, "-u", "never")
        try client.awaitShown("Password of ana: ")
        #expect(!client.echoes)
        client.type("half a pass\u{3}")
        #expect(try client.process.wait() == .signal(SIGINT))
        #expect(client.echoes)
        #expect(try client.wait().shown.contains("half") == false)
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    // MARK: Secrecy

    @Test func noPasswordIsSaidOrLogged() throws {
        let server = try server()
        let words = ["--user", "ana", "--log", "client"]
        let passwords = [Self.secret, "a wrong horse", "a new horse"]
        var said = ""
        for (arguments, old, new) in [
            (["-u", "x"], passwords[0], ""), (["-u", "x"], passwords[1], ""), (["--inbox"], passwords[0], ""),
            (["--passwd"], passwords[0], passwords[2]), (["--passwd"], passwords[1], passwords[0]),
        ] {
            let result = try run(
                .client, server.words(arguments) + words,
                environment: ["TTWEET_PASSWORD": old, "TTWEET_NEW_PASSWORD": new], in: server.directory)
            said += result.output + result.errors
        }
        let log = try #require(server.directory.content("client"))
        #expect(log.contains("password of ana changed"))
        #expect(log.split(separator: "\n").count { $0.contains("(wrong_password)") } == 2)
        try server.awaitReports("wrong_password", count: 2)
        for text in [said, log, server.log, server.reports.joined(separator: "\n")] {
            for password in passwords { #expect(!text.contains(password)) }
        }
    }
}
