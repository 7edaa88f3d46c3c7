import Foundation
import TestSupport
import Testing

/// `ttweetsrv --add-account`, `--reset-password` and `--remove-account`, with and without a running server.
@Suite(.ownThreads) struct OperatorCommandTests {
    /// A data directory, with or without a running server.
    private struct Place {
        let directory: TemporaryDirectory
        let server: ServerProcess?

        init(isRunning: Bool) throws {
            server = isRunning ? try ServerProcess() : nil
            directory = try server?.directory ?? TemporaryDirectory()
        }

        /// The end of the first account's report when the command had to create the store.
        var newStore: String { server == nil ? " to a new store in data" : "" }

        func change(_ option: String, _ name: String, _ password: String = "") throws -> Completed {
            try run(.server, ["--\(option)", name, "--data", "data"], input: password, in: directory)
        }

        /// Whether a user can log in with a password; starts a server if none is running.
        func opens(_ name: String, _ password: String) throws -> Bool {
            let server = try server ?? ServerProcess(in: directory)
            let result = try server.client(as: name, "-d", "--inbox", password: password)
            // A server that was started for this check must leave no additional files.
            if self.server == nil {
                try server.stop()
                try FileManager.default.removeItem(atPath: directory.file("Sample.txt"))
            }
            #expect([0, 77].contains(result.exitCode), "\(result.errors)")
            return result.exitCode == 0
        }
    }

    // MARK: The three commands

    @Test(arguments: [true, false]) func anAccountIsAddedChangedAndRemoved(isRunning: Bool) throws {
        let place = try Place(isRunning: isRunning)
        expectDone(
            try place.change("add-account", "Ana", "first horse\n"), "the account Ana was added" + place.newStore)
        #expect(try place.opens("ana", "first horse"))
        expectDone(try place.change("reset-password", "ana", "second horse"), "the password of ana was reset")
        #expect(try !place.opens("ana", "first horse"))
        #expect(try place.opens("ana", "second horse"))
        expectDone(try place.change("remove-account", "ANA"), "the account ANA was removed")
        #expect(try !place.opens("ana", "second horse"))
        expectDone(try place.change("add-account", "ana", "third horse\nanother line\n"), "the account ana was added")
        #expect(try place.opens("ana", "third horse"))
        // A server writes a log; the commands do not.
        #expect(place.directory.names == (isRunning ? ["Sample.txt", "data"] : ["data"]))
    }

    @Test(arguments: [true, false]) func aNameThatIsTakenIsRefused(isRunning: Bool) throws {
        let place = try Place(isRunning: isRunning)
        expectDone(
            try place.change("add-account", "Ana", "first horse\n"), "the account Ana was added" + place.newStore)
        expectRefused(try place.change("add-account", "ANA", "second horse\n"), 77, "the name ANA is taken")
        expectRefused(try place.change("add-account", "server", "second horse\n"), 77, "the name server is taken")
        #expect(try place.opens("ana", "first horse"))
    }

    @Test(arguments: [true, false]) func anAccountThatIsNotThereIsSaid(isRunning: Bool) throws {
        let place = try Place(isRunning: isRunning)
        expectDone(
            try place.change("add-account", "ana", "first horse\n"), "the account ana was added" + place.newStore)
        for (option, password) in [("reset-password", "second horse\n"), ("remove-account", "")] {
            let result = try place.change(option, "zoe", password)
            #expect(result.exitCode == 67)
            #expect(result.output == "")
            #expect(result.errors.contains("zoe\n"), "\(result.errors)")
        }
        #expect(try place.opens("ana", "first horse"))
    }

    @Test(arguments: [true, false]) func aWrongNameOrPasswordIsWrongUsage(isRunning: Bool) throws {
        let place = try Place(isRunning: isRunning)
        for name in ["a b", "", "ana!", "é", String(repeating: "x", count: 21)] {
            expectRefused(
                try place.change("add-account", name, "first horse\n"), 64,
                "\"\(name)\" is not a name: 1 to 20 ASCII letters and digits; see ttweetsrv --help")
        }
        for password in ["", "\n", "7 bytes\n", String(repeating: "x", count: 129) + "\n", "7 bytes\nand more\n"] {
            expectRefused(
                try place.change("add-account", "ana", password), 64, "a password has 8 to 128 bytes of UTF-8")
        }
        #expect(place.directory.names == (isRunning ? ["Sample.txt", "data"] : []))
        #expect(try !place.opens("ana", "7 bytes\nand more"))
    }

    @Test func aPasswordThatIsNotUTF8IsWrongUsage() throws {
        let words = [Program.server.path, "--add-account", "ana", "--data", "data"]
        let result = try run(words, input: Array("horse ".utf8) + [0xFF, 0xFE, 0x0A])
        expectRefused(result, 64, "a password has 8 to 128 bytes of UTF-8")
    }

    @Test func oneCommandAtATime() throws {
        let directory = try TemporaryDirectory()
        let words = ["--add-account", "ana", "--remove-account", "bob", "--data", "data"]
        expectRefused(
            try run(.server, words, input: "first horse\n", in: directory), 64,
            "one command at a time; see ttweetsrv --help")
        #expect(directory.names == [])
    }

    // MARK: With a running server

    @Test func aServerThatRunsReportsThemWithoutThePassword() throws {
        let place = try Place(isRunning: true)
        let server = try #require(place.server)
        _ = try place.change("add-account", "ana", "first horse\n")
        _ = try place.change("reset-password", "ana", "second horse\n")
        _ = try place.change("remove-account", "ana")
        for text in ["ana was added by ", "ana got a new password from ", "ana was removed by "] {
            #expect(try server.awaitReports(text).allSatisfy { $0.hasPrefix("SERVER [GENERAL] ") })
        }
        #expect(!server.log.contains("horse"))
    }

    @Test func aNameThatAGuestHasIsTaken() throws {
        let place = try Place(isRunning: true)
        let guest = try #require(try place.server?.connect())
        #expect(try guest.request(#"["name","gus"]"#)?.hasPrefix(#"["ok""#) == true)
        expectRefused(try place.change("add-account", "Gus", "first horse\n"), 77, "the name Gus is taken")
    }

    @Test func whoIsLoggedInToAnAccountThatIsRemovedIsCutOff() throws {
        let place = try Place(isRunning: true)
        let server = try #require(place.server)
        try server.signUp("ana", "bob")
        let ana = try server.connect(as: "ana")
        let bob = try server.connect(as: "bob")
        expectDone(try place.change("remove-account", "ana"), "the account ana was removed")
        #expect(try ana.readLine()?.contains("the account was removed") == true)
        #expect(try ana.readLine() == nil)
        #expect(try bob.request(#"["d",""]"#)?.hasPrefix(#"["ok""#) == true)
        #expect(try server.client("--who").output == "bob offline\n")
    }

    /// The killed server's socket still exists, but nothing listens on it.
    @Test func aServerThatWasKilledIsNoObstacle() throws {
        let server = try ServerProcess()
        try server.kill()
        let directory = server.directory
        let words = ["--add-account", "ana", "--data", "data"]
        expectDone(try run(.server, words, input: "first horse\n", in: directory), "the account ana was added")
        let second = try ServerProcess(["--resume"], in: directory)
        #expect(second.session == 1)
        #expect(try second.client(as: "ana", "-u", "x", password: "first horse").exitCode == 0)
    }

    // MARK: At a terminal

    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"), arguments: [true, false])
    func aPasswordIsTypedTwiceAndNotShown(isRunning: Bool) throws {
        let place = try Place(isRunning: isRunning)
        let words = ["--add-account", "ana", "--data", "data"]
        let command = try TerminalProcess(.server, words, in: place.directory)
        try command.answer("New password of ana: ", "first horse")
        try command.answer("Repeat the password: ", "first horse")
        let (ending, shown) = try command.wait()
        #expect(ending == .exit(0))
        #expect(shown == "New password of ana: \nRepeat the password: \n")
        let output = command.process.standardOutput.access { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(output == "the account ana was added\(place.newStore)\n")
        #expect(try place.opens("ana", "first horse"))
    }

    @Test(.enabled(if: TerminalProcess.isPossible, "setsid(1) is not installed"))
    func twoThatDifferChangeNothing() throws {
        let place = try Place(isRunning: false)
        expectDone(
            try place.change("add-account", "ana", "first horse\n"), "the account ana was added" + place.newStore)
        let words = ["--reset-password", "ana", "--data", "data"]
        let command = try TerminalProcess(.server, words, in: place.directory)
        try command.answer("New password of ana: ", "second horse")
        try command.answer("Repeat the password: ", "third horse")
        #expect(try command.wait().ending == .exit(64))
        let errors = command.process.standardError.access { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(errors.hasSuffix(" the two passwords are not the same\n"))
        #expect(try place.opens("ana", "first horse"))
    }
}
