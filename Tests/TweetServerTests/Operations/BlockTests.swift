import Testing
import TweetJournal
import TweetModel

@testable import TweetServer

/// Blocks, and the bounds of pending messages, as clients see them.
struct BlockTests {
    private static let time = #""2026-11-21T05:03:00.123Z""#

    private func message(to names: String..., text: String = "psst") -> String {
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        return #"["message",{"to":[\#(list)],"text":"\#(text)"}]"#
    }

    private func error(_ code: String, _ message: String) -> String {
        #"["error",{"code":"\#(code)","message":"\#(message)"}]"#
    }

    @Test func aBlockedSenderIsToldSoAndNothingIsDelivered() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("Ana"), try fixture.account("Bob"))
        let guest = try fixture.connect()
        try guest.expect(#"["name","eve"]"#, "ok")
        try ana.expect(#"["join",""]"#, "ok")
        try ana.expect(#"["block","bob"]"#, "ok")
        try ana.expect(#"["block","EVE"]"#, "ok")
        for sender in [bob, guest] {
            #expect(try sender.request(message(to: "ana")) == error("blocked", "Ana takes no messages from you"))
        }
        // All or nothing: the guest does not get it either.
        let other = try fixture.guest("other")
        _ = other.takeLines()
        try bob.expect(message(to: "other", "ana"), "blocked")
        try bob.expect(message(to: "other", text: "for you"), "ok")
        #expect(try other.next()?.contains("for you") == true)
        try other.expect(message(to: "ana", text: "from another"), "ok")
        #expect(ana.takeLines().filter { $0.hasPrefix(#"["message""#) }.count == 1)
        try ana.expect(#"["unblock","BOB"]"#, "ok")
        try bob.expect(message(to: "ana"), "ok")
        try guest.expect(message(to: "ana"), "blocked")
    }

    @Test func blockedNamesAreListedInTheirOrder() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        for name in ["Zed", "bob", "Eve"] { try ana.expect(#"["block","\#(name)"]"#, "ok") }
        try ana.send(#"["blocked",""]"#)
        let expected = ["bob", "Eve", "Zed"].map { #"["part",{"name":"\#($0)","blocked":\#(Self.time)}]"# }
        #expect(try ana.next(4) == expected + [#"["ok",{"count":3}]"#])
        #expect(try bob.request(#"["blocked",""]"#) == #"["ok",{"count":0}]"#, "a list is its owner's")
        #expect(try ana.request(#"["block","Ana"]"#) == error("to_oneself", "you cannot block yourself"))
    }

    /// More lines than are queued in one turn of the loop.
    @Test func aLongListIsSentWhole() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let (count, owner) = (MailLimits.blocked, Name(stored: "ana"))
        for number in 0..<count {
            fixture.journal.proposeElsewhere(
                .blockChanged(
                    time: Timestamp(milliseconds: 0), by: owner, of: Name(stored: "name\(number + 1000)"),
                    isBlocked: true))
        }
        #expect(
            try ana.request(#"["block","one"]"#)
                == error("too_many", "you block 1000 names, which is the limit: unblock one first"))
        try ana.send(#"["blocked",""]"#)
        let lines = try ana.next(count + 1)
        #expect(lines.names("part") == (0..<count).map { "name\($0 + 1000)" })
        #expect(lines.last == "[\"ok\",{\"count\":\(count)}]")
    }

    /// The other node's entry comes first, so the message here is refused.
    @Test func aBlockOfAnotherNodeHoldsForAMessageUnderWay() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        fixture.holdOutcomes()
        fixture.journal.proposeElsewhere(
            .blockChanged(
                time: Timestamp(milliseconds: 0), by: Name(stored: "ana"), of: Name(stored: "bob"), isBlocked: true))
        try bob.send(message(to: "ana"))
        fixture.turn { bob.handler?.conversation.isAnswered == false }
        fixture.takeOutcomes()
        #expect(try bob.next()?.contains(#""code":"blocked""#) == true)
        #expect(try ana.request(#"["inbox",""]"#) == #"["ok",{"count":0}]"#)
    }

    @Test func blocksEndWithTheirAccount() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        try ana.expect(#"["block","bob"]"#, "ok")
        try fixture.connect(from: nil).expect(#"["remove_account","ana"]"#, "ok")
        try bob.expect(message(to: "ana"), "no_such_name")
        let again = try fixture.account("ana")
        #expect(try again.request(#"["blocked",""]"#) == #"["ok",{"count":0}]"#)
        try bob.expect(message(to: "ana"), "ok")
    }

    // MARK: Full inboxes

    @Test(arguments: [true, false])
    func aFullInboxSaysWhoseItIs(isHidden: Bool) throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("Ana"), try fixture.account("bob"))
        let guest = try fixture.guest("eve")
        if isHidden { try ana.expect(#"["hide",""]"#, "ok") }
        // A refusal spells a hidden name as the sender does.
        let name = isHidden ? "ANA" : "Ana"
        let entry = Entry.messageSent(
            time: Timestamp(milliseconds: 0), sender: Name(stored: "x"), recipients: [Name(stored: "ana")],
            text: TweetText(stored: "hi"), id: nil)
        for _ in 0..<MailLimits.pendingOfSender { fixture.journal.proposeElsewhere(entry) }
        let end = "wait for \(name): send it again after \(name) has read some"
        let limit = "one sender may have (1000, fewer in a full inbox)"
        #expect(
            try guest.request(message(to: "ANA"))
                == error("inbox_full", "as many messages of guests as \(limit) \(end)"))
        try bob.expect(message(to: "ana"), "ok")
        try fixture.changeStore("UPDATE account SET pending = \(MailLimits.pending) WHERE key = 'ana'")
        for sender in [bob, guest] {
            #expect(
                try sender.request(message(to: "ANA"))
                    == error("inbox_full", "10000 messages, which is the limit, \(end)")
            )
        }
        try ana.expect(message(to: "bob"), "ok")
    }

    @Test func aSenderIsToldOfItsOwnMessages() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        let entry = Entry.messageSent(
            time: Timestamp(milliseconds: 0), sender: Name(stored: "bob"), recipients: [Name(stored: "ana")],
            text: TweetText(stored: "hi"), id: nil, isByAccount: true)
        for _ in 0..<MailLimits.pendingOfSender { fixture.journal.proposeElsewhere(entry) }
        let refusal = error(
            "inbox_full",
            "as many messages of yours as one sender may have (1000, fewer in a full inbox) wait for ana: send it again after ana has read some"
        )
        #expect(try bob.request(message(to: "ana")) == refusal)
        try ana.send(#"["inbox",{"count":1}]"#)
        let sequence = try #require(try ana.next(2).sequences("part").first)
        try ana.expect(#"["read",{"seqs":[\#(sequence)]}]"#, "ok")
        try bob.expect(message(to: "ana"), "ok")
        #expect(try bob.request(message(to: "ana")) == refusal)
    }
}
