import Testing
import TweetModel

@testable import TweetServer

/// The words of an account are told from those of a guest, wherever they are read.
struct AuthorKindTests {
    /// Whether each line says that an account wrote it; lines without an author are left out.
    private func kinds(_ lines: [String]) -> [Bool] {
        lines.filter { $0.contains(#""text""#) }.map { $0.contains(#","account":true}"#) }
    }

    /// The next line with a beginning, without the notices before it.
    private func next(_ client: FixtureClient, _ beginning: String) throws -> String {
        while let line = try client.next() {
            if line.hasPrefix(beginning) { return line }
        }
        return ""
    }

    @Test func aTweetSaysIt() throws {
        let fixture = try ServerFixture()
        let (follower, account, guest) = (try fixture.connect(), try fixture.account("ana"), try fixture.connect())
        try follower.expect(#"["follow",""]"#, "ok")
        try guest.expect(#"["name","gus"]"#, "ok")
        let nobody = try fixture.connect()
        for (client, kind) in [(account, true), (guest, false), (nobody, false)] {
            try client.send(##"["u","words #a"]"##)
            #expect(kinds([try client.next() ?? ""]) == [kind])
            #expect(kinds([try client.request(#"["d",""]"#) ?? ""]) == [kind])
        }
        let all = [true, false, false]
        #expect(kinds(try follower.next(3)) == all)
        for list in [#"["d",{"count":3}]"#, ##"["d",{"tag":"a","count":3}]"##, #"["d",{"since":0}]"#] {
            try nobody.send(list)
            #expect(kinds(try nobody.next(4)) == all, "\(list)")
        }
    }

    @Test func aRetryGetsWhatItsFirstAttemptStored() throws {
        let fixture = try ServerFixture()
        let account = try fixture.account("ana")
        for _ in 0..<2 {
            #expect(kinds([try account.request(#"["u",{"text":"words","id":"a"}]"#) ?? ""]) == [true])
        }
    }

    @Test func aPrivateMessageSaysIt() throws {
        let fixture = try ServerFixture()
        let (ana, bob, guest) = (try fixture.account("ana"), try fixture.account("bob"), try fixture.connect())
        try guest.expect(#"["name","gus"]"#, "ok")
        try guest.expect(#"["join",""]"#, "ok")
        try bob.expect(#"["join",""]"#, "ok")
        for (client, kind) in [(ana, true), (guest, false)] {
            try client.send(#"["message",{"to":"bob","text":"psst"}]"#)
            #expect(kinds([try next(client, #"["ok""#)]) == [kind])
            #expect(kinds([try next(bob, #"["message""#)]) == [kind])
        }
        try bob.send(#"["inbox",""]"#)
        #expect(kinds(try bob.next(3)) == [true, false])
        try ana.send(#"["sent",""]"#)
        #expect(kinds(try ana.next(2)) == [true])
        // Messages to guests alone are not stored.
        try ana.send(#"["message",{"to":"gus","text":"psst"}]"#)
        #expect(kinds([try ana.next() ?? ""]) == [true])
        #expect(kinds([try next(guest, #"["message""#)]) == [true])
    }
}
