import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// The reaction to a server that sends nothing, with a clock that the test sets.
struct SilenceWatchTests {
    // MARK: The watch

    @Test func aSilentServerIsAskedAndThenGivenUp() {
        var watch = SilenceWatch(at: 1000)
        #expect(watch.deadline == 31_000)
        #expect(watch.timePassed(at: 30_999) == nil)
        #expect(watch.timePassed(at: 31_000) == .ask)
        #expect(watch.deadline == 41_000)
        #expect(watch.timePassed(at: 40_999) == nil)
        #expect(watch.timePassed(at: 41_000) == .giveUp)
    }

    @Test(arguments: [20_000, 31_500] as [Instant]) func anyByteCounts(moment: Instant) {
        var watch = SilenceWatch(at: 0)
        _ = watch.timePassed(at: 30_000)
        watch.bytesReceived(at: moment)
        #expect(watch.deadline == moment + .seconds(30))
        #expect(watch.timePassed(at: moment + .milliseconds(29999)) == nil)
        #expect(watch.timePassed(at: moment + .seconds(30)) == .ask)
    }

    /// After a laptop has slept, or a command of `--exec` has taken long, the server has had no ping to answer yet.
    @Test func whoWasNotListeningAsksFirst() {
        var watch = SilenceWatch(at: 0)
        #expect(watch.timePassed(at: 3_600_000) == .ask)
        #expect(watch.deadline == 3_610_000)
    }

    // MARK: Following

    private let ping = PacketWriter.request(.ping)
    private let pong = "[\"ok\",{}]\n"
    private let ok = "[\"ok\",{\"seq\":3}]\n"

    /// A following that the server has accepted at time 0.
    private func begun(endsWithTweet: Bool = false, deadline: Instant = .never) -> FollowingStage {
        var stage = FollowingStage(Follow(), endsWithTweet: endsWithTweet, deadline: deadline)
        stage.connected(at: 0)
        stage.received(ok, at: 0)
        return stage
    }

    @Test(arguments: [false, true]) func aFeedThatIsSilentIsAskedFor(endsWithTweet: Bool) {
        var stage = begun(endsWithTweet: endsWithTweet)
        #expect(stage.action == .receive(until: 30_000))
        stage.timePassed(at: 30_000)
        #expect(stage.action == .send(ping, until: 40_000))
        stage.received(pong, at: 30_001)
        #expect(stage.action == .receive(until: 60_001))
        stage.timePassed(at: 60_001)
        #expect(stage.action == .send(ping, until: 70_001))
    }

    @Test func aServerWithoutPingsIsThereAllTheSame() {
        var stage = begun()
        for now in [30_000, 60_000, 90_000] as [Instant] {
            stage.timePassed(at: now)
            stage.received(
                "[\"error\",{\"code\":\"unknown_operation\",\"message\":\"no\"}]\n", at: now)
            #expect(stage.action == .receive(until: now + .seconds(30)))
        }
        // An error that answers no ping counts as an error.
        stage.received("[\"error\",{\"code\":\"unknown_operation\",\"message\":\"no\"}]\n", at: 100_000)
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    @Test func aServerThatDoesNotAnswerThePingIsLeft() {
        var stage = begun()
        stage.timePassed(at: 30_000)
        stage.timePassed(at: 40_000)
        #expect(stage.action == .pause(until: 40_050, because: "the server has said nothing for 40 s"))
        stage.timePassed(at: 40_050)
        stage.connected(at: 40_060)
        // An answer to a ping on the earlier connection does not count.
        stage.received(ok, at: 40_070)
        stage.received(pong, at: 40_080)
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    @Test func aTweetInsteadOfTheAnswerWillDo() {
        var stage = begun()
        stage.timePassed(at: 30_000)
        stage.received("[\"tweet\",{\"seq\":4,\"text\":\"t\"}]\n", at: 39_000)
        #expect(stage.takeDelivered(at: 39_000) == [4])
        #expect(stage.action == .receive(until: 69_000))
        stage.received(pong, at: 41_000)
        #expect(stage.action == .receive(until: 71_000))
    }

    @Test func theTimeOfTheRunComesFirst() {
        var stage = begun(deadline: 35_000)
        stage.timePassed(at: 30_000)
        #expect(stage.action == .send(ping, until: 35_000))
        stage.timePassed(at: 35_000)
        #expect(stage.failure?.exitCode == .timedOut)
    }

    // MARK: Reports to the user

    @Test func aBreakAndItsEndAreSaidOnce() {
        var stage = begun()
        stage.broken("the server closed the connection", at: 0)
        #expect(stage.action == .pause(until: 50, because: "the server closed the connection"))
        for now in [50, 500, 5000] as [Instant] {
            stage.timePassed(at: now)
            stage.connectFailed("cannot connect to 127.0.0.1:13001 (Connection refused)", at: now)
        }
        #expect(
            stage.said == [
                "the connection to 127.0.0.1:13001 is lost: the server closed the connection; trying again"
            ])
        stage.timePassed(at: 20_000)
        stage.connected(at: 20_000)
        // A connection alone does not count as an answer.
        #expect(stage.said.count == 1)
        stage.received("[\"tweet\",{\"seq\":4,\"text\":\"t\"}]\n", at: 20_001)
        #expect(stage.said.last == "connected to 127.0.0.1:13001 again")
        #expect(stage.takeDelivered(at: 20_001) == [4])
        stage.received(ok, at: 20_002)
        stage.broken("reset", at: 20_003)
        #expect(stage.said.count == 3)
    }

    @Test func nothingIsSaidOfABreakBeforeTheFirstAnswer() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.broken("reset", at: 1)
        stage.timePassed(at: 51)
        stage.connected(at: 51)
        stage.received(ok, at: 52)
        #expect(stage.said == [])
    }
}
