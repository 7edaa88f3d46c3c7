import Testing
import TweetJournal
import TweetModel
import TweetReactor
import TweetSystem

@testable import TweetServer

/// The accounts that one site may make, and the names that its guests may hold.
struct SignUpTests {
    private static let stranger = "10.0.0.1"
    private static let honest = "10.0.0.2"

    private func signUp(_ name: String) -> String {
        #"["signup",{"name":"\#(name)","password":"correct horse"}]"#
    }

    /// The accounts that a client's site may still make now.
    private func left(_ fixture: ServerFixture, _ client: FixtureClient) throws -> Int {
        let site = try #require(client.handler?.visitor?.site)
        var count = 0
        while site.signUps.take(now: fixture.server.now) == nil { count += 1 }
        for _ in 0..<count { site.signUps.giveBack() }
        return count
    }

    // MARK: Sign-ups

    @Test func aSiteMakesABurstOfAccountsAndThenWaits() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        let site = try #require(client.handler?.visitor?.site)
        #expect(site.signUps.take(ServerLimits.signUps.burst - 1, now: fixture.server.now) == nil)
        try client.expect(signUp("one"), "ok")
        let next = try fixture.connect(from: Self.stranger)
        let refusal =
            #"["error",{"code":"busy","message":"your network has made as many accounts as it may: 50 at once, then 50 an hour","#
        #expect(try next.request(signUp("two")) == refusal + #""retry_after":72}]"#)
        try next.expect(#"["name","two"]"#, "ok")
        fixture.pass(.seconds(70) + .milliseconds(1))
        #expect(try next.request(signUp("two")) == refusal + #""retry_after":2}]"#)
        try fixture.connect(from: Self.honest).expect(signUp("three"), "ok")
        try fixture.connect(from: nil).expect(signUp("four"), "ok")
        fixture.pass(.seconds(2))
        try next.expect(signUp("two"), "ok")
        #expect(try left(fixture, next) == 0)
    }

    @Test func onlyAnAccountThatIsMadeCounts() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        let burst = ServerLimits.signUps.burst
        try client.expect(signUp("server"), "name_taken")
        #expect(try left(fixture, client) == burst)
        // Another node makes the account while this one hashes the password.
        try client.send(signUp("bob"))
        fixture.turn { fixture.server.live.directory.isHeld(Name(stored: "bob")) }
        #expect(try left(fixture, client) == burst - 1)
        fixture.journal.proposeElsewhere(
            .accountCreated(
                time: Timestamp(milliseconds: 0), name: Name(stored: "bob"), password: PasswordHash("hash")))
        #expect(try #require(try client.next()).contains("name_taken"))
        #expect(try left(fixture, client) == burst)
        try client.expect(signUp("eve"), "ok")
        #expect(try left(fixture, client) == burst - 1)
    }

    /// The account of a hidden guest is made in two steps, and paid once.
    @Test func theAccountOfAHiddenGuestCountsOnce() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        for line in [#"["name","ana"]"#, #"["hide",""]"#, signUp("ana")] { try client.expect(line, "ok") }
        #expect(try left(fixture, client) == ServerLimits.signUps.burst - 1)
    }

    @Test func aClientThatLeavesMeanwhileHasStillMadeItsAccount() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        let site = try #require(client.handler?.visitor?.site)
        try client.send(signUp("ana"))
        fixture.turn { fixture.server.live.directory.isHeld(Name(stored: "ana")) }
        client.connection?.close(.finished)
        try fixture.turn { try fixture.server.account(Name(stored: "ana")) != nil && fixture.server.waiters.isEmpty }
        #expect(site.signUps.take(ServerLimits.signUps.burst, now: fixture.server.now) != nil)
    }

    // MARK: Names of guests

    private func guestNames(_ client: FixtureClient) throws -> Int {
        try #require(client.handler?.visitor).site.guestNames
    }

    @Test func aSiteHoldsABoundOfGuestNames() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        let site = try #require(client.handler?.visitor?.site)
        site.guestNames = ServerLimits.guestNames - 1
        try client.expect(#"["name","ana"]"#, "ok")
        let next = try fixture.connect(from: Self.stranger)
        #expect(
            try next.request(#"["name","bob"]"#)
                == #"["error",{"code":"busy","message":"the guests of your network hold 4000 names, which is the limit","retry_after":10}]"#
        )
        try fixture.connect(from: Self.honest).expect(#"["name","bob"]"#, "ok")
        client.finishSending()
        #expect(try client.next() == nil)
        try next.expect(#"["name","eve"]"#, "ok")
        #expect(site.guestNames == ServerLimits.guestNames)
    }

    @Test func aNameCountsUntilItIsFree() throws {
        let fixture = try ServerFixture()
        let watcher = try fixture.connect(from: Self.stranger)
        let client = try fixture.guest("ana", from: Self.stranger)
        try watcher.expect(#"["name","ana"]"#, "name_taken")
        #expect(try guestNames(watcher) == 1)
        try client.expect(#"["leave",""]"#, "ok")
        #expect(try guestNames(watcher) == 1, "it still has the name")
        try client.expect(signUp("ana"), "ok")
        #expect(try guestNames(watcher) == 0, "it is an account's now")
        let other = try fixture.guest("bob", from: Self.stranger)
        #expect(try guestNames(watcher) == 1)
        other.finishSending()
        fixture.turn { !fixture.server.live.directory.isHeld(Name(stored: "bob")) }
        #expect(try guestNames(watcher) == 0)
    }

    @Test func aNameThatIsTakenOverMovesToTheNewSite() throws {
        let fixture = try ServerFixture()
        let line = #"["name",{"name":"ana","resume":"0123456789abcdef"}]"#
        let (first, second) = (try fixture.connect(from: Self.stranger), try fixture.connect(from: Self.stranger))
        let third = try fixture.connect(from: Self.honest)
        let site = try #require(second.handler?.visitor?.site)
        let other = try #require(third.handler?.visitor?.site)
        try first.expect(line, "ok")
        // Within a site the number does not change, so its bound is no reason to refuse.
        site.guestNames += ServerLimits.guestNames
        try second.expect(line, "ok")
        #expect(site.guestNames == ServerLimits.guestNames + 1)
        other.guestNames = ServerLimits.guestNames
        try third.expect(line, "busy")
        other.guestNames = 0
        try third.expect(line, "ok")
        #expect([site.guestNames, other.guestNames] == [ServerLimits.guestNames, 1])
        fixture.turn { second.handler == nil }
        #expect(site.guestNames == ServerLimits.guestNames, "the closed connection has no name to give up")
    }

    /// A customer of IPv6 may have thousands of networks; they count together.
    @Test func networksOfOneSiteCountTogether() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: "2001:db8:0:1::1")
        let other = try fixture.connect(from: "2001:db8:0:2::1")
        let site = try #require(client.handler?.visitor?.site)
        #expect(site.signUps.take(ServerLimits.signUps.burst, now: fixture.server.now) == nil)
        site.guestNames = ServerLimits.guestNames
        for line in [signUp("ana"), #"["name","bob"]"#] {
            try client.expect(line, "busy")
            try other.expect(line, "busy")
            try fixture.connect(from: "2001:db8:1:1::1").expect(line, "ok")
        }
    }
}
