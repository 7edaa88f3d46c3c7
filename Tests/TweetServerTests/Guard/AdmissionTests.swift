import TestSupport
import Testing
import TweetModel
import TweetReactor
import TweetSystem

@testable import TweetServer

/// Places for connections when they run short.
@Suite struct AdmissionTests {
    private static let stranger = "10.0.0.1"
    private static let honest = "10.0.0.2"

    private func fixture(total: Int) throws -> ServerFixture {
        try ServerFixture(allowance: ConnectionAllowance(total: total))
    }

    /// Takes no request of the client's, so that the server can only tell by the time whether it is idle.
    private func isServed(_ client: FixtureClient) throws -> Bool {
        try client.send(#"["d",""]"#)
        return try client.next()?.hasPrefix(#"["ok""#) == true
    }

    @Test func theConnectionThatHasBeenIdleLongestGivesItsPlace() throws {
        let fixture = try fixture(total: 3)
        let clients = try (0..<3).map { _ in try fixture.connect(from: Self.stranger) }
        // The first one asks something, so the second one is idle longest.
        #expect(try isServed(clients[0]))
        let next = try fixture.connect(from: Self.honest)
        #expect(try isServed(next))
        #expect(
            try clients[1].next()
                == #"["error",{"code":"busy","message":"another connection needs its place","retry_after":1}]"#
        )
        #expect(try clients[1].next() == nil)
        #expect(try isServed(clients[0]))
        #expect(try isServed(clients[2]))
    }

    @Test func theNetworkWithMostConnectionsGivesThePlace() throws {
        let fixture = try fixture(total: 4)
        let first = try fixture.connect(from: Self.honest)
        let crowd = try (0..<3).map { _ in try fixture.connect(from: Self.stranger) }
        let next = try fixture.connect(from: "10.0.0.3")
        #expect(try isServed(first))
        #expect(try isServed(next))
        #expect(try crowd[0].next()?.contains("needs its place") == true)
    }

    /// A flood of more sites than there are places, with one connection each: the honest ones among them keep theirs for
    /// as long as they are served.
    @Test func ofSitesWithEquallyManyTheOneIdleLongestGivesThePlace() throws {
        let fixture = try fixture(total: 10)
        let active = try fixture.connect(from: Self.honest)
        var flood = try (0..<9).map { try fixture.connect(from: "10.0.1.\($0)") }
        for number in 0..<30 {
            #expect(try isServed(active))
            flood.append(try fixture.connect(from: "10.0.2.\(number)"))
            let areOpen = flood.map { $0.connection != nil }
            #expect(areOpen == [false] + Array(repeating: true, count: 9))
            flood.removeFirst()
        }
    }

    /// A site keeps its place in the order whatever its connections do.
    @Test func theConnectionToEvictIsAlwaysOneOfASiteWithMost() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: .max, stays: .max, staysOfSite: .max))
        var random = Numbers()
        var clients: [FixtureClient] = []
        func count(_ site: Site, staying: Bool) -> Int {
            clients.count { $0.handler?.visitor?.site === site && $0.handler?.isStaying == staying }
        }
        for step in 0..<400 {
            switch random.next() % (step < 200 ? 4 : 8) {
            case 0, 1: clients.append(try fixture.connect(from: "10.0.0.\(random.next() % 12)"))
            case _ where clients.isEmpty: continue
            case 2: try clients[random.next() % clients.count].expect(#"["follow",""]"#, "ok")
            default: clients.remove(at: random.next() % clients.count).connection?.close(.evicted)
            }
            let handlers = clients.compactMap(\.handler)
            for isStaying in [false, true] {
                let sites = handlers.filter { $0.isStaying == isStaying }.compactMap { $0.visitor?.site }
                let most = sites.map { count($0, staying: isStaying) }.max() ?? 0
                let blank = Site(now: Instant(milliseconds: 0))
                let found =
                    isStaying
                    ? fixture.server.visitors.stayToEvict(for: blank) : fixture.server.visitors.passingToEvict()
                let foundCount = (found?.visitor?.site).map { count($0, staying: isStaying) }
                // A stay is given only by a site that has two more.
                #expect(foundCount == (most >= (isStaying ? 2 : 1) ? most : nil))
                #expect(found.map(\.isStaying) ?? isStaying == isStaying)
                if isStaying { #expect(fixture.server.visitors.areUneven(for: blank) == (most >= 2)) }
            }
        }
    }

    /// The same numbers each time.
    private struct Numbers {
        private var state: UInt64 = 1

        mutating func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
    }

    /// A network is 64 bits of IPv6; one customer may have 65,536 of them.
    @Test(arguments: [
        ["2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1::3"],
        ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"],
    ]) func addressesOfOneSiteCountTogether(hosts: [String]) throws {
        let fixture = try fixture(total: 5)
        let first = try (1...2).map { try fixture.connect(from: "2001:db8:1:1::\($0)") }
        let crowd = try hosts.map { try fixture.connect(from: $0) }
        let next = try fixture.connect(from: Self.honest)
        for client in first + [next] { #expect(try isServed(client)) }
        #expect(crowd.count { $0.connection != nil } == 2)
    }

    @Test func namesAndRequestsUnderWayKeepTheirPlaces() throws {
        let fixture = try fixture(total: 5)
        let named = try fixture.connect(from: Self.stranger)
        try named.expect(#"["name","ana"]"#, "ok")
        let follower = try fixture.connect(from: Self.stranger)
        try follower.expect(#"["follow",""]"#, "ok")
        fixture.holdOutcomes()
        let uploader = try fixture.connect(from: Self.stranger)
        try uploader.send(#"["u","under way"]"#)
        fixture.turn { uploader.handler?.conversation.isAnswered == false }
        let idle = try (0..<2).map { _ in try fixture.connect(from: Self.stranger) }
        let late = try ["bob", "eve"].map { name in
            let client = try fixture.connect(from: Self.honest)
            try client.expect("[\"name\",\"\(name)\"]", "ok")
            return client
        }
        for client in idle { #expect(try client.next()?.contains("needs its place") == true) }
        let refused = try fixture.connect(from: Self.honest)
        #expect(
            try refused.next()
                == #"["error",{"code":"busy","message":"the server has no room for another connection "#
                + #"(its limit is --max-connections, or its descriptors)","retry_after":1}]"#
        )
        #expect(try refused.next() == nil)
        fixture.takeOutcomes()
        #expect(try uploader.next()?.contains("under way") == true)
        for client in [named, follower] + late { try client.expect(#"["ping",""]"#, "ok") }
    }

    /// Requests that wait for their turn are no protection: a flood of them would hold every place.
    @Test func aConnectionWhoseRequestsWaitGivesItsPlaceIfThereIsNoOther() throws {
        let fixture = try fixture(total: 2)
        let crowd = try (0..<2).map { _ in try fixture.connect(from: Self.stranger) }
        for client in crowd { client.handler?.connection.awaitTurn() }
        let next = try fixture.connect(from: Self.honest)
        #expect(try isServed(next))
        #expect(crowd.count { $0.connection == nil } == 1)
    }

    /// A peer that never reads its answer must not hold its place until the answer's time is over.
    @Test func aConnectionThatDoesNotReadItsAnswerGivesItsPlace() throws {
        let fixture = try fixture(total: 1)
        let client = try fixture.connect(from: Self.stranger, sendBuffer: 4096)
        for _ in 0..<400 { try client.expect("[\"u\",\"\(String(repeating: "long ", count: 28))\"]", "ok") }
        try client.send(#"["d",{"count":400}]"#)
        fixture.turn { client.connection?.isBlocked == true }
        let next = try fixture.connect(from: Self.honest)
        #expect(try isServed(next))
        #expect(client.connection == nil)
    }

    /// A connection that is done and whose peer never ends must not hold its place.
    @Test func aFinishedConnectionGivesItsPlaceFirst() throws {
        let fixture = try fixture(total: 3)
        let idle = try (0..<2).map { _ in try fixture.connect(from: Self.stranger) }
        let finished = try fixture.connect(from: Self.stranger)
        try finished.expect("no JSON", "not_json")
        let next = try fixture.connect(from: Self.honest)
        #expect(finished.connection == nil)
        for client in idle + [next] { #expect(try isServed(client)) }
    }

    @Test func anotherNetworkGivesThePlaceIfTheLargestCannot() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 3, staysOfSite: 3))
        let named = try ["ana", "bob"].map { name in
            let client = try fixture.connect(from: Self.stranger)
            try client.expect("[\"name\",\"\(name)\"]", "ok")
            return client
        }
        let idle = try fixture.connect(from: Self.honest)
        #expect(try isServed(try fixture.connect(from: "10.0.0.3")))
        #expect(try idle.next()?.contains("needs its place") == true)
        withExtendedLifetime(named) {}
    }

    /// Only a name that was taken counts, not an attempt.
    @Test func aRefusedNameIsNoStay() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, staysOfSite: 1))
        let first = try fixture.connect(from: Self.stranger)
        try first.expect(#"["name","server"]"#, "name_taken")
        try first.expect(#"["login",{"name":"ana","password":"wrong horse"}]"#, "wrong_password")
        let second = try fixture.connect(from: Self.stranger)
        try second.expect(#"["name","bob"]"#, "ok")
        try first.expect(#"["name","eve"]"#, "busy")
    }

    @Test func theOperatorAlwaysGetsIn() throws {
        let fixture = try fixture(total: 1)
        let client = try fixture.connect()
        let administrator = try fixture.connect(from: nil)
        try administrator.expect(#"["ping",""]"#, "ok")
        #expect(try isServed(client))
    }

    @Test func aNetworkHasABoundOfConnectionsThatStay() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, staysOfSite: 2))
        let first = try fixture.connect(from: Self.stranger)
        try first.expect(#"["name","ana"]"#, "ok")
        let second = try fixture.connect(from: Self.stranger)
        try second.expect(#"["follow","a"]"#, "ok")
        try second.expect(#"["follow","b"]"#, "ok")
        let third = try fixture.connect(from: Self.stranger)
        try third.expect(#"["name","bob"]"#, "busy")
        try third.expect(#"["follow",""]"#, "busy")
        try third.expect(#"["login",{"name":"bob","password":"correct horse"}]"#, "busy")
        #expect(try isServed(third))
        try fixture.connect(from: Self.honest).expect(#"["name","bob"]"#, "ok")
        first.finishSending()
        #expect(try first.next() == nil)
        try third.expect(#"["follow",""]"#, "ok")
    }

    // MARK: Connections that stay

    private func named(_ names: [String], from host: String, _ fixture: ServerFixture) throws -> [FixtureClient] {
        try names.map { name in
            let client = try fixture.connect(from: host)
            try client.expect("[\"name\",\"\(name)\"]", "ok")
            return client
        }
    }

    /// Two sites that hold all that may stay must not keep a third one out.
    @Test func theSiteWithMostStaysGivesOne() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, stays: 4, staysOfSite: 3))
        let many = try named(["a", "b", "c"], from: Self.stranger, fixture)
        let few = try named(["d"], from: "10.0.0.3", fixture)
        let first = try fixture.connect(from: Self.honest)
        try first.expect(#"["name","e"]"#, "ok")
        #expect(try many[0].next()?.contains("needs its place") == true)
        #expect(fixture.server.visitors.stays == 4)
        // Now the others have one more than this site at most: it would only be their turn next.
        try fixture.connect(from: Self.honest).expect(#"["follow",""]"#, "busy")
        for client in many.dropFirst() + few + [first] { try client.expect(#"["ping",""]"#, "ok") }
    }

    /// Neither do requests that wait for their turn protect a stay.
    @Test func aStayWhoseRequestsWaitIsGivenIfThereIsNoOther() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, stays: 2, staysOfSite: 2))
        let busy = try named(["a", "b"], from: Self.stranger, fixture)
        for client in busy { client.handler?.connection.awaitTurn() }
        let next = try fixture.connect(from: Self.honest)
        try next.send(#"["name","c"]"#)
        fixture.turn { fixture.server.visitors.stays == 2 && next.handler?.isStaying == true }
        #expect(busy.count { $0.connection == nil } == 1)
    }

    /// A name that is not taken costs nobody a place.
    @Test func aRefusedNameEvictsNobody() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, stays: 2, staysOfSite: 2))
        let stays = try named(["a", "b"], from: Self.stranger, fixture)
        let other = try fixture.connect(from: Self.honest)
        try other.expect(#"["name","server"]"#, "name_taken")
        try other.expect(#"["login",{"name":"ana","password":"wrong horse"}]"#, "wrong_password")
        for client in stays { try client.expect(#"["ping",""]"#, "ok") }
    }

    private static let resumption = #"["name",{"name":"vic","resume":"0123456789abcdef"}]"#

    /// A guest that comes back from another network, when nobody else may stay, takes the place of its old connection.
    @Test func aGuestThatComesBackEvictsNobody() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, stays: 4, staysOfSite: 3))
        let old = try fixture.connect(from: Self.stranger)
        try old.expect(Self.resumption, "ok")
        try old.expect(#"["join",""]"#, "ok")
        let others = try named(["a", "b"], from: Self.stranger, fixture)
        let witness = try named(["d"], from: "10.0.0.3", fixture)[0]
        try witness.expect(#"["join",""]"#, "ok")
        let site = try #require(old.handler?.visitor?.site)
        let new = try fixture.connect(from: Self.honest)
        try new.expect(Self.resumption, "ok")
        #expect(new.handler?.subscriber.hasJoined == true)
        #expect(fixture.server.visitors.stays == 4 && site.guestNames == 2)
        for client in others + [witness] { try client.expect(#"["ping",""]"#, "ok") }
    }

    /// Its old connection stays, and so does its name.
    @Test func aGuestThatComesBackNeedsAPlaceOfItsSite() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, staysOfSite: 2))
        let old = try fixture.connect(from: Self.stranger)
        try old.expect(Self.resumption, "ok")
        let full = try named(["a", "b"], from: Self.honest, fixture)
        try fixture.connect(from: Self.honest).expect(Self.resumption, "busy")
        for client in full + [old] { try client.expect(#"["ping",""]"#, "ok") }
        // A connection that stays already may take it over.
        let follower = try fixture.connect(from: "10.0.0.3")
        try follower.expect(#"["follow",""]"#, "ok")
        try named(["c"], from: "10.0.0.3", fixture)[0].expect(#"["ping",""]"#, "ok")
        try follower.expect(Self.resumption, "ok")
    }

    /// Its password is checked although it does not wait for the answer.
    @Test func aLogInOfAClientThatIsGoneEvictsNobody() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 10, stays: 2, staysOfSite: 2))
        try fixture.connect(from: nil).expect(#"["add_account",{"name":"ana","password":"correct horse"}]"#, "ok")
        let stays = try named(["a", "b"], from: Self.stranger, fixture)
        let gone = try fixture.connect(from: Self.honest)
        try gone.send(#"["login",{"name":"ana","password":"correct horse"}]"#)
        fixture.turn { gone.handler?.conversation.isAnswered == false }
        gone.handler?.connection.close(.serverStopped)
        // The pool's places are given in turn, so this one is checked after it.
        try fixture.connect(from: Self.honest).expect(
            #"["login",{"name":"ana","password":"wrong horse"}]"#, "wrong_password")
        for client in stays { try client.expect(#"["ping",""]"#, "ok") }
    }

    @Test func anAccountStaysLongerThanAGuestAndAGuestLongerThanAFollower() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 20, stays: 4, staysOfSite: 4))
        let account = try fixture.connect(from: Self.stranger)
        try account.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
        let guest = try named(["bob"], from: Self.stranger, fixture)[0]
        let followers = try (0..<2).map { _ in
            let client = try fixture.connect(from: Self.stranger)
            try client.expect(#"["follow",""]"#, "ok")
            return client
        }
        let others = try (0..<2).map { number in
            let other = try fixture.connect(from: "10.0.1.\(number)")
            try other.expect("[\"name\",\"n\(number)\"]", "ok")
            #expect(try followers[number].next()?.contains("needs its place") == true)
            return other
        }
        withExtendedLifetime(others) {}
        try account.expect(#"["ping",""]"#, "ok")
        try guest.expect(#"["ping",""]"#, "ok")
    }

    // MARK: What a site may store

    /// The other networks of a customer wait as well.
    @Test(arguments: ["2001:db8:0:1::2", "2001:db8:0:2::1"]) func theNetworksOfASiteStoreTogether(host: String) throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: "2001:db8:0:1::1")
        client.handler?.visitor?.site.spendStorage(ServerLimits.storedBytes.burst)
        try client.expect(#"["u","a"]"#, "ok")
        try fixture.connect(from: host).expect(#"["u","a"]"#, "busy")
        try fixture.connect(from: "2001:db8:1:1::1").expect(#"["u","a"]"#, "ok")
    }

    @Test func aSiteStoresABurstAndThenWaits() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        let text = #"["u","a"]"#
        client.handler?.visitor?.site.spendStorage(ServerLimits.storedBytes.burst + 1)
        try client.send(text)
        let expected =
            #"["error",{"code":"busy","message":"your network has stored as much as it may: 256 MiB at once, then 64 KiB a "#
            + #"second","retry_after":1}]"#
        #expect(try client.next() == expected)
        try fixture.connect(from: Self.honest).expect(text, "ok")
        fixture.pass(.milliseconds(999))
        // Its site may store again, but this connection was told a second.
        try client.expect(text, "busy")
        try fixture.connect(from: Self.stranger).expect(text, "ok")
        fixture.pass(.milliseconds(1))
        try client.expect(text, "ok")
    }

    /// Answers come in the order of the requests: the error for the second upload must not be taken for the first one's.
    @Test func aRefusalForStorageWaitsForEarlierUploads() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        fixture.holdOutcomes()
        try client.send(#"["u","first"]"#)
        fixture.turn { client.handler?.conversation.isAnswered == false }
        client.handler?.visitor?.site.spendStorage(ServerLimits.storedBytes.burst)
        try client.send(#"["u","second"]"#)
        try fixture.awaitCommit()
        fixture.takeOutcomes()
        #expect(try client.next()?.contains("first") == true)
        #expect(try client.next()?.contains("has stored as much as it may") == true)
    }

    // MARK: Reports

    @Test func aFloodOfRefusalsIsSummedUp() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        let burst = ServerLimits.refusalReports.burst
        for _ in 0..<burst + 50 { try client.expect(#"["nothing",""]"#, "unknown_operation") }
        #expect(fixture.reportCount("was refused: unknown_operation") == burst)
        fixture.server.sumUp()
        #expect(fixture.reportCount("more reports") == 0)
        fixture.pass(.seconds(1))
        // The sum is the report of this second.
        try client.expect(#"["nothing",""]"#, "unknown_operation")
        fixture.server.sumUp()
        #expect(
            fixture.reportCount(
                " 51 more reports about 10.0.0.1 are left out, the first: client 10.0.0.1:1 was refused") == 1)
        // Another network is reported as before.
        let other = try fixture.connect(from: Self.honest)
        try other.expect(#"["nothing",""]"#, "unknown_operation")
        #expect(fixture.reports.contains("client 10.0.0.2:1 was refused"))
        try client.expect(#"["nothing",""]"#, "unknown_operation")
        #expect(fixture.reportCount("client 10.0.0.1:1 was refused: unknown_operation") == burst + 1)
        fixture.server.sumUp(isLast: true)
        #expect(fixture.reports.contains(" 1 more reports about 10.0.0.1"))
        let count = fixture.reports.count
        fixture.server.sumUp(isLast: true)
        #expect(fixture.reports.count == count, "there is nothing left to sum up")
    }

    @Test func storedMessagesAreReportedWhateverElseIsLeftOut() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        for _ in 0..<ServerLimits.refusalReports.burst + 1 {
            try client.expect(#"["nothing",""]"#, "unknown_operation")
        }
        try client.expect(#"["u","still reported"]"#, "ok")
        #expect(fixture.reports.contains(": still reported"))
    }

    /// A flood of other refusals must not hide whose password is guessed, and who has logged in.
    @Test func guessesAndLogInsAreReportedWhateverElseIsLeftOut() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect(from: Self.stranger)
        for _ in 0..<ServerLimits.refusalReports.burst + 1 {
            try client.expect(#"["nothing",""]"#, "unknown_operation")
        }
        try client.expect(#"["login",{"name":"ana","password":"wrong horse"}]"#, "wrong_password")
        try client.expect(#"["signup",{"name":"bob","password":"correct horse"}]"#, "ok")
        #expect(fixture.reportCount("was refused: wrong_password for ana") == 1)
        #expect(fixture.reportCount("bob signed up from") == 1)
    }

    @Test func manyNetworksAreSummedUpTogether() throws {
        let fixture = try ServerFixture()
        for number in 1...ServerLimits.summarizedNetworks + 5 {
            let client = try fixture.connect(from: "10.0.1.\(number)")
            let visitor = try #require(client.handler?.visitor)
            for _ in 0..<number { visitor.omit { $0.appendEscaped("a report") } }
        }
        fixture.server.sumUp()
        #expect(fixture.reportCount("more reports about 10.0.1.") == ServerLimits.summarizedNetworks)
        #expect(fixture.reports.contains(" 15 more reports about other networks are left out"))
    }
}

extension ServerFixture {
    /// The number of reports that contain a text.
    fileprivate func reportCount(_ text: String) -> Int { reports.split(separator: "\n").count { $0.contains(text) } }
}
