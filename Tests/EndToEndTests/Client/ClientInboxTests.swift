import Foundation
import TestSupport
import Testing

/// Private messages: `--to`, `--inbox`, `--sent` and related options.
@Suite(.ownThreads) struct ClientInboxTests {
    private static let done = "Transmission Successfull...\n"

    private func server(_ arguments: [String] = [], with others: String...) throws -> ServerProcess {
        let server = try ServerProcess(arguments)
        try server.signUp("Ana")
        for name in others { try server.signUp(name) }
        return server
    }

    /// The number of messages that wait for a user, as `--count` prints it.
    private func pending(_ server: ServerProcess, _ name: String) throws -> Int? {
        let result = try server.client(as: name, "-d", "--inbox", "--count")
        #expect(result.errors == "")
        #expect(result.exitCode == (result.output == "0\n" ? 66 : 0))
        return Int(result.output.dropLast())
    }

    // MARK: Sending

    @Test func aMessageGetsToItsRecipientAndNobodyElse() throws {
        let server = try server(with: "bob", "cy")
        let sent = try server.client(as: "ana", "-u", "hello #secret", "--to", "BOB")
        #expect(sent.output == Self.done)
        #expect(sent.errors == "")
        #expect(try pending(server, "bob") == 1)
        #expect(try pending(server, "cy") == 0)
        #expect(try pending(server, "ana") == 0)
        #expect(try server.client(as: "bob", "-d", "--inbox").output == "Ana: hello #secret\n")
        #expect(try server.client(as: "cy", "-d", "--inbox", "--archive").output == "")
        #expect(try server.download("-n", "9", "-q").output == "Empty Message\n")
        #expect(try server.download("secret", "-q").output == "Empty Message\n")
        #expect(!server.log.contains("hello"))
    }

    @Test func oneMessageGoesToSeveral() throws {
        let server = try server(with: "bob", "cy")
        let sent = try objects(try server.client(as: "ana", "-u", "to both", "--to", "bob,cy", "--json").output)
        #expect(sent.map { $0["to"] as? [String] } == [["bob", "cy"]])
        #expect(sent.allSatisfy { $0["from"] as? String == "Ana" && $0["seq"] is Int && $0["read"] is NSNull })
        for name in ["bob", "cy"] { #expect(try server.client(as: name, "-d", "--inbox").output == "Ana: to both\n") }
    }

    @Test func aBlockedSenderIsToldSo() throws {
        let server = try server(with: "bob", "cy")
        let blocked = try server.client(as: "bob", "--block=ANA")
        #expect(blocked.output == "ANA is blocked\n" + Self.done && blocked.exitCode == 0)
        let refused = try server.client(as: "ana", "-u", "x", "--to", "cy,bob")
        #expect(refused.exitCode == 77)
        #expect(refused.errors.contains("bob takes no messages from you (blocked)"))
        #expect(try pending(server, "cy") == 0)
        let list = try server.client(as: "bob", "--blocked")
        #expect(list.output.wholeMatch(of: /ANA since \S{24}\n/) != nil && list.exitCode == 0)
        #expect(try server.client(as: "bob", "--blocked", "-q").output == "ANA\n")
        #expect(try server.client(as: "bob", "--unblock=ana", "-q").output == "")
        #expect(try server.client(as: "bob", "--blocked").output == "")
        #expect(try server.client(as: "ana", "-u", "x", "--to", "cy,bob").exitCode == 0)
    }

    @Test func whereOneIsUnknownNobodyGetsIt() throws {
        let server = try server(with: "bob", "cy")
        let result = try server.client(as: "ana", "-u", "x", "--to", "bob,zoe,cy")
        #expect(result.exitCode == 67)
        #expect(result.output == "")
        #expect(result.errors.contains("there is nobody called zoe (no_such_name)"))
        #expect(try pending(server, "bob") == 0)
        #expect(try pending(server, "cy") == 0)
        #expect(try server.client(as: "ana", "-d", "--sent").output == "")
    }

    @Test(arguments: [
        (["x", "--to", "ana"], 65, "you cannot send a private message to yourself (to_oneself)"),
        (["x", "--to", "bob,"], 64, "each name of --to must be 1 to 20 ASCII letters and digits"),
        (["", "--to", "bob"], 65, "empty"),
        ([String(repeating: "x", count: 151), "--to", "bob"], 65, "the message has 151 characters, at most 150"),
    ])
    func aWrongMessageIsRefused(arguments: [String], exitCode: Int32, text: String) throws {
        let server = try server(with: "bob")
        let result = try run(
            .client, server.words(["-u"] + arguments) + ["--user", "ana"],
            environment: ["TTWEET_PASSWORD": ServerProcess.password])
        #expect(result.exitCode == exitCode)
        #expect(result.errors.contains(text), "\(result.errors)")
        #expect(try pending(server, "bob") == 0)
    }

    @Test func aMessageMayComeFromStandardInput() throws {
        let server = try server(with: "bob")
        let result = try run(
            .client, server.words(["-u", "-", "--to", "bob", "--user", "ana"]), input: "from a pipe\n",
            environment: ["TTWEET_PASSWORD": ServerProcess.password])
        #expect(result.exitCode == 0)
        #expect(try server.client(as: "bob", "-d", "--inbox", "-q").output == "from a pipe\n")
    }

    @Test func aGuestWhoIsHereGetsIt() throws {
        let server = try server()
        let guest = try server.connect()
        #expect(try guest.request(#"["name","gus"]"#)?.hasPrefix(#"["ok""#) == true)
        #expect(try server.client(as: "ana", "-u", "x", "--to", "gus").exitCode == 67)
        #expect(try guest.request(#"["join",""]"#)?.hasPrefix(#"["ok""#) == true)
        #expect(try server.client(as: "ana", "-u", "hello", "--to", "gus").exitCode == 0)
        let line = try guest.readLine()
        #expect(
            line?.hasPrefix(#"["message",{"#) == true && line?.contains(#""text":"hello""#) == true, "\(line ?? "")")
    }

    @Test func whatWasAnsweredWaitsAfterAKill() throws {
        let first = try server(with: "bob")
        #expect(try first.client(as: "ana", "-u", "kept", "--to", "bob").exitCode == 0)
        try first.kill()
        let second = try ServerProcess(in: first.directory)
        #expect(try second.client(as: "bob", "-d", "--inbox").output == "Ana: kept\n")
    }

    // MARK: Reading

    @Test func whatIsPrintedIsReadAndMovesToTheArchive() throws {
        let server = try server(with: "bob")
        for text in ["one", "two", "three"] {
            #expect(try server.client(as: "ana", "-u", text, "--to", "bob").exitCode == 0)
        }
        let kept = try server.client(as: "bob", "-d", "--inbox", "--keep")
        #expect(kept.output == "Ana: one\nAna: two\nAna: three\n")
        #expect(try pending(server, "bob") == 3)
        #expect(try server.client(as: "bob", "-d", "--inbox", "-n", "1").output == "Ana: one\n")
        #expect(try pending(server, "bob") == 2)
        #expect(try server.client(as: "bob", "-d", "--inbox", "--archive").output == "Ana: one\n")
        let rest = try objects(try server.client(as: "bob", "-d", "--inbox", "--json").output)
        #expect(rest.map { $0["text"] as? String } == ["two", "three"])
        #expect(rest.allSatisfy { $0["read"] is NSNull && $0["to"] as? [String] == ["bob"] })
        #expect(try pending(server, "bob") == 0)
        #expect(try server.client(as: "bob", "-d", "--inbox").output == "")
        #expect(try server.client(as: "bob", "-d", "--inbox", "--archive", "-q").output == "one\ntwo\nthree\n")
        #expect(try server.client(as: "bob", "-d", "--inbox", "--archive", "-n", "2", "-q").output == "two\nthree\n")
    }

    @Test func theSenderSeesWhatIsRead() throws {
        let server = try server(with: "bob", "cy")
        #expect(try server.client(as: "ana", "-u", "to both", "--to", "bob,cy").exitCode == 0)
        #expect(try server.client(as: "ana", "-u", "to one", "--to", "cy").exitCode == 0)
        let before = "to bob: to both (pending)\nto cy: to both (pending)\nto cy: to one (pending)\n"
        #expect(try server.client(as: "ana", "-d", "--sent").output == before)
        #expect(try server.client(as: "cy", "-d", "--inbox", "-n", "1").output == "Ana: to both\n")
        let after = try server.client(as: "ana", "-d", "--sent").output
        let pattern =
            /to bob: to both \(pending\)\nto cy: to both \(read \d{4}-\d\d-\d\dT\S{12}Z\)\nto cy: to one \(pending\)\n/
        #expect(after.wholeMatch(of: pattern) != nil, "\(after)")
        #expect(try server.client(as: "bob", "-d", "--sent").output == "")
    }

    @Test func aWrongPasswordReadsNothing() throws {
        let server = try server(with: "bob")
        #expect(try server.client(as: "ana", "-u", "secret", "--to", "bob").exitCode == 0)
        for option in [["--inbox"], ["--inbox", "--archive"], ["--inbox", "--count"], ["--sent"]] {
            let words = server.words(["-d"] + option) + ["--user", "bob"]
            let result = try run(.client, words, environment: ["TTWEET_PASSWORD": "a wrong horse"])
            #expect(result.exitCode == 77)
            #expect(result.output == "")
        }
        #expect(try pending(server, "bob") == 1)
    }

    @Test(arguments: ["> /dev/full", ">&-"]) func whatCannotBePrintedIsNotRead(redirection: String) throws {
        let server = try server(with: "bob")
        #expect(try server.client(as: "ana", "-u", "still there", "--to", "bob").exitCode == 0)
        let result = try server.client(as: "bob", "-d", "--inbox", redirection: redirection)
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot write standard output: "))
        #expect(try pending(server, "bob") == 1)
        #expect(try server.client(as: "bob", "-d", "--inbox").output == "Ana: still there\n")
    }

    @Test func moreThanAPageIsPrintedAndMarkedWhole() throws {
        let server = try server(["--sync", "normal"], with: "bob", "cy", "dan")
        // One sender has a bound of pending messages.
        let senders = try ["ana", "cy", "dan"].map { try server.connect(as: $0) }
        let count = 2100
        func send(_ number: Int, _ sender: TestConnection) throws {
            let answer = try sender.request("[\"message\",{\"to\":[\"bob\"],\"text\":\"message \(number)\"}]")
            try #require(answer?.hasPrefix(#"["ok""#) == true, "\(answer ?? "")")
        }
        for number in 1...count { try send(number, senders[number % 3]) }
        #expect(try pending(server, "bob") == count)
        let all = (1...count).map { "message \($0)\n" }.joined()
        #expect(try server.client(as: "bob", "-d", "--inbox", "--keep", "-q").output == all)
        #expect(try pending(server, "bob") == count)
        #expect(try server.client(as: "bob", "-d", "--inbox", "-q").output == all)
        #expect(try pending(server, "bob") == 0)
        #expect(try server.client(as: "bob", "-d", "--inbox", "--archive", "-q").output == all)
        for number in 1...count / 3 { try send(number, senders[0]) }
        let sent = try server.client(as: "ana", "-d", "--sent").output.split(separator: "\n")
        #expect(sent.count == count * 2 / 3)
        #expect(sent.prefix(count / 3).allSatisfy { $0.contains(" (read ") })
        #expect(sent.suffix(count / 3).allSatisfy { $0.hasSuffix(" (pending)") })
    }
}
