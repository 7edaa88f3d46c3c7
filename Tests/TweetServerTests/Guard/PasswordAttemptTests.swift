import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// Passwords over connections: throttled attempts, attempts given back, and facts that no client learns.
struct PasswordAttemptTests {
    private func logIn(_ name: String, _ password: String = "wrong horse") -> String {
        "[\"login\",{\"name\":\"\(name)\",\"password\":\"\(password)\"}]"
    }

    @Test func anAddressHasFourAttemptsUnderWay() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        fixture.server.knownLogins.forget(Name(stored: "ana"))
        let name = Name(stored: "bob")
        for _ in 0..<LoginThrottle.attemptsUnderWay {
            #expect(fixture.server.throttle.begin("127.0.0.1", name, now: fixture.server.now) == .zero)
        }
        let client = try fixture.connect()
        try client.expect(logIn("ana", "correct horse"), "busy")
        try client.expect(#"["signup",{"name":"cy","password":"correct horse"}]"#, "busy")
        let elsewhere = try fixture.connect(from: "192.0.2.1")
        try elsewhere.expect(logIn("ana", "correct horse"), "ok")
        fixture.server.throttle.ended("127.0.0.1", name, succeeded: nil, now: fixture.server.now)
        // Each attempt gives back its own allowance.
        for _ in 0..<3 { try client.expect(logIn("ana"), "wrong_password") }
        try client.expect(logIn("ana", "correct horse"), "ok")
        let account = try fixture.account("eva")
        for word in ["wrong_password", "ok", "wrong_password"] {
            let old = word == "ok" ? "correct horse" : "another horse"
            try account.expect("[\"passwd\",{\"old\":\"\(old)\",\"new\":\"battery staple\"}]", word)
        }
    }

    @Test func aStoreThatCannotBeReadIsNoWrongPassword() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let client = try fixture.connect()
        try client.send(logIn("ana", "correct horse"))
        fixture.turn { client.handler?.conversation.isAnswered == false }
        try fixture.changeStore("ALTER TABLE account RENAME TO gone")
        #expect(try #require(try client.next()).contains(#""code":"unavailable""#))
        try fixture.changeStore("ALTER TABLE gone RENAME TO account")
        try client.expect(logIn("ana", "correct horse"), "ok")
    }

    /// Whoever knew the old password has logged in somewhere, too.
    @Test func aNewPasswordIsKnownWhereItWasSet() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let thief = try fixture.connect(from: "192.0.2.1")
        try thief.expect(logIn("ana", "correct horse"), "ok")
        let isKnown = { fixture.server.knownLogins.contains(Name(stored: "ana"), from: $0) }
        #expect(isKnown("127.0.0.1") && isKnown("192.0.2.1"))
        try ana.expect(#"["passwd",{"old":"correct horse","new":"battery staple"}]"#, "ok")
        #expect(isKnown("127.0.0.1") && !isKnown("192.0.2.1"))
        try fixture.connect(from: nil).expect(#"["reset_password",{"name":"ana","password":"correct horse"}]"#, "ok")
        #expect(!isKnown("127.0.0.1"))
    }

    /// Delayed attempts end with their connections.
    @Test func attemptsOfConnectionsThatGoAreGivenBack() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        fixture.server.knownLogins.forget(Name(stored: "ana"))
        let first = try fixture.connect()
        for _ in 0..<LoginThrottle.freeFailures + 4 { fail("ana", in: fixture) }
        for _ in 0..<5 {
            let clients = try (0..<LoginThrottle.attemptsUnderWay).map { _ in try fixture.connect() }
            for client in clients { try client.send(logIn("ana")) }
            fixture.turn { clients.allSatisfy { $0.handler?.delayedRequest != nil } }
            try first.expect(logIn("ana"), "busy")
            for client in clients { client.finishSending() }
            // A half-closed connection would still get its answer, so these are closed in both directions.
            for client in clients { client.connection?.close(.finished) }
        }
        try first.send(logIn("ana"))
        fixture.turn { first.handler?.delayedRequest != nil }
    }

    /// The owner of an account gets in from where it has logged in before, whatever others of that address do.
    @Test func aKnownAccountKeepsAPlace() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        for _ in 0..<LoginThrottle.attemptsUnderWay {
            #expect(fixture.server.throttle.begin("127.0.0.1", Name(stored: "bob"), now: fixture.server.now) == .zero)
        }
        try fixture.connect().expect(logIn("bob"), "busy")
        try fixture.connect().expect(logIn("ana", "correct horse"), "ok")
    }

    /// A client that guesses passwords need not wait for the answer.
    @Test func aWrongPasswordIsReportedAlsoWhereTheConnectionHasGone() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let client = try fixture.connect()
        try client.send(logIn("ana", "wrong horse"))
        fixture.turn { client.handler?.conversation.isAnswered == false }
        client.connection?.close(.finished)
        fixture.turn { fixture.reports.contains("was refused: wrong_password for ana") }
    }

    /// Its later log-ins by HTTP are not reported, so this one must be.
    @Test func theFirstLogInIsReportedAlsoWhereTheConnectionHasGone() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let client = try fixture.connect(from: "192.0.2.1")
        try client.send(logIn("ana", "correct horse"))
        fixture.turn { client.handler?.conversation.isAnswered == false }
        client.connection?.close(.finished)
        fixture.turn { fixture.reports.contains("ana logged in from 192.0.2.1:") }
    }

    /// The name stays claimed until the guest has become the account, and the account is hidden as the guest was.
    @Test func aHiddenGuestThatSignsUpIsToldWhereTheAccountIsNotHidden() throws {
        for isStored in [true, false] {
            let fixture = try ServerFixture()
            let ana = try fixture.guest("ana")
            try ana.expect(#"["hide",""]"#, "ok")
            if !isStored {
                try fixture.changeStore(
                    "CREATE TRIGGER full BEFORE UPDATE OF hidden ON account BEGIN SELECT RAISE(ABORT, 'full'); END")
            }
            let answer = try #require(try ana.request(#"["signup",{"name":"ana","password":"correct horse"}]"#))
            let name = Name(stored: "ana")
            #expect(answer.contains(isStored ? #"["ok""# : "the account is made, but it is not hidden"))
            #expect(ana.handler?.conversation.identity == (isStored ? .account(name) : .guest(name)))
            #expect(try fixture.server.account(name)?.isHidden == isStored)
        }
    }

    /// Counts a failed attempt from another address.
    private func fail(_ name: String, in fixture: ServerFixture) {
        let name = Name(stored: name)
        #expect(fixture.server.throttle.begin("127.0.0.1", name, now: fixture.server.now) != nil)
        fixture.server.throttle.ended("127.0.0.1", name, succeeded: false, now: fixture.server.now)
    }

    @Test func anUnknownNameAndAWrongPasswordAreAnsweredAlike() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let client = try fixture.connect()
        let answers = try [logIn("ana"), logIn("nobody"), logIn("ana", "x"), logIn("nobody", "x")].map {
            try client.request($0)
        }
        #expect(Set(answers) == [#"["error",{"code":"wrong_password","message":"the name or the password is wrong"}]"#])
        let further = ["ana", "nobody"].map { failuresUntilSlow($0, in: fixture) }
        #expect(further[0] == further[1], "one is slowed down earlier than the other")
        #expect(further[0] < LoginThrottle.freeFailures, "they count as failures")
    }

    /// The number of failures from other addresses after which an attempt at a name is delayed.
    private func failuresUntilSlow(_ name: String, in fixture: ServerFixture) -> Int {
        let name = Name(stored: name)
        for count in 0...LoginThrottle.freeFailures {
            let address = "198.51.100.\(count)"
            let delay = fixture.server.throttle.begin(address, name, now: fixture.server.now)
            fixture.server.throttle.ended(address, name, succeeded: false, now: fixture.server.now)
            if delay != .zero { return count }
        }
        return .max
    }

    @Test func aSignUpWithANameThatIsTakenCostsNothing() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let client = try fixture.connect()
        for _ in 0..<2 * ServerLimits.signUps.burst {
            try client.expect(#"["signup",{"name":"ANA","password":"correct horse"}]"#, "name_taken")
        }
        try client.expect(#"["signup",{"name":"bob","password":"correct horse"}]"#, "ok")
    }

    /// The flood is more than the pool takes: each client gets an answer, some get `busy`, and every name is free
    /// again.
    @Test func aFloodOfSignUpsIsBusyAndLeavesNoNameTaken() throws {
        let fixture = try ServerFixture()
        let count = ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting + 8
        let clients = try (0..<count).map { try fixture.connect(from: "192.0.2.\($0)") }
        for (number, client) in clients.enumerated() {
            try client.send("[\"signup\",{\"name\":\"n\(number)\",\"password\":\"correct horse\"}]")
        }
        var busy: [Int] = []
        for (number, client) in clients.enumerated() {
            let answer = try #require(try client.next())
            if answer.contains("\"busy\"") { busy.append(number) } else { #expect(answer.hasPrefix(#"["ok""#)) }
        }
        #expect(!busy.isEmpty)
        for number in busy {
            try clients[number].expect("[\"signup\",{\"name\":\"n\(number)\",\"password\":\"correct horse\"}]", "ok")
        }
    }

    @Test func whoGoesDuringASignUpLeavesAnAccountAndNoGuest() throws {
        let fixture = try ServerFixture()
        let client = try fixture.guest("ana")
        try client.send(#"["signup",{"name":"ana","password":"correct horse"}]"#)
        fixture.turn { client.handler?.conversation.isAnswered == false }
        client.connection?.close(.finished)
        let name = Name(stored: "ana")
        fixture.turn { !fixture.server.live.directory.isHeld(name) }
        let other = try fixture.connect()
        try other.expect(#"["name","ana"]"#, "name_taken")
        try other.expect(logIn("ana", "correct horse"), "ok")
        #expect(fixture.server.live.directory[name] == nil)
    }

    @Test func anAccountThatIsRemovedWhileItsPasswordIsHashedLogsNobodyIn() throws {
        let fixture = try ServerFixture()
        _ = try fixture.account("ana")
        let client = try fixture.connect()
        let theOperator = try fixture.connect(from: nil)
        for _ in 0..<LoginThrottle.freeFailures { fail("ana", in: fixture) }
        try client.send(logIn("ana", "correct horse"))
        fixture.turn { client.handler?.delayedRequest != nil }
        try theOperator.expect(#"["remove_account","ana"]"#, "ok")
        #expect(try client.next()?.contains("wrong_password") == true)
    }
}
