import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// Notices of joining and leaving: every follower gets each notice once, in order, however many there are.
struct NoticeTests {
    /// The number of clients, which is more than the notices of one turn reach.
    private let crowd = ServerLimits.noticesPerTurn + 40

    /// Waits for the last of the notices, and returns all of them in order.
    private func notices(_ client: FixtureClient, upTo last: String) throws -> [String] {
        var lines: [String] = []
        while lines.last?.hasPrefix(last) != true { lines.append(try #require(try client.next())) }
        return lines
    }

    @Test func everybodyIsToldOfEachWhoJoinsAfterwardsOnceAndInOrder() throws {
        let fixture = try ServerFixture()
        let clients = try (0..<crowd).map { try fixture.guest("n\($0)") }
        let last = try fixture.guest("last")
        for (number, client) in clients.enumerated() {
            let lines = try notices(client, upTo: #"["joined",{"name":"last""#)
            #expect(lines.names("joined") == (number + 1..<crowd).map { "n\($0)" } + ["last"])
            #expect(lines.count == crowd - number, "and nothing else")
        }
        #expect(last.takeLines() == [], "not of oneself")

        // All clients leave; the last one gets notices of all the others.
        for client in clients { client.finishSending() }
        let left = try (0..<crowd).map { _ in try #require(try last.next()) }
        #expect(left.names("left").sorted() == (0..<crowd).map { "n\($0)" }.sorted())
    }

    @Test func whoIsAwayBeforeJoiningIsAwayFromTheBeginning() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        try client.expect(#"["name","ana"]"#, "ok")
        try client.expect(#"["away",""]"#, "ok")
        try client.expect(#"["join",""]"#, "ok")
        #expect(try client.request(#"["who","ana"]"#)?.contains(#""status":"away""#) == true)
        // The client stays away under its new name.
        try client.expect(#"["signup",{"name":"bob","password":"correct horse"}]"#, "ok")
        #expect(try client.request(#"["who","bob"]"#)?.contains(#""status":"away""#) == true)
        try client.expect(#"["back",""]"#, "ok")
        #expect(try client.request(#"["who","bob"]"#)?.contains(#""status":"online""#) == true)
    }

    /// While one wave of notices goes out, clients leave and join and cause further notices.
    @Test func whoLeavesOrJoinsDuringAWaveSpoilsItForNobody() throws {
        let fixture = try ServerFixture()
        let clients = try (0..<crowd).map { try fixture.guest("n\($0)") }
        fixture.turn { clients.allSatisfy { $0.connection?.feedCursor == nil } }
        // The wave of this notice has reached its first slice when the others leave.
        let first = try fixture.guest("first")
        for number in stride(from: 0, to: crowd, by: 7) { clients[number].finishSending() }
        let staying = (0..<crowd).filter { $0 % 7 != 0 }
        let second = try fixture.guest("second")
        fixture.turn { fixture.server.live.directory.visible.count == staying.count + 2 }
        try second.expect(#"["leave",""]"#, "ok")
        let gone = (0..<crowd).filter { $0 % 7 == 0 }.map { "n\($0)" }
        for number in staying {
            let lines = try notices(clients[number], upTo: #"["left",{"name":"second""#)
            let joined = lines.names("joined")
            #expect(joined == (number + 1..<crowd).map { "n\($0)" } + ["first", "second"])
            #expect(Set(lines.names("left")).subtracting(["second"]) == Set(gone))
            #expect(lines.names("left").count == gone.count + 1, "each once")
        }
        let lines = try notices(first, upTo: #"["left",{"name":"second""#)
        #expect(lines.names("joined") == ["second"])
        #expect(Set(lines.names("left")) == Set(gone + ["second"]))
    }

    @Test func aNameWithSeveralConnectionsJoinsAndLeavesOnce() throws {
        let fixture = try ServerFixture()
        let watcher = try fixture.guest("watcher")
        let one = try fixture.account("ana")
        let two = try fixture.account("ana", isNew: false)
        for client in [one, two] { try client.expect(#"["join",""]"#, "ok") }
        try one.expect(#"["join",""]"#, "ok")
        try one.expect(#"["leave",""]"#, "ok")
        try one.expect(#"["leave",""]"#, "ok")
        two.finishSending()
        let lines = try notices(watcher, upTo: #"["left""#)
        #expect(lines.names("joined") == ["ana"])
        #expect(lines.names("left") == ["ana"])
        #expect(lines.count == 2)
        #expect(one.takeLines() == [], "one's own name is no news")
    }

    @Test func whoHasLeftIsToldNothing() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.guest("ana")
        try ana.expect(#"["leave",""]"#, "ok")
        let watcher = try fixture.guest("watcher")
        let bob = try fixture.guest("bob")
        #expect(try notices(watcher, upTo: #"["joined""#).names("joined") == ["bob"])
        try ana.expect(#"["join",""]"#, "ok")
        bob.finishSending()
        #expect(try notices(ana, upTo: #"["left""#).count == 1)
    }

    /// A change of the follower's own name must not lose a notice from just before.
    @Test func whoJoinsUnderAnotherNameMissesNoNotice() throws {
        let fixture = try ServerFixture()
        let guest = try fixture.guest("guest")
        let other = try fixture.connect()
        let handler = try #require(guest.handler)
        let otherHandler = try #require(other.handler)
        // Without a turn in between, the notice is on its way when the guest gets an account.
        otherHandler.take(.guest(Name(stored: "other")), isHidden: false)
        otherHandler.join()
        handler.take(.account(Name(stored: "eva")), isHidden: false)
        _ = try fixture.guest("third")
        let lines = try notices(guest, upTo: #"["joined",{"name":"third""#)
        #expect(lines.names("joined") == ["other", "third"])
        #expect(lines.names("left") == [], "not of oneself under the old name")
        let others = try notices(other, upTo: #"["joined",{"name":"third""#)
        #expect(others.names("left") == ["guest"])
        #expect(others.names("joined") == ["eva", "third"])
    }

    /// A client that hides or shows itself, over this connection or another, misses no notice either.
    @Test func whoHidesMissesNoNoticeAndIsToldNothingOfItself() throws {
        let fixture = try ServerFixture()
        let guest = try fixture.guest("guest")
        let other = try fixture.connect()
        let handler = try #require(guest.handler)
        let otherHandler = try #require(other.handler)
        otherHandler.take(.guest(Name(stored: "other")), isHidden: false)
        otherHandler.join()
        for isHidden in [true, false, true, false] { _ = try handler.setHidden(isHidden) }
        _ = try fixture.guest("third")
        let lines = try notices(guest, upTo: #"["joined",{"name":"third""#)
        #expect(lines.names("joined") == ["other", "third"])
        #expect(lines.names("left") == [])
        let others = try notices(other, upTo: #"["joined",{"name":"third""#)
        #expect(others.names("left") == ["guest", "guest"])
        #expect(others.names("joined") == ["guest", "guest", "third"])
    }

    // MARK: Hidden

    @Test func whoIsHiddenJoinsAndLeavesUnseen() throws {
        let fixture = try ServerFixture()
        let watcher = try fixture.guest("watcher")
        let ana = try fixture.account("ana")
        try ana.expect(#"["hide",""]"#, "ok")
        try ana.expect(#"["join",""]"#, "ok")
        try ana.expect(#"["leave",""]"#, "ok")
        try ana.expect(#"["join",""]"#, "ok")
        try ana.expect(#"["show",""]"#, "ok")
        try ana.expect(#"["hide",""]"#, "ok")
        ana.finishSending()
        _ = try fixture.guest("last")
        let lines = try notices(watcher, upTo: #"["joined",{"name":"last""#)
        #expect(lines.map { $0.prefix(15) } == [#"["joined",{"nam"#, #"["left",{"name""#, #"["joined",{"nam"#])
    }

    /// An account is hidden on all of its connections, and stays hidden.
    @Test func anAccountThatWasHiddenFromElsewhereJoinsUnseen() throws {
        let fixture = try ServerFixture()
        let watcher = try fixture.guest("watcher")
        let one = try fixture.account("ana")
        let two = try fixture.account("ana", isNew: false)
        try one.expect(#"["hide",""]"#, "ok")
        try two.expect(#"["join",""]"#, "ok")
        #expect(try watcher.request(#"["who","ana"]"#)?.contains("no_such_name") == true)
        try one.expect(#"["show",""]"#, "ok")
        try two.expect(#"["leave",""]"#, "ok")
        try two.expect(#"["join",""]"#, "ok")
        let lines = try (0..<3).map { _ in try #require(try watcher.next()) }
        #expect(lines.map { $0.prefix(8) } == [#"["joined"#, #"["left","#, #"["joined"#])
    }
}
