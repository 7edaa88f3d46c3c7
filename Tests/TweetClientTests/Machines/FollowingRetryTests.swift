import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Following over connections that break, with a clock that the test sets.
struct FollowingRetryTests {
    private func push(_ sequence: Int64) -> String {
        "[\"tweet\",{\"seq\":\(sequence),\"text\":\"t\(sequence)\"}]\n"
    }

    private func ok(_ sequence: Int64) -> String { "[\"ok\",{\"seq\":\(sequence)}]\n" }

    private func error(_ code: String) -> String {
        "[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n"
    }

    private func request(_ follow: Follow) -> [UInt8] { PacketWriter.request(.follow(follow)) }

    /// A following that has received tweets up to a sequence.
    private func begun(_ follow: Follow = Follow(), at sequence: Int64 = 3) -> FollowingStage {
        var stage = FollowingStage(follow)
        stage.connected(at: 0)
        stage.received(ok(sequence), at: 0)
        return stage
    }

    /// Reconnects after a pause, and returns the next action.
    private func reconnect(_ stage: inout FollowingStage, at now: Instant) -> Following.Action {
        stage.timePassed(at: now)
        stage.connected(at: now)
        return stage.action
    }

    private func busy(retryAfter: Int) -> String {
        "[\"error\",{\"code\":\"busy\",\"message\":\"why\",\"retry_after\":\(retryAfter)}]\n"
    }

    // MARK: Refused for a while

    /// A busy server is asked again when it has said, more often than a broken one, and within the first time limit.
    @Test func aFollowerComesBackWhenTheServerAsksForIt() {
        var stage = FollowingStage(Follow())
        for start in [0, 2_000, 4_000, 6_000] as [Instant] {
            stage.connected(at: start)
            stage.received(busy(retryAfter: 2), at: start)
            #expect(stage.action == .pause(until: start + .seconds(2), because: "the server says: why (busy)"))
            stage.timePassed(at: start + .seconds(2))
        }
        stage.connected(at: 8_000)
        stage.received(busy(retryAfter: 2), at: 8_000)
        let text = "the server says: why (busy); try again in 2 s"
        #expect(stage.action == .finish(ClientError(.unreachable, text)))
    }

    @Test func howMuchLaterItComesBackIsLeftToChance() {
        var stage = FollowingStage(Follow(), jitter: .most)
        stage.connected(at: 0)
        stage.received(busy(retryAfter: 2), at: 0)
        #expect(stage.action == .pause(until: 2_500, because: "the server says: why (busy)"))
    }

    /// The run was not following when its time ended: that no message came says nothing.
    @Test func theEndOfTheTimeNamesTheRefusal() {
        var stage = FollowingStage(Follow(), endsWithTweet: true, deadline: 5_000)
        stage.connected(at: 0)
        stage.received(ok(3), at: 0)
        stage.received(busy(retryAfter: 30), at: 1_000)
        stage.timePassed(at: 5_000)
        let text =
            "timed out: no answer from 127.0.0.1:13001 within 5 s: the server says: why (busy); try again in 30 s"
        #expect(stage.action == .finish(ClientError(.timedOut, text)))
    }

    @Test func aServerThatDoesNotSayWhenIsNotAskedAgainBeforeTheBeginning() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.received(error("busy"), at: 0)
        #expect(stage.action == .finish(ClientError(.unreachable, "the server says: why (busy)")))
    }

    // MARK: Resuming

    @Test func itGoesOnFromTheAnswersSequence() {
        var stage = begun(Follow(tag: Hashtag("ops"), count: 5), at: 12)
        stage.broken("reset", at: 0)
        let expected = request(Follow(tag: Hashtag("ops"), since: 12))
        #expect(reconnect(&stage, at: 50) == .send(expected, until: 10_050))
    }

    @Test func itGoesOnFromTheLastTweet() {
        var stage = begun()
        stage.received(push(4) + push(7) + "[\"tweet\",{\"seq\":8", at: 1)
        #expect(stage.takeDelivered(at: 1) == [4, 7])
        stage.broken("reset", at: 1)
        #expect(reconnect(&stage, at: 51) == .send(request(Follow(since: 7)), until: 10_051))
        // The client discards half a tweet with its connection, and receives it again.
        stage.received(push(8) + ok(8), at: 52)
        #expect(stage.takeDelivered(at: 52) == [8])
    }

    @Test func itGoesOnFromTheMiddleOfWhatWasMissed() {
        var stage = FollowingStage(Follow(count: 5))
        stage.connected(at: 0)
        stage.received(push(4) + push(5), at: 1)
        #expect(stage.takeDelivered(at: 1) == [4, 5])
        stage.broken("reset", at: 1)
        #expect(reconnect(&stage, at: 51) == .send(request(Follow(since: 5)), until: 10_051))
    }

    @Test(arguments: [Follow(), Follow(count: 5), Follow(since: 9)])
    func whereNothingHasComeTheSameIsAskedAgain(follow: Follow) {
        var stage = FollowingStage(follow)
        stage.connected(at: 0)
        stage.broken("reset", at: 1)
        #expect(reconnect(&stage, at: 51) == .send(request(follow), until: 10_000))
    }

    @Test func aDoubleAfterAReconnectIsDropped() {
        var stage = begun()
        stage.received(push(4), at: 1)
        #expect(stage.takeDelivered(at: 1) == [4])
        stage.broken("reset", at: 1)
        _ = reconnect(&stage, at: 51)
        stage.received(push(4) + push(5) + ok(5), at: 52)
        #expect(stage.takeDelivered(at: 52) == [5])
    }

    @Test func anotherHistoryIsFollowedFromWhereItIs() {
        var stage = begun(at: 1000)
        stage.received(push(1001), at: 1)
        #expect(stage.takeDelivered(at: 1) == [1001])
        stage.broken("closed", at: 1)
        #expect(reconnect(&stage, at: 51) == .send(request(Follow(since: 1001)), until: 10_051))
        stage.received(ok(4) + push(5), at: 52)
        #expect(stage.takeDelivered(at: 52) == [5])
        stage.broken("closed", at: 53)
        #expect(reconnect(&stage, at: 103) == .send(request(Follow(since: 5)), until: 10_103))
    }

    // MARK: Pauses

    @Test func pausesGrowUntilSomethingComes() {
        var stage = begun()
        var now: Instant = 0
        stage.broken("reset", at: now)
        for pause in [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            now += .milliseconds(pause)
            guard case .pause(now, _) = stage.action else {
                Issue.record("\(stage.action) is not a pause until \(now)")
                return
            }
            stage.timePassed(at: now)
            #expect(stage.action == .connect(until: now + .seconds(10)))
            stage.connectFailed("a (refused)", at: now)
        }
        now += .seconds(5)
        #expect(reconnect(&stage, at: now) == .send(request(Follow(since: 3)), until: now + .seconds(10)))
        stage.received(ok(3), at: now)
        stage.broken("reset", at: now)
        #expect(stage.action == .pause(until: now + .milliseconds(50), because: "reset"))
    }

    /// The server has restored an older state, so the client reports the tweets in between as missing.
    @Test func anotherHistoryIsSaid() {
        var stage = begun(at: 12)
        stage.broken("reset", at: 0)
        _ = reconnect(&stage, at: 50)
        stage.received(ok(10), at: 51)
        #expect(
            stage.said.last?.hasPrefix(
                "the last sequence of 127.0.0.1:13001 is 10, which is before 12: ")
                == true, "\(stage.said)")
        stage.received(push(11), at: 52)
        #expect(stage.takeDelivered(at: 52) == [11])
    }

    /// A list is refused for such a sequence, too: the tweets before it are not those that the run asks for.
    @Test(arguments: [false, true]) func aSequenceThatIsNotGivenOutYetIsRefused(endsWithTweet: Bool) {
        var stage = FollowingStage(Follow(since: 12), endsWithTweet: endsWithTweet)
        stage.connected(at: 0)
        stage.received(ok(10), at: 1)
        let text =
            "the last sequence of 127.0.0.1:13001 is 10, which is before 12: an older state was restored, or it is "
            + "another server"
        #expect(stage.action == .finish(ClientError(.refused, text)))
        #expect(stage.said == [])
    }

    @Test func theLastSequenceIsGivenOut() {
        var stage = FollowingStage(Follow(since: 10))
        stage.connected(at: 0)
        stage.received(ok(10), at: 1)
        #expect(stage.failure == nil)
    }

    /// A service may start before its resolver answers.
    @Test func aLookUpThatFailsForNowIsTriedAgainAtTheStart() {
        var stage = FollowingStage(Follow())
        stage.connectFailed("cannot look up h", .lookUp, at: 1)
        #expect(stage.action == .pause(until: 51, because: "cannot look up h"))
        stage.timePassed(at: 51)
        #expect(stage.action == .connect(until: 10_000))
        var now: Instant = 51
        for _ in 1...100 where stage.failure == nil {
            stage.connectFailed("cannot look up h", .lookUp, at: now)
            guard case .pause(let until, _) = stage.action else { break }
            now = until
            stage.timePassed(at: now)
        }
        #expect(now == 10_000)
        #expect(stage.failure == ClientError(.unreachable, "cannot look up h"))
    }

    @Test func aConnectionThatSaysNothingDoesNotShortenThePauses() {
        var stage = begun()
        stage.broken("reset", at: 0)
        _ = reconnect(&stage, at: 50)
        stage.broken("closed", at: 50)
        #expect(stage.action == .pause(until: 150, because: "closed"))
    }

    @Test func itIsTriedWithoutEndOnceItHasBegun() {
        var stage = begun()
        var now: Instant = 0
        for _ in 0..<1000 {
            stage.broken("reset", at: now)
            now += .seconds(5)
            stage.timePassed(at: now)
            stage.connectFailed("a", at: now)
            now += .seconds(5)
            stage.timePassed(at: now)
            stage.connected(at: now)
        }
        #expect(stage.action == .send(request(Follow(since: 3)), until: now + .seconds(10)))
    }

    // MARK: A server that does not answer

    @Test func aServerThatDoesNotAnswerIsLeft() {
        var stage = begun()
        stage.broken("reset", at: 0)
        _ = reconnect(&stage, at: 50)
        stage.timePassed(at: 10_049)
        #expect(stage.action == .receive(until: 10_050))
        stage.timePassed(at: 10_050)
        #expect(stage.action == .pause(until: 10_150, because: "the server does not answer"))
    }

    @Test func aServerThatIsStillTellingWhatWasMissedIsNotLeft() {
        var stage = begun()
        stage.broken("reset", at: 0)
        _ = reconnect(&stage, at: 50)
        stage.received(push(4), at: 9000)
        #expect(stage.takeDelivered(at: 30_000) == [4])
        #expect(stage.action == .receive(until: 40_000))
    }

    /// Pushes that deliver nothing, and pieces of a line, are no answer, however many come.
    @Test(arguments: ["[\"joined\",{\"name\":\"x\"}]\n", "["], [false, true])
    func aServerThatTalksWithoutAnsweringIsLeftToo(bytes: String, hasBegun: Bool) {
        var stage = hasBegun ? begun() : FollowingStage(Follow())
        if hasBegun {
            stage.broken("reset", at: 0)
            _ = reconnect(&stage, at: 0)
        } else {
            stage.connected(at: 0)
        }
        stage.received(bytes, at: 9999)
        #expect(stage.action == .receive(until: 10_000))
        stage.received(" ", at: 10_000)
        if hasBegun {
            #expect(stage.action == .pause(until: 10_100, because: "the server does not answer"))
        } else {
            #expect(stage.failure?.exitCode == .timedOut)
        }
    }

    // MARK: Errors

    @Test(arguments: ["stopping", "busy", "unavailable", "timed_out"])
    func whatPassesIsTriedAgainOnceItHasBegun(code: String) {
        var stage = begun()
        stage.received(push(4) + error(code), at: 1)
        #expect(stage.takeDelivered(at: 1) == [4])
        #expect(stage.action == .pause(until: 51, because: "the server says: why (\(code))"))
    }

    @Test(
        arguments: [
            ("stopping", .unreachable), ("busy", .unreachable), ("too_many", .refused),
            ("unknown_operation", .notUnderstood), ("not_permitted", .notPermitted),
        ] as [(String, ExitCode)])
    func anErrorBeforeItHasBegunIsTheEnd(code: String, expected: ExitCode) {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.received(error(code), at: 1)
        #expect(stage.failure == ClientError(expected, "the server says: why (\(code))"))
    }

    @Test func aRefusalIsTheEndAtAnyTime() {
        var stage = begun()
        stage.received(error("not_permitted"), at: 1)
        #expect(stage.failure?.exitCode == .notPermitted)
    }

    // MARK: Before the first answer

    @Test func aRefusedFirstConnectIsUnreachableAtOnce() {
        var stage = FollowingStage(Follow())
        stage.connectFailed("why", at: 1)
        #expect(stage.failure == ClientError(.unreachable, "why"))
    }

    @Test func aFirstAnswerThatNeverComesIsATimeout() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.timePassed(at: 9999)
        #expect(stage.action == .receive(until: 10_000))
        stage.timePassed(at: 10_000)
        #expect(stage.failure == ClientError(.timedOut, "timed out: no answer from 127.0.0.1:13001 within 10 s"))
    }

    @Test func whatBreaksThreeTimesBeforeItHasBegunIsUnreachable() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connectFailed("why", at: 50)
        #expect(stage.action == .pause(until: 150, because: "why"))
        stage.timePassed(at: 150)
        stage.connected(at: 150)
        stage.broken("closed", at: 150)
        let text = "no answer from 127.0.0.1:13001, 3 times; the last time: closed"
        #expect(stage.failure == ClientError(.unreachable, text))
    }
}
