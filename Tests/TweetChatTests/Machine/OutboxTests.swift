import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetChat

struct OutboxTests {
    private static let stored = Answer.Item.tweet(WireTweet(sequence: 1, author: "ana", text: "one"))

    private func outbox(_ texts: String...) throws -> Outbox {
        var outbox = Outbox(idPrefix: "id")
        for text in texts {
            let steps = outbox.append(try TweetText(text), to: [])
            #expect(steps.isEmpty)
        }
        return outbox
    }

    private func sent(_ outbox: inout Outbox) throws -> Outgoing {
        let outgoing = outbox.next()
        return try #require(outgoing)
    }

    /// The number of earlier postponements of a message that a refusal postpones; nil if the refusal does not.
    private func postponed(_ outbox: inout Outbox, _ code: WireError.Code, at now: Instant) throws -> Int? {
        let id = try sent(&outbox).id
        guard case .postponed(let times) = outbox.refused(id, code, "no", isScript: false, at: now) else { return nil }
        return times
    }

    @Test func oneMessageIsOnItsWayAtATime() throws {
        var outbox = try outbox("one", "two")
        let first = try sent(&outbox)
        #expect(first.text.string == "one")
        #expect(outbox.next() == nil)
        #expect(outbox.stored(first.id, Self.stored) == [], "the feed shows it")
        #expect(outbox.next()?.text.string == "two")
    }

    @Test func aMessageThatCannotBeStoredNowIsSentAgainAfterAPauseThatGrows() throws {
        var outbox = try outbox("one")
        #expect(try postponed(&outbox, .unavailable, at: 1000) == 0)
        #expect(outbox.resendAt == 1500)
        #expect(outbox.next() == nil)
        outbox.timePassed(at: 1500)
        #expect(try postponed(&outbox, .unknown, at: 1500) == 1)
        #expect(outbox.resendAt == 2500)
        #expect(outbox.openCount == 1, "it may be stored")
    }

    @Test func aRefusalForGoodNamesTheMessage() throws {
        var outbox = try outbox("one")
        let id = try sent(&outbox).id
        guard case .dropped(let steps) = outbox.refused(id, .tooLong, "no", isScript: false, at: 0) else {
            Issue.record("it is kept")
            return
        }
        #expect(steps == [.refuse("not sent: no: one", .refused)])
        #expect(outbox.isEmpty)
    }

    @Test func droppedMessagesAreNamedAndTheirIdsAreNotUsedAgain() throws {
        var outbox = try outbox("one", "two")
        _ = outbox.next()
        #expect(outbox.dropAll() == [.fail("it is unknown whether this was stored: one"), .fail("not sent: two")])
        let steps = outbox.append(try TweetText("three"), to: [])
        #expect(steps.isEmpty)
        #expect(outbox.next()?.id.string == "id-3")
    }

    @Test func aBreakLeavesItOpenWhatWasStored() throws {
        var outbox = try outbox("one", "two")
        let first = try sent(&outbox)
        outbox.connectionBroke()
        #expect(outbox.openCount == 1)
        #expect(outbox.next()?.id == first.id)
    }
}
