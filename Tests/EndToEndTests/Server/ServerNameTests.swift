import Foundation
import TestSupport
import Testing

/// Names of guests and accounts: how a client gets a name, how long it keeps it, and that each name is unique.
@Suite(.ownThreads) struct ServerNameTests {
    @Test func aGuestHasANameAsLongAsTheConnectionLasts() throws {
        let server = try ServerProcess()
        let ana = try server.connect()
        #expect(try ana.ask(#"["name","Ana"]"#).line == #"["ok",{"name":"Ana","pending":0}]"#)
        let other = try server.connect()
        for name in ["Ana", "ana", "ANA"] { #expect(try other.ask("[\"name\",\"\(name)\"]").word == "name_taken") }
        #expect(try other.ask(TestConnection.credentials("signup", "aNa", "correct horse")).word == "name_taken")
        #expect(try ana.askOK(#"["u","hello"]"#).string("author") == "Ana")
        ana.close()
        try server.awaitReports(" disconnected")
        #expect(try other.ask(#"["name","ana"]"#).line == #"["ok",{"name":"ana","pending":0}]"#)
    }

    @Test(arguments: [false, true]) func aNameIsFreeAgainHoweverTheConnectionEnds(wasReset: Bool) throws {
        let server = try ServerProcess()
        for round in 1...5 {
            let guest = try server.guest("ana")
            if wasReset { try guest.reset() } else { guest.finishSending() }
            try server.awaitReports(" disconnected", count: round)
        }
    }

    @Test func aNameIsTakenOnce() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.askOK(#"["name","ana"]"#)
        for name in ["ana", "bob"] { #expect(try client.ask("[\"name\",\"\(name)\"]").word == "already_named") }
        try client.signUp("bob")
        for line in [
            #"["name","ana"]"#, TestConnection.credentials("signup", "eva", "correct horse"),
            TestConnection.credentials("login", "bob", "correct horse"),
        ] { #expect(try client.ask(line).word == "already_named") }
        #expect(try server.connect().ask(#"["name","ana"]"#).operation == "ok", "the guest's name is free")
    }

    @Test(arguments: ["Server", "server", "SERVER"]) func theServersNameIsNobodys(name: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        #expect(try client.ask("[\"name\",\"\(name)\"]").word == "name_taken")
        #expect(try client.ask(TestConnection.credentials("signup", name, "correct horse")).word == "name_taken")
        #expect(try client.ask(TestConnection.credentials("login", name, "correct horse")).word == "wrong_password")
        let theOperator = try server.connectAsOperator()
        #expect(
            try theOperator.ask(TestConnection.credentials("add_account", name, "correct horse")).word == "name_taken")
    }

    @Test(arguments: ["", "a b", "ana!", "änä", "abcdefghijklmnopqrstu", "a\\u0000", "a.b", "#ana"])
    func whatIsNoNameIsRefused(name: String) throws {
        let server = try ServerProcess()
        let client = try server.connect()
        #expect(try client.ask("[\"name\",\"\(name)\"]").word == "bad_name")
        #expect(try client.ask(TestConnection.credentials("signup", name, "correct horse")).word == "bad_name")
        #expect(try client.ask(#"["name","abcdefghijklmnopqrst"]"#).operation == "ok")
    }

    // MARK: Races

    @Test func ofManyWhoClaimANameAtOnceAsGuestsOneGetsIt() throws {
        let server = try ServerProcess()
        for round in 0..<10 {
            let clients = try (0..<16).map { _ in try server.connect() }
            let words = try atOnce(clients.count) { number in
                try clients[number].ask("[\"name\",\"\(number % 2 == 0 ? "name" : "NAME")\(round)\"]").word
            }
            #expect(words.count { $0 == "ok" } == 1)
            #expect(words.count { $0 == "name_taken" } == clients.count - 1)
        }
    }

    @Test func ofManyWhoSignUpWithANameAtOnceOneGetsIt() throws {
        let server = try ServerProcess()
        for round in 0..<4 {
            let clients = try (0..<12).map { _ in try server.connect() }
            let words = try atOnce(clients.count) { number in
                try clients[number].ask(TestConnection.credentials("signup", "name\(round)", "password of \(number)"))
                    .word
            }
            #expect(words.count { $0 == "ok" } == 1)
            #expect(words.count { $0 == "name_taken" } == clients.count - 1)
            let winner = try #require(words.firstIndex(of: "ok"))
            try server.login("name\(round)", "password of \(winner)").close()
        }
    }

    /// The server settles a guest's claim at once, but a sign-up's claim only after it has stored the hashed password.
    @Test func ofAGuestAndASignUpAtOnceOneGetsTheName() throws {
        let server = try ServerProcess()
        for round in 0..<8 {
            let guest = try server.connect()
            let other = try server.connect()
            let words = try atOnce(2) { number in
                number == round % 2
                    ? try guest.ask("[\"name\",\"name\(round)\"]").word
                    : try other.ask(TestConnection.credentials("signup", "NAME\(round)", "correct horse")).word
            }
            #expect(words.sorted() == ["name_taken", "ok"])
            let isGuests = words[round % 2] == "ok"
            #expect(try guest.askOK(#"["u","hello"]"#).string("author") == (isGuests ? "name\(round)" : nil))
            #expect(try other.askOK(#"["u","hello"]"#).string("author") == (isGuests ? nil : "NAME\(round)"))
        }
    }

    @Test func aNameThatSomebodyIsSigningUpWithIsNobodyElses() throws {
        let server = try ServerProcess()
        let first = try server.connect()
        let second = try server.connect()
        try first.send(TestConnection.credentials("signup", "ana", "correct horse") + "\n")
        // Asks until the account exists; until then the server reserves the name and gives it to no guest.
        while try second.ask(#"["who","ana"]"#).operation == "error" {
            let word = try second.ask(#"["name","ana"]"#).word
            guard word != "ok" else {
                #expect(try first.next().word == "name_taken")
                return
            }
            #expect(word == "name_taken")
        }
        #expect(try first.next().operation == "ok")
    }

    // MARK: Returning guests

    private static let secret = "0123456789abcdefXYZ"

    private func claim(_ name: String, _ secret: String) -> String {
        "[\"name\",{\"name\":\"\(name)\",\"resume\":\"\(secret)\"}]"
    }

    @Test func aGuestTakesItsNameOverFromItsOldConnectionAndNobodyIsTold() throws {
        let server = try ServerProcess()
        let watcher = try server.guest("watcher")
        let old = try server.connect()
        try old.askOK(claim("ana", Self.secret))
        try old.askOK(#"["join",""]"#)
        try old.askOK(#"["away",""]"#)
        #expect(try watcher.next("joined").name == "ana")
        let new = try server.connect()
        #expect(try new.askOK(claim("Ana", Self.secret)).name == "Ana")
        #expect(try old.readLine() == nil, "the older connection is closed")
        #expect(try new.askOK(#"["who","ana"]"#).string("status") == "away")
        let other = try server.connect()
        try other.askOK(#"["name","other"]"#)
        try other.askOK(#"["message",{"to":"ana","text":"still there?"}]"#)
        #expect(try new.next("message").text == "still there?")
        try new.askOK(#"["join",""]"#)
        let last = try server.guest("last")
        #expect(try watcher.next().name == "last", "neither left nor joined again")
        #expect(try new.next("joined").name == "last")
        new.close()
        #expect(try watcher.next("left").name == "ana")
        last.close()
    }

    @Test(arguments: [
        #"["name","ana"]"#, #"["name",{"name":"ana"}]"#, #"["name",{"name":"ana","resume":null}]"#,
        #"["name",{"name":"ana","resume":"0123456789abcdefXYz"}]"#,
        #"["name",{"name":"ana","resume":"0123456789abcdefXYZ0"}]"#,
    ])
    func nobodyElseTakesAGuestsNameOver(request: String) throws {
        let server = try ServerProcess()
        let ana = try server.connect()
        try ana.askOK(claim("ana", Self.secret))
        #expect(try server.connect().ask(request).word == "name_taken")
        #expect(try ana.askOK(#"["u","still here"]"#).string("author") == "ana")
    }

    @Test func aNameThatWasTakenWithoutASecretIsNotTakenOver() throws {
        let server = try ServerProcess()
        let ana = try server.guest("ana")
        #expect(try server.connect().ask(claim("ana", Self.secret)).word == "name_taken")
        try ana.askOK(#"["ping",""]"#)
    }

    @Test func theSecretOfAGuestProvesNothingOnceTheNameIsAnAccounts() throws {
        let server = try ServerProcess()
        let ana = try server.connect()
        try ana.askOK(claim("ana", Self.secret))
        try ana.signUp("ana")
        #expect(try server.connect().ask(claim("ana", Self.secret)).word == "name_taken")
        #expect(try ana.askOK(#"["u","mine"]"#).string("author") == "ana")
    }

    @Test func aSecretIsInNoReport() throws {
        let server = try ServerProcess()
        let ana = try server.connect()
        try ana.askOK(claim("ana", Self.secret))
        #expect(try ana.ask(claim("bob", Self.secret)).word == "already_named")
        #expect(try server.connect().ask(claim("no way", Self.secret)).word == "bad_name")
        try server.connect().askOK(claim("ana", Self.secret))
        try server.awaitReports("disconnected: its client has come back on another connection")
        #expect(!(server.directory.content("Sample.txt") ?? "").contains(Self.secret))
    }

    // MARK: Guests that sign up

    @Test func aGuestSignsUpWithItsOwnNameOrAnother() throws {
        let server = try ServerProcess()
        let ana = try server.guest("ana")
        #expect(try ana.signUp("Ana").line == #"["ok",{"name":"Ana","pending":0}]"#)
        #expect(try ana.askOK(#"["who","ana"]"#).line.contains(#""status":"online""#), "it is still here")
        let bob = try server.guest("bob")
        try bob.signUp("eva")
        #expect(try bob.askOK(#"["u","hello"]"#).string("author") == "eva")
        #expect(try server.guest("bob").askOK(#"["who","bob"]"#).line.contains(#""account":false"#))
        let guest = try server.guest("guest")
        try guest.logIn("ana")
        #expect(try guest.askOK(#"["u","hello"]"#).string("author") == "Ana")
    }

    @Test func aSignUpThatFailsLeavesTheGuestItsName() throws {
        let server = try ServerProcess()
        _ = try server.account("ana")
        let guest = try server.guest("bob")
        #expect(try guest.ask(TestConnection.credentials("signup", "ana", "correct horse")).word == "name_taken")
        #expect(try guest.ask(TestConnection.credentials("login", "ana", "wrong horse")).word == "wrong_password")
        #expect(try guest.askOK(#"["u","hello"]"#).string("author") == "bob")
        #expect(try guest.askOK(#"["who","bob"]"#).string("status") == "online")
    }
}
