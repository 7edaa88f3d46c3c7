import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// The lines that a following receives, with a clock that the test sets.
struct FollowingTests {
    private func push(_ sequence: Int64) -> String {
        "[\"tweet\",{\"seq\":\(sequence),\"text\":\"t\(sequence)\"}]\n"
    }

    private func ok(_ sequence: Int64) -> String { "[\"ok\",{\"seq\":\(sequence)}]\n" }

    private func request(_ follow: Follow) -> [UInt8] { PacketWriter.request(.follow(follow)) }

    // MARK: Tweets

    @Test func aTweetIsDeliveredAndTheNextWaitedForWithoutEnd() {
        var stage = FollowingStage(Follow())
        #expect(stage.action == .connect(until: 10_000))
        stage.connected(at: 1)
        #expect(stage.action == .send(Array("[\"follow\",{}]\n".utf8), until: 10_000))
        stage.received(ok(6), at: 2)
        #expect(stage.action == .receive(until: 30_002))
        stage.received(push(7) + push(9), at: 3)
        #expect(stage.takeDelivered(at: 3) == [7, 9])
        #expect(stage.action == .receive(until: 30_003))
    }

    @Test(arguments: [
        (Follow(tag: Hashtag("ops")), ##"["follow",{"tag":"#ops"}]"##),
        (Follow(count: 3), #"["follow",{"count":3}]"#),
        (Follow(tag: Hashtag("ops"), since: 0), ##"["follow",{"tag":"#ops","since":0}]"##),
    ])
    func whatIsAskedForIsWhatWasToldTo(follow: Follow, line: String) {
        var stage = FollowingStage(follow)
        stage.connected(at: 0)
        #expect(stage.action == .send(Array((line + "\n").utf8), until: 10_000))
    }

    @Test func tweetsAreTheSameWhereverTheStreamIsCut() {
        let stream = Array((push(3) + push(4) + ok(4) + "[\"joined\",{\"name\":\"ana\"}]\n" + push(5) + push(8)).utf8)
        for first in 0...stream.count {
            for second in stride(from: first, through: stream.count, by: 5) {
                var stage = FollowingStage(Follow(since: 2))
                stage.connected(at: 0)
                var delivered: [Int64?] = []
                for piece in [stream[..<first], stream[first..<second], stream[second...]] where !piece.isEmpty {
                    stage.received(Array(piece), at: 1)
                    delivered += stage.takeDelivered(at: 1)
                }
                #expect(delivered == [3, 4, 5, 8])
                #expect(stage.action == .receive(until: 30_001))
            }
        }
    }

    @Test func aTweetThatIsNotNewerThanTheLastIsDropped() {
        var stage = FollowingStage(Follow(since: 2))
        stage.connected(at: 0)
        stage.received(push(3) + push(3) + ok(3) + push(3) + push(2) + push(4), at: 1)
        #expect(stage.takeDelivered(at: 1) == [3, 4])
        stage.received(push(4) + push(5), at: 2)
        #expect(stage.takeDelivered(at: 2) == [5])
    }

    @Test func whatHasNoSequenceIsNoTweet() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.received(ok(3) + "[\"tweet\",{\"seq\":null,\"text\":\"Empty Message\"}]\n", at: 1)
        #expect(stage.action == .receive(until: 30_001))
    }

    @Test(arguments: [
        "[\"ok\",{\"count\":0}]", "[\"ok\",{}]", "[\"part\",{\"text\":\"a\"}]", "HTTP/1.1 400 Bad Request",
        "[\"tweet\",{}]", "[\"lagged\",{}]", String(repeating: " ", count: 8192),
    ])
    func anotherAnswerIsNotUnderstood(line: String) {
        for isLate in [false, true] {
            var stage = FollowingStage(Follow())
            stage.connected(at: 0)
            if isLate { stage.received(ok(3) + push(4), at: 1) }
            _ = stage.takeDelivered(at: 1)
            stage.received(line + "\n", at: 1)
            #expect(stage.failure?.exitCode == .notUnderstood)
        }
    }

    @Test func whatCameBeforeGarbageIsDeliveredFirst() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.received(ok(3) + push(4) + push(5) + "what?\n" + push(6), at: 1)
        #expect(stage.takeDelivered(at: 1) == [4, 5])
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    // MARK: Lagged

    @Test func whoLaggedFollowsAgainOnTheSameConnection() {
        var stage = FollowingStage(Follow(tag: Hashtag("ops")))
        stage.connected(at: 0)
        stage.received(ok(3) + push(4) + "[\"lagged\",{\"seq\":20}]\n[\"joi", at: 1)
        #expect(stage.takeDelivered(at: 2) == [4])
        #expect(stage.action == .send(request(Follow(tag: Hashtag("ops"), since: 20)), until: 10_002))
        stage.received("ned\",{\"name\":\"ana\"}]\n" + push(21) + ok(21) + push(22), at: 3)
        #expect(stage.takeDelivered(at: 3) == [21, 22])
        #expect(stage.action == .receive(until: 30_003))
    }

    @Test func laggedBehindWhatWasDeliveredRepeatsNothing() {
        var stage = FollowingStage(Follow())
        stage.connected(at: 0)
        stage.received(ok(3) + push(4) + push(6) + "[\"lagged\",{\"seq\":4}]\n", at: 1)
        #expect(stage.takeDelivered(at: 1) == [4, 6])
        #expect(stage.action == .send(request(Follow(since: 6)), until: 10_001))
        stage.received(push(6) + push(7) + ok(7), at: 1)
        #expect(stage.takeDelivered(at: 1) == [7])
    }

    // MARK: Waiting for one tweet

    @Test func waitingEndsWithTheFirstTweet() {
        var stage = FollowingStage(Follow(), endsWithTweet: true, deadline: 10_000)
        stage.connected(at: 0)
        stage.received(ok(3), at: 1)
        #expect(stage.action == .receive(until: 10_000))
        stage.received(push(4) + push(5), at: 2)
        #expect(stage.action == .deliver(WireTweet(sequence: 4, text: "t4")))
        stage.delivered(at: 3)
        #expect(stage.action == .finish(nil))
    }

    @Test func waitingSinceASequenceEndsWithWhatWasMissed() {
        var stage = FollowingStage(Follow(since: 2), endsWithTweet: true, deadline: 10_000)
        stage.connected(at: 0)
        // The tweet comes at the last moment, which is early enough.
        stage.received(push(3), at: 10_000)
        #expect(stage.takeDelivered(at: 10_000) == [3])
        #expect(stage.action == .finish(nil))
    }

    @Test func waitingEndsWithItsTime() {
        var stage = FollowingStage(Follow(), endsWithTweet: true, deadline: 500)
        stage.connected(at: 0)
        stage.received(ok(3), at: 1)
        stage.timePassed(at: 499)
        #expect(stage.action == .receive(until: 500))
        stage.timePassed(at: 500)
        #expect(stage.failure == ClientError(.timedOut, "timed out: no message came within 0.5 s"))
    }

    @Test func waitingGoesOnAfterABreakInsideItsTime() {
        var stage = FollowingStage(Follow(), endsWithTweet: true, deadline: 500)
        stage.connected(at: 0)
        stage.received(ok(3), at: 1)
        stage.broken("reset", at: 100)
        #expect(stage.action == .pause(until: 150, because: "reset"))
        stage.timePassed(at: 150)
        stage.connectFailed("why", at: 450)
        #expect(stage.action == .pause(until: 500, because: "why"))
        stage.timePassed(at: 500)
        let text = "timed out: no answer from 127.0.0.1:13001 within 0.5 s: why"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    @Test func followingEndsWithATimeThatItWasGivenThoughTweetsCome() {
        var stage = FollowingStage(Follow(), deadline: 500)
        stage.connected(at: 0)
        stage.received(ok(3), at: 1)
        #expect(stage.action == .receive(until: 500))
        stage.received(push(4) + push(5), at: 499)
        #expect(stage.action == .deliver(WireTweet(sequence: 4, text: "t4")))
        stage.delivered(at: 500)
        #expect(stage.failure?.exitCode == .timedOut)
    }
}

/// A following and its last action.
struct FollowingStage {
    private var following: Following
    private(set) var action: Following.Action

    init(
        _ follow: Follow, endsWithTweet: Bool = false, deadline: Instant = .never, start: Instant = 0,
        jitter: Jitter = .none
    ) {
        following = Following(
            follow, endsWithTweet: endsWithTweet, of: aServer, deadline: deadline, jitter: jitter)
        action = following.start(at: start)
    }

    /// The reports shown to the user.
    private(set) var said: [String] = []

    /// Keeps the next action, and records reports at once, since only their own tests are about them.
    private mutating func take(_ next: Following.Action) {
        action = next
        while case .say(let text) = action {
            said.append(text)
            action = following.said()
        }
    }

    var failure: ClientError? {
        if case .finish(let error?) = action { error } else { nil }
    }

    /// Delivers the tweets that are due now, and returns their sequences.
    mutating func takeDelivered(at now: Instant) -> [Int64?] {
        var sequences: [Int64?] = []
        while case .deliver(let tweet) = action {
            sequences.append(tweet.sequence)
            delivered(at: now)
        }
        return sequences
    }

    mutating func connected(at now: Instant) { take(following.connected(at: now)) }

    mutating func connectFailed(_ text: String, _ kind: ConnectFailure.Kind = .connect, at now: Instant) {
        take(following.connectFailed(ConnectFailure(kind, text), at: now))
    }

    mutating func received(_ text: String, at now: Instant) { received(Array(text.utf8), at: now) }

    mutating func received(_ bytes: [UInt8], at now: Instant) {
        take(bytes.withUnsafeBytes { following.received($0, at: now) })
    }

    mutating func delivered(at now: Instant) { take(following.delivered(at: now)) }

    mutating func broken(_ reason: String, at now: Instant) { take(following.broken(reason, at: now)) }

    mutating func timePassed(at now: Instant) { take(following.timePassed(at: now)) }
}
