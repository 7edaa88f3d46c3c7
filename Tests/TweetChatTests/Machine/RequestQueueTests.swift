import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetChat

struct RequestQueueTests {
    private static let tweet = Answer.Item.tweet(WireTweet(sequence: 1, author: "bob", text: "hello"))
    private static let done = Answer.done(sequence: nil, name: nil, pending: nil)

    private func queue(_ requests: PendingRequest...) -> RequestQueue {
        var queue = RequestQueue(connectedAt: 1000)
        for request in requests {
            let isAdded = queue.add(request, at: 1000)
            #expect(isAdded)
        }
        return queue
    }

    @Test func answersComeInTheOrderOfTheRequests() throws {
        let recent = PendingRequest.recent(try #require(Hashtag("swift")))
        var queue = queue(.join, recent, .away)
        #expect(queue.take(Self.done, at: 1000) == .answer(.join, Self.done, []))
        #expect(queue.take(.part(Self.tweet), at: 1000) == .part)
        #expect(queue.take(.end(count: 1), at: 1000) == .answer(recent, .end(count: 1), [Self.tweet]))
        #expect(
            queue.take(.error(code: "busy", message: "a\u{7}b"), at: 1000) == .refusal(.away, .busy, #"a\u{7}b"#))
        #expect(queue.isEmpty)
    }

    @Test func partsOfARefusedAnswerAreForgotten() {
        var queue = queue(.inbox, .roster)
        #expect(queue.take(.part(Self.tweet), at: 1000) == .part)
        #expect(queue.take(.error(code: "busy", message: ""), at: 1000) == .refusal(.inbox, .busy, ""))
        #expect(queue.take(.end(count: 0), at: 1000) == .answer(.roster, .end(count: 0), []))
    }

    @Test func partsAreKeptUpToTheBoundOfTheirRequest() {
        var queue = queue(.tags)
        for _ in 0...ChatLimits.listedTags { #expect(queue.take(.part(Self.tweet), at: 1000) == .part) }
        guard case .answer(_, _, let parts) = queue.take(.end(count: 0), at: 1000) else {
            Issue.record("no answer")
            return
        }
        #expect(parts.count == ChatLimits.listedTags)
    }

    @Test(arguments: [done, .end(count: 0), .part(tweet), .one(tweet)])
    func anAnswerThatNobodyWaitsForDoesNotFit(answer: Answer) {
        var queue = queue()
        #expect(queue.take(answer, at: 1000) == .misfit)
    }

    @Test func aPartOfWhatIsNoListDoesNotFit() {
        var queue = queue(.join)
        #expect(queue.take(.part(Self.tweet), at: 1000) == .misfit)
    }

    @Test(arguments: ["stopping", "timed_out"])
    func theServersEndIsNoAnswer(code: String) {
        var queue = queue(.join)
        #expect(queue.take(.error(code: code, message: "bye"), at: 1000) == .end(code: code, "bye"))
        #expect(queue.removeAll() == [.join])
        #expect(queue.take(.error(code: "busy", message: "bye"), at: 1000) == .end(code: "busy", "bye"))
    }

    /// A ping is never refused: an error instead of its answer is about the connection.
    @Test(arguments: ["tls_needed", "busy", "not_json", "not_permitted", "teapot"])
    func theRefusalOfAConnectionIsNoAnswer(code: String) {
        var queue = queue(.ping, .join)
        #expect(queue.take(.error(code: code, message: "no"), at: 1000) == .end(code: code, "no"))
    }

    @Test(arguments: [("unknown_operation", false), ("not_permitted", true)])
    func anAnswerToAPingIsNoRefusalOfTheConnection(code: String, isAnswered: Bool) {
        var queue = isAnswered ? queue(.join, .ping) : queue(.ping)
        if isAnswered { _ = queue.take(Self.done, at: 1000) }
        let taken = queue.take(.error(code: code, message: "no"), at: 1000)
        #expect(taken == .refusal(.ping, WireError.Code(rawValue: code), "no"))
    }

    @Test func aServerThatAnswersNothingIsNotAskedWithoutEnd() {
        var queue = queue()
        var count = 0
        while queue.add(.ping, at: 1000), count < 10_000 { count += 1 }
        #expect(count == 2 * ChatLimits.requestsUnderWay)
    }

    @Test func aSilentServerIsAskedAndThenGivenUp() {
        var queue = queue()
        let silence = 1000 + ChatLimits.silence
        #expect(queue.deadline == silence)
        #expect(queue.due(at: silence + .milliseconds(-1)) == .nothing)
        #expect(queue.due(at: silence) == .ping)
        let isAdded = queue.add(.ping, at: silence)
        #expect(isAdded)
        let end = silence + ChatLimits.answer
        #expect(queue.due(at: end + .milliseconds(-1)) == .nothing)
        #expect(queue.due(at: end) == .givenUp)
    }

    @Test func anyPacketShowsASilentServerAlive() {
        var queue = queue()
        #expect(queue.take(.push(.unknown), at: 5000) == .push(.unknown))
        #expect(queue.deadline == 5000 + ChatLimits.silence)
    }

    // MARK: Hostile answers

    @Test(
        arguments: [
            .unknown, .joined(name: "x", time: nil), .tweet(WireTweet(text: "t")),
            .tweet(WireTweet(sequence: 1, text: "t")),
        ] as [Push])
    func pushesAreNoAnswer(push: Push) {
        var queue = queue(.follow(nil))
        _ = queue.take(.push(.tweet(WireTweet(sequence: 1, text: "t"))), at: 1000)
        #expect(queue.take(.push(push), at: 15_000) == .push(push))
        #expect(queue.deadline == 1000 + ChatLimits.answer)
    }

    @Test func missedTweetsAreProgressOfAFollowAlone() {
        var queue = queue(.follow(nil), .join)
        _ = queue.take(.push(.tweet(WireTweet(sequence: 7, text: "t"))), at: 15_000)
        #expect(queue.deadline == 15_000 + ChatLimits.answer)
        _ = queue.take(Self.done, at: 16_000)
        _ = queue.take(.push(.tweet(WireTweet(sequence: 8, text: "t"))), at: 20_000)
        #expect(queue.deadline == 16_000 + ChatLimits.answer)
    }

    @Test func aListMustEndInTime() {
        var queue = queue(.roster)
        let end = 1000 + ChatLimits.wholeAnswer
        for second in 1..<130 { _ = queue.take(.part(Self.tweet), at: 1000 + .seconds(second)) }
        #expect(queue.deadline == end)
        #expect(queue.due(at: end) == .givenUp)
    }

    @Test func theMemoryOfPartsIsBounded() {
        let name = String(repeating: "x", count: 8000)
        let person = Answer.Item.person(WirePerson(name: name, status: "online", hasAccount: false))
        var queue = queue(.roster)
        for _ in 0..<1000 { _ = queue.take(.part(person), at: 1000) }
        guard case .answer(_, _, let parts) = queue.take(.end(count: 1000), at: 1000) else {
            Issue.record("no answer")
            return
        }
        #expect(parts.count * person.memoryBytes <= ChatLimits.answerBytes)
        #expect((parts.count + 1) * person.memoryBytes > ChatLimits.answerBytes)
        // The next answer has its own bound.
        _ = queue.add(.list, at: 1000)
        _ = queue.take(.part(person), at: 1000)
        #expect(queue.take(.end(count: 1), at: 1000) == .answer(.list, .end(count: 1), [person]))
    }
}
