import Testing
import TweetModel
import TweetWire

@testable import TweetChat

struct MessageReaderTests {
    private func tweet(_ sequence: SequenceNumber?, _ text: String, author: String = "bob") -> WireTweet {
        WireTweet(sequence: sequence, time: ChatDriver.time, author: author, text: text)
    }

    private func shown(_ steps: [ChatStep]) -> [String] {
        steps.compactMap {
            if case .show(_, let text, _, let isForYou) = $0 { (isForYou ? "» " : "") + text } else { nil }
        }
    }

    private func requests(_ steps: [ChatStep]) -> [PendingRequest] {
        steps.compactMap { if case .request(_, let purpose) = $0 { purpose } else { nil } }
    }

    @Test func aFeedIsFollowedFromWhereItStopped() throws {
        var reader = MessageReader()
        #expect(
            reader.followAll() == [.request(.follow(Follow(count: ChatLimits.recentTweets)), .follow(nil))])
        #expect(shown(reader.pushed(tweet(7, "old, ana"), ownName: "ana")) == ["old, ana"])
        #expect(reader.followed(nil, from: 10) == [])
        #expect(shown(reader.pushed(tweet(10, "again"), ownName: "ana")) == [])
        #expect(shown(reader.pushed(tweet(12, "new, Ana"), ownName: "ana")) == ["» new, Ana"])
        #expect(shown(reader.pushed(tweet(13, "I, ana", author: "ANA"), ownName: "ana")) == ["I, ana"])
        reader.lagged(at: 11)
        #expect(reader.followAll() == [.request(.follow(Follow(since: 13)), .follow(nil))])
    }

    @Test func aHistoryThatBeginsBeforeTheNewestIsAnother() {
        var reader = MessageReader()
        _ = reader.followed(nil, from: 10)
        #expect(shown(reader.followed(nil, from: 3)) == ["the server's history is not the same as before"])
        #expect(shown(reader.pushed(tweet(4, "new"), ownName: nil)) == ["new"])
    }

    @Test func hashtagsAreFollowedOnceAndWithTheFeed() throws {
        let swift = try #require(Hashtag("swift"))
        var reader = MessageReader()
        #expect(requests(reader.follow(swift, "/tag swift")) == [.recent(swift), .follow(swift)])
        #expect(requests(reader.follow(swift, "/tag swift")) == [.recent(swift)])
        #expect(requests(reader.followAll()) == [.follow(nil), .follow(swift)])
        #expect(reader.followRefused(swift, .tooMany, "no") == [.refuse("#swift is not followed: no", .refused)])
        #expect(reader.tags.isEmpty)
        #expect(
            reader.unfollow(swift, "/untag swift")
                == [.refuseLine("/untag swift", reason: "#swift is not followed", .refused)])
    }

    @Test(arguments: [0, 1, ChatLimits.inboxMessages])
    func whatIsShownOfTheInboxIsMarkedAsRead(count: Int) {
        var reader = MessageReader()
        _ = reader.signedIn(waiting: 200)
        let parts = (0..<count).map { number in
            Answer.Item.message(
                WireMessage(
                    sequence: SequenceNumber(number), time: ChatDriver.time, sender: "bob", recipients: ["ana"],
                    text: "psst"))
        }
        let steps = reader.showInbox(parts)
        #expect(requests(steps) == (count == 0 ? [] : [.markRead(count)]))
        reader.read(count)
        #expect(reader.waitingCount == (count == 0 ? 0 : 200 - count))
        #expect(
            shown(steps).last
                == [0: "no private message waits", 1: "psst"][count, default: "there may be more: /inbox"])
    }

    @Test func aPrivateMessageThatComesByItselfIsReadAndWasNotCounted() {
        var reader = MessageReader()
        let message = WireMessage(
            sequence: 12, time: ChatDriver.time, sender: "bob", recipients: ["ana"], text: "psst")
        #expect(requests(reader.pushed(message, marksRead: true)) == [.markRead(0)])
        #expect(requests(reader.pushed(message, marksRead: false)) == [])
        #expect(reader.recentWords.names == ["bob"])
    }
}
