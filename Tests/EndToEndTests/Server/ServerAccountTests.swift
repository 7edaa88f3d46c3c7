import Foundation
import TestSupport
import Testing

/// Signing up, logging in, changing the password, and keeping passwords secret.
@Suite(.ownThreads) struct ServerAccountTests {
    @Test func anAccountIsLoggedInToWithItsPassword() throws {
        let server = try ServerProcess()
        let ana = try server.connect()
        #expect(try ana.signUp("Ana").line == #"["ok",{"name":"Ana","pending":0}]"#)
        let other = try server.connect()
        #expect(try other.logIn("aNA").line == #"["ok",{"name":"Ana","pending":0}]"#, "as it is spelled")
        #expect(try other.askOK(#"["u","hello"]"#).string("author") == "Ana")
        #expect(try server.connect().ask(#"["name","ana"]"#).word == "name_taken")
        #expect(
            try server.connect().ask(TestConnection.credentials("signup", "ANA", "battery staple")).word == "name_taken"
        )
        ana.close()
        other.close()
        try server.awaitReports(" disconnected", count: 4)
        #expect(try server.connect().ask(#"["name","ana"]"#).word == "name_taken", "here or not")
        try server.awaitReports("Ana signed up from 127.0.0.1:")
        try server.awaitReports("Ana logged in from 127.0.0.1:")
    }

    @Test(arguments: [false, true]) func anAccountIsThereAfterARestart(wasKilled: Bool) throws {
        let first = try ServerProcess()
        let ana = try first.account("ana")
        try ana.askOK(#"["hide",""]"#)
        if wasKilled { try first.kill() } else { try first.stop() }
        let server = try ServerProcess(in: first.directory)
        let client = try server.login("ana")
        try client.askOK(#"["join",""]"#)
        #expect(try client.ask(#"["who","ana"]"#).word == "no_such_name", "it is still hidden")
        #expect(try server.connect().ask(#"["name","ana"]"#).word == "name_taken")
    }

    @Test func anUnknownNameIsAnsweredLikeAWrongPassword() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let client = try server.connect()
        let answers = try [
            ("ana", "wrong horse"), ("nobody", "wrong horse"), ("ana", "short"), ("nobody", ""),
        ].map { try client.ask(TestConnection.credentials("login", $0, $1)).line }
        #expect(Set(answers) == [#"["error",{"code":"wrong_password","message":"the name or the password is wrong"}]"#])
        try client.logIn("ana")
        let report = try server.awaitReports("wrong_password for nobody")[0]
        #expect(report.hasPrefix("SERVER [ERROR] ") && report.contains("client 127.0.0.1:"))
    }

    @Test func aPasswordIsChangedByWhoKnowsTheOldOne() throws {
        let server = try ServerProcess()
        let ana = try server.account("ana")
        let passwd = { (old: String, new: String) in "[\"passwd\",{\"old\":\"\(old)\",\"new\":\"\(new)\"}]" }
        #expect(try ana.ask(passwd("wrong horse", "battery staple")).word == "wrong_password")
        #expect(try ana.ask(passwd("correct horse", "short")).word == "bad_password")
        try server.login("ana").close()
        #expect(try ana.ask(passwd("correct horse", "battery staple")).line == #"["ok",{}]"#)
        try server.awaitReports("ana changed the password from 127.0.0.1:")
        let client = try server.connect()
        #expect(try client.ask(TestConnection.credentials("login", "ana", "correct horse")).word == "wrong_password")
        try server.kill()
        let second = try ServerProcess(in: server.directory)
        try second.login("ana", "battery staple").close()
        #expect(
            try second.connect().ask(TestConnection.credentials("login", "ana", "correct horse")).word
                == "wrong_password")
    }

    @Test(arguments: [
        (0, "bad_password"), (7, "bad_password"), (8, "ok"), (128, "ok"), (129, "bad_password"), (4000, "bad_password"),
    ])
    func aNewPasswordHas8To128Bytes(length: Int, word: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        // The limits count bytes, not characters.
        let password = String(repeating: "é", count: length / 2) + String(repeating: "x", count: length % 2)
        #expect(try client.ask(TestConnection.credentials("signup", "ana", password)).word == word)
        if word == "ok" { try server.login("ana", password).close() }
        #expect(
            try server.connectAsOperator().ask(TestConnection.credentials("add_account", "bob", password)).word == word)
    }

    @Test func aPasswordIsAnythingButForItsBytes() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let password = #"\" \\ \u0000 \u0007 \u202e \ud83d\udc0e # ' ; --"#
        try client.askOK(TestConnection.credentials("signup", "ana", password))
        try server.login("ana", password).close()
        // The characters after a zero byte count as well.
        let other = #"\" \\ \u0000 \u0007 \u202e \ud83d\udc0e # ' ; -+"#
        #expect(try server.connect().ask(TestConnection.credentials("login", "ana", other)).word == "wrong_password")
    }

    @Test func severalConnectionsAreLoggedInToOneAccount() throws {
        let server = try ServerProcess()
        let first = try server.account("ana")
        let others = try atOnce(3) { _ in try server.login("ana") }
        for (number, client) in ([first] + others).enumerated() {
            #expect(try client.askOK("[\"u\",\"from \(number)\"]").string("author") == "ana")
        }
        first.close()
        try server.awaitReports(" disconnected")
        #expect(try others[0].askOK(#"["u","still here"]"#).string("author") == "ana")
    }

    /// The server answers `busy` to sign-ups beyond its limit, and leaves no sign-up half done.
    @Test func aFloodOfSignUpsIsBusy() throws {
        let server = try ServerProcess()
        let clients = try (0..<60).map { _ in try server.connect() }
        for (number, client) in clients.enumerated() {
            try client.send(TestConnection.credentials("signup", "n\(number)", "correct horse") + "\n")
        }
        let words = try clients.map { try $0.next().word }
        #expect(Set(words) == ["ok", "busy"])
        #expect(words.count { $0 == "ok" } <= 50, "so many accounts one address may make at once")
        let free = try #require(words.firstIndex(of: "busy"))
        #expect(try clients[free].ask("[\"name\",\"n\(free)\"]").operation == "ok")
        #expect(try clients[free].list(#"["who",""]"#).count == words.count { $0 == "ok" })
        let other = try #require(words.lastIndex(of: "ok"))
        try server.login("n\(other)").close()
    }

    /// A line that waits for its answer holds back the lines after it.
    @Test func aLogInAndAnUploadAreSentAtOnce() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let client = try server.connect()
        try client.send(
            TestConnection.credentials("login", "ana", "correct horse") + "\n"
                + #"["u",{"text":"hello","author":"ana"}]"#
                + "\n")
        client.finishSending()
        let lines = try client.readToEnd().split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.contains(#""author":"ana","text":"hello""#) == true)
        let wrong = try server.connect()
        try wrong.send(
            TestConnection.credentials("login", "ana", "wrong horse") + "\n" + #"["u",{"text":"hello","author":"ana"}]"#
                + "\n")
        #expect(try wrong.next().word == "wrong_password")
        #expect(try wrong.next().word == "not_permitted")
    }

    // MARK: Guessing

    /// Failed logins throttle an address and an account, but lock out neither.
    @Test func whoGuessesIsSlowedDownAndLocksNobodyOut() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let guesser = try server.connect()
        for number in 0..<7 {
            #expect(
                try guesser.ask(TestConnection.credentials("login", "ana", "guess \(number)")).word == "wrong_password")
        }
        // Four, and two more for an account that has logged in from here before.
        let clients = try (0..<7).map { _ in try server.connect() }
        for client in clients { try client.send(TestConnection.credentials("login", "ana", "another guess") + "\n") }
        let words = try clients.map { try $0.next().word }
        #expect(words.contains("busy"))
        // A connection that ends gives back its attempt.
        for client in clients { try client.send(TestConnection.credentials("login", "ana", "another guess") + "\n") }
        for client in clients { try client.reset() }
        try server.awaitReports("disconnected", count: 8)
        try server.login("ana").close()
    }

    // MARK: Secrets

    @Test func noPasswordIsFoundInALogOrInTheStore() throws {
        let server = try ServerProcess()
        let secrets = ["correctHorse1", "batteryStaple2", "wrongHorse3", "operatorsOwn4", "resetByHim5"]
        let ana = try server.connect()
        try ana.signUp("ana", secrets[0])
        try ana.askOK("[\"passwd\",{\"old\":\"\(secrets[0])\",\"new\":\"\(secrets[1])\"}]")
        for operation in ["login", "signup", "add_account"] {
            _ = try server.connect().ask(TestConnection.credentials(operation, "ana", secrets[2]))
        }
        _ = try ana.ask("[\"passwd\",{\"old\":\"\(secrets[2])\",\"new\":\"\(secrets[2])\"}]")
        _ = try ana.ask("[\"passwd\",{\"old\":\"\(secrets[1])\",\"new\":\"\(secrets[1])\",\"new\":7}]")
        let theOperator = try server.connectAsOperator()
        try theOperator.askOK(TestConnection.credentials("add_account", "bob", secrets[3]))
        try theOperator.askOK(TestConnection.credentials("reset_password", "bob", secrets[4]))
        // The secrets also stay out of the log if a line is cut off or too long.
        let cut = try server.connect()
        try cut.send(String(TestConnection.credentials("login", "ana", secrets[1]).dropLast(3)))
        cut.finishSending()
        #expect(try cut.next().word == "incomplete")
        let long = try server.connect()
        try long.send(
            TestConnection.credentials("login", "ana", secrets[1] + String(repeating: "x", count: 8192)) + "\n")
        #expect(try long.next().word == "line_too_long")
        try server.stop()

        #expect(server.log.contains("ana signed up") && server.log.contains("was refused: incomplete"))
        let files =
            server.directory.names
            + (try FileManager.default.contentsOfDirectory(
                atPath: server.directory.file("data"))).map { "data/" + $0 }
        #expect(files.contains("data/store.sqlite"))
        var searched = server.process.standardOutput.access { Data($0.bytes) }
        searched += server.process.standardError.access { Data($0.bytes) }
        for file in files { searched += FileManager.default.contents(atPath: server.directory.file(file)) ?? Data() }
        #expect(searched.range(of: Data("$argon2id$".utf8)) != nil, "the store was searched")
        for secret in secrets { #expect(searched.range(of: Data(secret.utf8)) == nil, "\(secret)") }
    }
}
