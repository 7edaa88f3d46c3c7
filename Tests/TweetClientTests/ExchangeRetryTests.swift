import Testing
import TweetModel
import TweetWire

@testable import TweetClient

/// What an exchange does when the connection breaks before the answer, played with a clock that the test sets.
struct ExchangeRetryTests {
    private let upload = ExchangeTests.upload
    private let answer = "[\"ok\",{\"seq\":7,\"text\":\"hello\"}]\n"

    private func error(_ code: String) -> String {
        "[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n"
    }

    @Test func anUploadIsSentAgainWithTheSameIDAfterAGrowingPause() {
        var stage = Stage(upload, deadline: 10_000)
        var now: UInt64 = 0
        for pause in [50, 100, 200, 400, 800, 1000, 1000] as [UInt64] {
            stage.connected(at: now)
            #expect(stage.action == .send(PacketWriter.request(upload), until: 10_000))
            stage.broken("reset", at: now)
            now += pause
            #expect(stage.action == .pause(until: now, because: "reset"))
            stage.timePassed(at: now)
            #expect(stage.action == .connect(address: 0, until: 10_000))
        }
        stage.connected(at: now)
        stage.received(answer, at: now)
        #expect(stage.action == .finish(.success(.tweets([WireTweet(sequence: 7, text: "hello")]))))
    }

    @Test func aRefusedReconnectIsTriedAgain() {
        var stage = Stage(upload, deadline: 10_000)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connectFailed("a (refused)", at: 50)
        #expect(stage.action == .pause(until: 150, because: "cannot connect to a (refused)"))
        stage.timePassed(at: 150)
        #expect(stage.action == .connect(address: 0, until: 10_000))
    }

    @Test func anUploadThatWasSentStaysWithItsAddress() {
        var stage = Stage(upload, addresses: 3, deadline: 9_000)
        stage.connectFailed("a", at: 0)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        #expect(stage.action == .connect(address: 1, until: 9_000))
        stage.connectFailed("b", at: 50)
        stage.timePassed(at: 150)
        #expect(stage.action == .connect(address: 1, until: 9_000))
    }

    @Test func anUploadsTimeEndsWithAnUnknownOutcome() {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 60)
        stage.broken("closed", at: 70)
        #expect(stage.action == .pause(until: 120, because: "closed"))
        stage.timePassed(at: 120)
        let text = "timed out: closed; the outcome is unknown: the message may be stored or not"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    @Test func anUploadThatIsNeverAnsweredHasAnUnknownOutcome() {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.timePassed(at: 119)
        #expect(stage.action == .receive(until: 120))
        stage.timePassed(at: 120)
        let text = "timed out; the outcome is unknown: the message may be stored or not"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    @Test func anAnswerThatIsNotUnderstoodLeavesAnUploadsOutcomeOpen() {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.received("what?\n", at: 1)
        #expect(stage.failure?.exitCode == .notUnderstood)
        #expect(stage.failure?.text.hasSuffix("; the outcome is unknown: the message may be stored or not") == true)
    }

    @Test func anUnknownOutcomeIsAskedForAgain() {
        var stage = Stage(upload, deadline: 10_000)
        stage.connected(at: 0)
        stage.received(error("unknown"), at: 10)
        #expect(stage.action == .pause(until: 60, because: "the server says: why (unknown)"))
        stage.timePassed(at: 60)
        stage.connected(at: 60)
        stage.received(answer, at: 61)
        #expect(stage.action == .finish(.success(.tweets([WireTweet(sequence: 7, text: "hello")]))))
    }

    @Test(arguments: ["stopping", "busy", "unavailable", "timed_out", "unknown"])
    func whatPassesDoesNotSettleAnEarlierSending(code: String) {
        var stage = Stage(upload, deadline: 10_000)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 50)
        stage.received(error(code), at: 50)
        #expect(stage.action == .pause(until: 150, because: "the server says: why (\(code))"))
    }

    @Test func aRefusalDoesNotSettleAnEarlierSendingEither() {
        var stage = Stage(upload, deadline: 10_000)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 50)
        stage.received(error("id_reused"), at: 50)
        let text = "the server says: why (id_reused); the outcome is unknown: the message may be stored or not"
        #expect(stage.failure == ClientError(.refused, text))
    }

    @Test func aDownloadIsTriedAgainTwice() {
        var stage = Stage(.lastMessage, deadline: 10_000)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        #expect(stage.action == .pause(until: 50, because: "reset"))
        stage.timePassed(at: 50)
        stage.connectFailed("a", at: 50)
        #expect(stage.action == .pause(until: 150, because: "cannot connect to a"))
        stage.timePassed(at: 150)
        stage.connected(at: 150)
        stage.broken("closed", at: 150)
        let text = "there was no answer, 3 times; the last time: closed"
        #expect(stage.failure == ClientError(.unreachable, text))
    }

    @Test func aDownloadThatIsNeverAnsweredHasNoOutcome() {
        var stage = Stage(.lastMessage, deadline: 120)
        stage.connected(at: 0)
        stage.timePassed(at: 120)
        #expect(stage.failure == ClientError(.timedOut, "timed out"))
    }

    @Test func halfAnAnswerIsForgottenWithItsConnection() {
        var stage = Stage(ExchangeTests.list, deadline: 10_000)
        stage.connected(at: 0)
        stage.received("[\"part\",{\"seq\":1,\"text\":\"a\"}]\n[\"pa", at: 1)
        stage.broken("reset", at: 2)
        stage.timePassed(at: 52)
        stage.connected(at: 52)
        stage.received("[\"part\",{\"seq\":1,\"text\":\"a\"}]\n[\"ok\",{\"count\":1}]\n", at: 53)
        #expect(stage.action == .finish(.success(.tweets([WireTweet(sequence: 1, text: "a")]))))
    }
}
