import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Exchanges whose connection breaks before the answer, with a clock that the test sets.
struct ExchangeRetryTests {
    private let upload = ExchangeTests.upload
    private let answer = "[\"ok\",{\"seq\":7,\"text\":\"hello\"}]\n"

    private func error(_ code: String) -> String {
        "[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n"
    }

    @Test func anUploadIsSentAgainWithTheSameIDAfterAGrowingPause() {
        var stage = Stage(upload, deadline: 10_000)
        var now: Instant = 0
        for pause in [50, 100, 200, 400, 800, 1000, 1000] {
            stage.connected(at: now)
            #expect(stage.action == .send(PacketWriter.request(upload), until: 10_000))
            stage.broken("reset", at: now)
            now += .milliseconds(pause)
            #expect(stage.action == .pause(until: now, because: "reset"))
            stage.timePassed(at: now)
            #expect(stage.action == .connect(until: 10_000))
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
        stage.connectFailed("cannot connect to a (refused)", at: 50)
        #expect(stage.action == .pause(until: 150, because: "cannot connect to a (refused)"))
        stage.timePassed(at: 150)
        #expect(stage.action == .connect(until: 10_000))
    }

    /// The server or the resolver may be restarting, so the client sends the upload again after any failure.
    @Test(arguments: [.connect, .lookUp, .unknownHost] as [ConnectFailure.Kind])
    func anUploadThatWasSentIsTriedAgainWhateverFails(kind: ConnectFailure.Kind) {
        var stage = Stage(upload, deadline: 9_000)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connectFailed("why", kind, at: 50)
        #expect(stage.action == .pause(until: 150, because: "why"))
        stage.timePassed(at: 150)
        #expect(stage.action == .connect(until: 9_000))
    }

    private func busy(retryAfter: Int) -> String {
        "[\"error\",{\"code\":\"busy\",\"message\":\"why\",\"retry_after\":\(retryAfter)}]\n"
    }

    /// The server knows when it will have room: asking earlier is of no use.
    @Test(arguments: [ExchangeTests.upload, .lastMessage, .download(Download(count: 3))])
    func aRequestIsSentAgainWhenTheServerAsksForIt(request: Request) {
        var stage = Stage(request, deadline: 10_000)
        stage.connected(at: 0)
        for start in [0, 3_000, 6_000] as [Instant] {
            stage.received(busy(retryAfter: 3), at: start)
            #expect(stage.action == .pause(until: start + .seconds(3), because: "the server says: why (busy)"))
            stage.timePassed(at: start + .seconds(3))
            #expect(stage.action == .connect(until: 10_000))
            stage.connected(at: start + .seconds(3))
            #expect(stage.action == .send(PacketWriter.request(request), until: 10_000))
        }
        stage.received(busy(retryAfter: 3), at: 9_000)
        #expect(
            stage.failure == ClientError(.unreachable, "the server says: why (busy); try again in 3 s"),
            "there is no time for another one")
    }

    /// The time of the run must not end before the request is sent again.
    @Test(arguments: [(10_000, 3_750), (3_200, 3_100), (3_001, 3_000)] as [(Instant, Instant)])
    func howMuchLaterItIsSentIsLeftToChance(deadline: Instant, pauseEnd: Instant) {
        var stage = Stage(.lastMessage, deadline: deadline, jitter: .most)
        stage.connected(at: 0)
        stage.received(busy(retryAfter: 3), at: 0)
        #expect(stage.action == .pause(until: pauseEnd, because: "the server says: why (busy)"))
        stage.timePassed(at: pauseEnd)
        #expect(stage.action == .connect(until: deadline))
    }

    /// An outcome that is unknown stays so, whatever the server asks for.
    @Test func anUnknownOutcomeStaysOpenWithATimeToComeBack() {
        var stage = Stage(upload, deadline: 2_000)
        stage.connected(at: 0)
        stage.received(
            "[\"error\",{\"code\":\"unknown\",\"message\":\"why\",\"retry_after\":1}]\n", at: 0)
        stage.timePassed(at: 50)
        stage.connectFailed("refused", at: 2_000)
        #expect(stage.failure?.text.contains("may or may not be stored") == true)
    }

    @Test(arguments: [10, .max]) func aRequestDoesNotWaitForATimeBeyondItsEnd(retryAfter: Int) {
        var stage = Stage(upload, deadline: 10_000)
        stage.connected(at: 0)
        stage.received(busy(retryAfter: retryAfter), at: 0)
        let text = "the server says: why (busy); try again in \(retryAfter) s"
        #expect(stage.failure == ClientError(.unreachable, text))
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
        let text =
            "timed out: no answer from 127.0.0.1:13001 within 0.12 s: closed; "
            + "the outcome is unknown: the message may or may not be stored"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    /// Pushes and pieces of a line that keep coming are no answer.
    @Test(arguments: ["[\"joined\",{\"name\":\"x\"}]\n", "[", "[\"ok\""])
    func aServerThatKeepsTalkingIsGivenUpToo(bytes: String) {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.received(bytes, at: 119)
        #expect(stage.action == .receive(until: 120))
        stage.received(" ", at: 120)
        let text =
            "timed out: no answer from 127.0.0.1:13001 within 0.12 s; "
            + "the outcome is unknown: the message may or may not be stored"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    @Test(arguments: [false, true]) func withoutAHandshakeNothingIsOpenUnlessItWasBefore(hasBroken: Bool) {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        if !hasBroken { stage.nothingSent() }
        stage.broken("closed", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 60)
        stage.nothingSent()
        stage.timePassed(at: 120)
        #expect(stage.failure?.text.contains("may or may not be stored") == hasBroken)
    }

    @Test func anUploadThatIsNeverAnsweredHasAnUnknownOutcome() {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.timePassed(at: 119)
        #expect(stage.action == .receive(until: 120))
        stage.timePassed(at: 120)
        let text =
            "timed out: no answer from 127.0.0.1:13001 within 0.12 s; "
            + "the outcome is unknown: the message may or may not be stored"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    @Test func anAnswerThatIsNotUnderstoodLeavesAnUploadsOutcomeOpen() {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.received("[]\n", at: 1)
        #expect(stage.failure?.exitCode == .notUnderstood)
        #expect(stage.failure?.text.hasSuffix("; the outcome is unknown: the message may or may not be stored") == true)
    }

    @Test func aServerOfAnotherKindHasStoredNothing() {
        var stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.received("HTTP/1.1 400 Bad Request\r\n", at: 1)
        #expect(stage.failure?.exitCode == .notUnderstood)
        let text = "127.0.0.1:13001 is not a ttweet server (it answered `HTTP/1.1 400 Bad Request`: it speaks HTTP)"
        #expect(stage.failure?.text == text)
        // After an earlier break, the outcome is unknown.
        stage = Stage(upload, deadline: 120)
        stage.connected(at: 0)
        stage.broken("gone", at: 1)
        stage.timePassed(at: 51)
        stage.connected(at: 52)
        stage.received("HTTP/1.1 400 Bad Request\r\n", at: 53)
        #expect(stage.failure?.text == text + "; the outcome is unknown: the message may or may not be stored")
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
        let text = "the server says: why (id_reused); the outcome is unknown: the message may or may not be stored"
        #expect(stage.failure == ClientError(.refused, text))
    }

    // MARK: --retry

    private let limit = TimeLimit.retry(until: 60_000, each: .seconds(10), since: 0)

    /// The client never sent the upload, so a retry without success has stored nothing.
    @Test(arguments: [.connect, .lookUp] as [ConnectFailure.Kind])
    func aServerThatIsNotThereIsTriedAgainWithGrowingPauses(kind: ConnectFailure.Kind) {
        var stage = Stage(upload, limit: .retry(until: 60_000, each: .seconds(10), since: 0))
        var now: Instant = 0
        for pause in [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            #expect(stage.action == .connect(until: now + .seconds(10)))
            stage.connectFailed("why", kind, at: now)
            now += .milliseconds(pause)
            #expect(stage.action == .pause(until: now, because: "why"))
            stage.timePassed(at: now)
        }
    }

    @Test func theLastTryBeginsInTheLastMoment() {
        var stage = Stage(upload, limit: limit)
        stage.connectFailed("why", at: 59_990)
        #expect(stage.action == .pause(until: 60_000, because: "why"))
        stage.timePassed(at: 60_001)
        #expect(stage.action == .connect(until: 70_001))
        stage.connected(at: 60_001)
        stage.received(answer, at: 65_000)
        #expect(stage.action == .finish(.success(.tweets([WireTweet(sequence: 7, text: "hello")]))))
    }

    @Test func aNameThatNobodyHasIsNotTriedAgain() {
        var stage = Stage(upload, limit: limit)
        stage.connectFailed("why", .unknownHost, at: 0)
        #expect(stage.failure == ClientError(.unknownHost, "why"))
        // A host that has had an address is known, whatever the resolver says later.
        stage = Stage(upload, limit: limit)
        stage.connectFailed("refused", at: 0)
        stage.timePassed(at: 50)
        stage.connectFailed("why", .unknownHost, at: 50)
        #expect(stage.action == .pause(until: 150, because: "why"))
    }

    @Test(arguments: ["stopping", "busy", "unavailable", "timed_out"]) func whatPassesIsTriedAgain(code: String) {
        var stage = Stage(upload, limit: .retry(until: 100, each: .seconds(10), since: 0))
        stage.connected(at: 0)
        stage.received(error(code), at: 0)
        #expect(stage.action == .pause(until: 50, because: "the server says: why (\(code))"))
        stage.timePassed(at: 50)
        stage.connectFailed("refused", at: 100)
        #expect(stage.failure == ClientError(.unreachable, "refused"), "nothing was stored")
    }

    @Test(arguments: ["too_long", "not_permitted", "id_reused"]) func whatDoesNotPassIsTheEnd(code: String) {
        var stage = Stage(upload, limit: limit)
        stage.connected(at: 0)
        stage.received(error(code), at: 0)
        #expect(stage.failure?.text == "the server says: why (\(code))")
    }

    @Test func aTryThatIsNotAnsweredInItsTimeIsFollowedByAnother() {
        var stage = Stage(upload, limit: .retry(until: 20_000, each: .seconds(10), since: 0))
        stage.connected(at: 1)
        #expect(stage.action == .send(PacketWriter.request(upload), until: 10_000))
        stage.timePassed(at: 10_000)
        #expect(stage.action == .pause(until: 10_050, because: "no answer within 10 s"))
        stage.timePassed(at: 10_050)
        #expect(stage.action == .connect(until: 20_050))
        stage.connectFailed("refused", at: 20_050)
        let text =
            "timed out: no answer from 127.0.0.1:13001 within 20.1 s: refused; "
            + "the outcome is unknown: the message may or may not be stored"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    // MARK: Questions

    @Test func aDownloadIsTriedAgainTwice() {
        var stage = Stage(.lastMessage, deadline: 10_000)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        #expect(stage.action == .pause(until: 50, because: "reset"))
        stage.timePassed(at: 50)
        stage.connectFailed("why", at: 50)
        #expect(stage.action == .pause(until: 150, because: "why"))
        stage.timePassed(at: 150)
        stage.connected(at: 150)
        stage.broken("closed", at: 150)
        let text = "no answer from 127.0.0.1:13001, 3 times; the last time: closed"
        #expect(stage.failure == ClientError(.unreachable, text))
    }

    @Test func aDownloadThatIsNeverAnsweredHasNoOutcome() {
        var stage = Stage(.lastMessage, deadline: 120)
        stage.connected(at: 0)
        stage.timePassed(at: 120)
        #expect(stage.failure == ClientError(.timedOut, "timed out: no answer from 127.0.0.1:13001 within 0.12 s"))
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
