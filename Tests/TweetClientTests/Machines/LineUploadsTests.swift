import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Uploads of lines, with a clock that the test sets.
struct LineUploadsTests {
    private let pong = "[\"ok\",{}]\n"
    private let ping = PacketWriter.request(.ping)

    private func stored(_ numbers: ClosedRange<Int>) -> String {
        numbers.map { "[\"ok\",{\"seq\":\($0),\"text\":\"line \($0)\"}]\n" }.joined()
    }

    private func outcomes(_ numbers: ClosedRange<Int>) -> [LineUploads.Outcome] {
        numbers.map { .stored(line: $0, WireTweet(sequence: Int64($0), text: "line \($0)")) }
    }

    private func refusal(_ code: String) -> String { "[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n" }

    /// A stage whose server has answered once, at the time 1.
    private func begun(
        retry: Duration? = nil, deadline: Instant = .never, inputIsFile: Bool = false
    ) -> LineStage {
        var stage = LineStage(deadline: deadline, retry: retry, inputIsFile: inputIsFile)
        stage.connected(at: 1)
        stage.sent(at: 1)
        stage.received(pong, at: 1)
        return stage
    }

    /// A stage whose server has refused the first of some lines, at the time 3.
    private func busy(for lines: ClosedRange<Int>) -> LineStage {
        var stage = begun()
        stage.read(lines, at: 2)
        stage.sent(at: 2)
        stage.received(refusal("busy"), at: 3)
        return stage
    }

    // MARK: Refused for a while

    /// The first answer of a busy server that says when it will have room.
    @Test(arguments: [(3, true), (10, false), (.max, false)])
    func aBusyServerIsAskedAgainIfThereIsTime(retryAfter: Int, isAsked: Bool) {
        var stage = LineStage()
        stage.connected(at: 1)
        stage.sent(at: 1)
        stage.received(
            "[\"error\",{\"code\":\"busy\",\"message\":\"why\",\"retry_after\":\(retryAfter)}]\n", at: 1)
        guard isAsked else {
            let text = "the server says: why (busy); try again in \(retryAfter) s"
            return #expect(stage.action == .finish(ClientError(.unreachable, text)))
        }
        #expect(stage.action == .wait(readsInput: true, until: 3_001))
        stage.goOn(at: 3_001)
        #expect(stage.action == .connect(until: 10_000))
    }

    @Test func howMuchLaterItIsAskedIsLeftToChance() {
        var stage = LineStage(jitter: .most)
        stage.connected(at: 1)
        stage.sent(at: 1)
        stage.received(#"["error",{"code":"busy","message":"why","retry_after":3}]"# + "\n", at: 1)
        #expect(stage.action == .wait(readsInput: true, until: 3_751))
    }

    /// A store that is full: the server refuses each line, and nothing is unknown.
    @Test(arguments: ["busy", "stopping", "unavailable"])
    func linesThatTheServerCannotTakeAreNotStored(code: String) {
        var stage = begun(inputIsFile: true)
        stage.read(1...3, at: 2)
        stage.sent(at: 2)
        stage.endInput(at: 2)
        let refusal = #"["error",{"code":"\#(code)","message":"why","retry_after":60}]"# + "\n"
        stage.received(stored(1...1) + refusal, at: 3)
        #expect(stage.action == .report(outcomes(1...1)))
        stage.goOn(at: 3)
        #expect(stage.action == .wait(readsInput: false, until: 10_003), "only its answer tells about line 3")
        stage.received(refusal, at: 4)
        #expect(stage.failure == ClientError(.unreachable, "the server says: why (\(code)); try again in 60 s"))
        #expect(stage.firstUnknownLine == nil)
        #expect(stage.firstUnsentLine == 2)
    }

    @Test func aRefusedLineIsNotStoredThoughTheNextMayBe() {
        var stage = busy(for: 1...3)
        stage.broken("gone", at: 4)
        #expect(stage.firstUnsentLine == 1)
        #expect(stage.firstUnknownLine == 2)
        stage.goOn(at: 54)
        stage.connected(at: 54)
        #expect(stage.action == .send(ping + LineStage.packets(1...3), until: 10_054), "in their order")
        stage.sent(at: 54)
        stage.received(pong + stored(1...2), at: 55)
        stage.goOn(at: 55)
        #expect(stage.firstUnknownLine == 3)
    }

    @Test func noLineOvertakesOneThatIsRefusedForAWhile() {
        var stage = busy(for: 1...2)
        stage.read(3...3, at: 3)
        #expect(stage.action == .wait(readsInput: true, until: 10_003))
        stage.received(stored(2...2), at: 4)
        #expect(stage.action == .report(outcomes(2...2)))
        stage.goOn(at: 4)
        #expect(stage.lossReason == "the server says: why (busy)")
        stage.goOn(at: 54)
        stage.connected(at: 54)
        #expect(stage.action == .send(ping + LineStage.packets([1, 3]), until: 10_054))
    }

    /// The end of the input limits the wait that has begun.
    @Test func nobodyWaitsForATimeAfterTheEnd() {
        var stage = begun()
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.received(#"["error",{"code":"busy","message":"why","retry_after":60}]"# + "\n", at: 3)
        #expect(stage.action == .wait(readsInput: true, until: 60_003))
        stage.endInput(at: 1_000)
        #expect(stage.failure == ClientError(.unreachable, "the server says: why (busy); try again in 60 s"))
    }

    // MARK: The usual run

    @Test func aServerIsAskedBeforeTheFirstLine() {
        var stage = LineStage()
        #expect(stage.action == .connect(until: 10_000))
        stage.connected(at: 5)
        #expect(stage.action == .send(ping, until: 10_005))
        stage.sent(at: 5)
        #expect(stage.action == .wait(readsInput: true, until: 10_000))
        stage.received(pong, at: 6)
        // The uploads wait without a limit, except for the server's silence.
        #expect(stage.action == .wait(readsInput: true, until: 30_006))
    }

    @Test func linesArePipelinedAndEachHasItsOutcome() {
        var stage = begun()
        stage.read(1...3, at: 2)
        #expect(stage.action == .send(LineStage.packets(1...3), until: 10_002))
        stage.sent(at: 2)
        #expect(stage.action == .wait(readsInput: true, until: 10_002))
        stage.received(stored(1...2), at: 3)
        #expect(stage.action == .report(outcomes(1...2)))
        stage.goOn(at: 3)
        #expect(stage.action == .wait(readsInput: true, until: 10_003))
        stage.endInput(at: 4)
        #expect(stage.action == .wait(readsInput: false, until: 10_003))
        stage.received(stored(3...3), at: 5)
        #expect(stage.action == .report(outcomes(3...3)))
        stage.goOn(at: 5)
        #expect(stage.action == .finish(nil))
    }

    @Test func theEndIsTheEndWithoutALine() {
        var stage = begun()
        stage.endInput(at: 2)
        #expect(stage.action == .finish(nil))
    }

    @Test func theFirstAnswerIsWaitedForEvenAtTheEnd() {
        var stage = LineStage()
        stage.connected(at: 1)
        stage.sent(at: 1)
        stage.endInput(at: 2)
        #expect(stage.action == .wait(readsInput: false, until: 10_001))
        stage.received(refusal("wrong_password"), at: 3)
        #expect(stage.failure?.exitCode == .notPermitted)
    }

    @Test func noMoreIsUnderWayThanAServerTakes() {
        var stage = begun()
        let text = "line"
        let atOnce = LineStage.lastUnderWay(from: 1, text: text)
        stage.read(1...600, text: text, at: 2)
        #expect(stage.action == .send(LineStage.packets(1...atOnce, text: text), until: 10_002))
        stage.sent(at: 2)
        #expect(stage.action == .wait(readsInput: false, until: 10_002), "back-pressure")
        stage.received(stored(1...2), at: 3)
        stage.goOn(at: 3)
        let next = LineStage.lastUnderWay(from: 3, text: text)
        #expect(stage.action == .send(LineStage.packets(atOnce + 1...next, text: text), until: 10_003))
    }

    @Test func theBytesUnderWayAreBoundedToo() {
        var stage = begun()
        let text = "e" + String(repeating: "\u{301}", count: 2000)
        let atOnce = LineStage.lastUnderWay(from: 1, text: text)
        #expect(atOnce == 9)
        stage.read(1...20, text: text, at: 2)
        #expect(stage.action == .send(LineStage.packets(1...atOnce, text: text), until: 10_002))
    }

    // MARK: Refused lines

    @Test(arguments: ["too_long", "forbidden_character", "bad_body", "id_reused"])
    func aRefusedLineCostsItselfAlone(code: String) {
        var stage = begun()
        stage.read(1...3, at: 2)
        stage.sent(at: 2)
        stage.received(stored(1...1) + refusal(code) + stored(3...3), at: 3)
        let error = ClientError(.refused, "the server says: why (\(code))")
        #expect(stage.action == .report(outcomes(1...1) + [.refused(line: 2, error)] + outcomes(3...3)))
    }

    @Test(arguments: [
        ("not_permitted", ExitCode.notPermitted), ("teapot", .notUnderstood), ("not_json", .notUnderstood),
    ])
    func whatIsWrongWithEveryLineEndsTheRun(code: String, exitCode: ExitCode) {
        var stage = begun()
        stage.read(1...3, at: 2)
        stage.sent(at: 2)
        stage.received(stored(1...1) + refusal(code), at: 3)
        #expect(stage.action == .report(outcomes(1...1)))
        stage.goOn(at: 3)
        #expect(stage.failure?.exitCode == exitCode)
        // Lines behind a line that is not permitted are not stored either.
        #expect(stage.firstUnknownLine == (code == "not_permitted" ? nil : 2))
        #expect(stage.firstUnsentLine == (code == "not_permitted" ? 2 : nil))
    }

    @Test(arguments: [
        "HTTP/1.1 400\r\n", "[\"ok\",{\"text\":\"Empty Message\"}]\n", "[\"ok\",{\"count\":0}]\n", "[\"ok\",{}]\n",
    ])
    func anAnswerThatDoesNotFitEndsTheRun(answer: String) {
        var stage = begun()
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.received(answer, at: 3)
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    @Test func anAnswerThatNobodyAskedForEndsTheRun() {
        var stage = begun()
        stage.received(stored(1...1), at: 3)
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    // MARK: Breaks

    @Test func afterABreakTheLinesWithoutAnAnswerAreSentAgain() {
        var stage = begun()
        stage.read(1...4, at: 2)
        stage.sent(at: 2)
        stage.received(stored(1...2), at: 3)
        stage.goOn(at: 3)
        stage.broken("gone", at: 4)
        #expect(stage.lossReason == "gone")
        #expect(stage.action == .wait(readsInput: true, until: 54))
        stage.timePassed(at: 54)
        #expect(stage.action == .connect(until: 10_054))
        stage.connected(at: 60)
        #expect(stage.action == .send(ping + LineStage.packets(3...4), until: 10_060))
        stage.sent(at: 60)
        stage.received(pong + stored(3...4), at: 61)
        #expect(stage.action == .report(outcomes(3...4)))
    }

    @Test(arguments: ["busy", "stopping", "unavailable", "unknown", "timed_out"])
    func whatPassesIsTriedAgainWithoutEndWhileInputIsOpen(code: String) {
        var stage = begun()
        stage.read(1...2, at: 2)
        stage.sent(at: 2)
        stage.received(refusal(code) + refusal(code), at: 3)
        var now: Instant = 3
        var pauses: [Duration] = []
        for _ in 1...100 {
            guard case .wait(_, let until) = stage.action else {
                Issue.record("\(stage.action)")
                return
            }
            pauses.append(until - now)
            now = until
            stage.timePassed(at: now)
            stage.connected(at: now)
            stage.sent(at: now)
            // The server answers, but its disk is full.
            stage.received(pong + refusal(code) + refusal(code), at: now)
        }
        #expect(pauses.prefix(3) == [.milliseconds(50), .milliseconds(100), .milliseconds(200)])
        #expect(pauses.last == LineUploads.longestPause)
    }

    @Test func theServerIsWaitedForOnlyAWhileOnceInputHasEnded() {
        var stage = begun()
        stage.read(1...2, at: 2)
        stage.sent(at: 2)
        stage.broken("gone", at: 3)
        stage.endInput(at: 1000)
        while stage.failure == nil {
            switch stage.action {
            case .wait(_, let until): stage.timePassed(at: until)
            case .connect: stage.connectFailed("cannot connect to h:1 (Connection refused)", at: stage.now)
            default:
                Issue.record("\(stage.action)")
                return
            }
        }
        #expect(stage.failure?.exitCode == .timedOut)
        #expect((10_900...11_000).contains(stage.now))
        #expect(stage.firstUnknownLine == 1)
    }

    /// A file gives all of its lines at once, so there is nothing to gain from waiting longer.
    @Test(arguments: [(true, 10_002), (false, .never)] as [(Bool, Instant)])
    func aServerThatStaysAwayIsGivenUpWhereStandardInputIsAFile(inputIsFile: Bool, end: Instant) {
        var stage = begun(inputIsFile: inputIsFile)
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.broken("gone", at: 3)
        while stage.failure == nil, stage.now < 1_000_000 {
            switch stage.action {
            case .wait(_, let until): stage.timePassed(at: until)
            case .connect(let until): stage.connectFailed("no", at: until)
            default:
                Issue.record("\(stage.action)")
                return
            }
        }
        #expect(inputIsFile ? stage.failure?.exitCode == .timedOut && stage.now == end : stage.failure == nil)
    }

    /// The client notices the end of a short input although it cannot send the lines.
    @Test func standardInputIsReadAheadWhileTheServerIsAway() {
        var stage = begun()
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.broken("gone", at: 3)
        #expect(stage.action == .wait(readsInput: true, until: 53))
        stage.read(2...300, at: 4)
        #expect(stage.action == .wait(readsInput: false, until: 53), "back-pressure")
    }

    @Test func progressGivesMoreTime() {
        var stage = begun()
        stage.read(1...3, at: 2)
        stage.sent(at: 2)
        stage.endInput(at: 3)
        for (number, now) in [(1, 9000), (2, 18_000)] as [(Int, Instant)] {
            stage.received(stored(number...number), at: now)
            stage.goOn(at: now)
            #expect(stage.action == .wait(readsInput: false, until: now + .seconds(10)))
        }
    }

    @Test func aServerThatDoesNotAnswerIsConnectedToAgain() {
        var stage = begun()
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.timePassed(at: 10_002)
        #expect(stage.lossReason == "the server does not answer")
        #expect(stage.action == .wait(readsInput: true, until: 10_052))
    }

    @Test func withoutALineABreakIsNoMatter() {
        var stage = begun()
        stage.broken("gone", at: 100)
        #expect(stage.action == .close)
        stage.goOn(at: 100)
        #expect(stage.action == .wait(readsInput: true, until: .never))
        stage.read(1...1, at: 5_000_000)
        #expect(stage.action == .connect(until: 5_010_000))
        stage.connected(at: 5_000_001)
        #expect(stage.action == .send(ping + LineStage.packets(1...1), until: 5_010_001))
    }

    @Test func aSilentServerIsAskedAndGivenUp() {
        var stage = begun()
        stage.timePassed(at: 30_001)
        #expect(stage.action == .send(ping, until: 40_001))
        stage.sent(at: 30_001)
        #expect(stage.action == .wait(readsInput: true, until: 40_001))
        stage.received(pong, at: 30_500)
        #expect(stage.action == .wait(readsInput: true, until: 60_500))
        stage.timePassed(at: 60_500)
        stage.sent(at: 60_500)
        stage.timePassed(at: 70_500)
        #expect(stage.action == .close)
    }

    @Test func aServerThatDoesNotKnowAPingIsThere() {
        var stage = LineStage()
        stage.connected(at: 1)
        stage.sent(at: 1)
        stage.received(refusal("unknown_operation"), at: 2)
        #expect(stage.action == .wait(readsInput: true, until: 30_002))
    }

    // MARK: The first connection

    @Test func aFirstConnectThatFailsIsAnErrorAtOnce() {
        var stage = LineStage()
        stage.connectFailed("cannot connect to h:1 (Connection refused)", at: 1)
        #expect(stage.failure == ClientError(.unreachable, "cannot connect to h:1 (Connection refused)"))
    }

    @Test func withRetryTheFirstConnectMayFailForAWhile() {
        var stage = LineStage(retry: .seconds(60))
        stage.connectFailed("no", at: 1)
        #expect(stage.action == .wait(readsInput: true, until: 51))
        stage.timePassed(at: 59_999)
        #expect(stage.action == .connect(until: 60_000))
        stage.connectFailed("no", at: 60_000)
        #expect(stage.failure?.exitCode == .unreachable)
    }

    /// The server accepts the bytes and closes, like a proxy whose server is away.
    @Test func aFirstConnectionThatBreaksIsTriedForAWhile() {
        var stage = LineStage()
        stage.read(1...1, at: 0)
        while stage.failure == nil, stage.now < 60_000 {
            switch stage.action {
            case .connect: stage.connected(at: stage.now)
            case .send: stage.broken("gone", at: stage.now)
            case .wait(_, let until): stage.timePassed(at: until)
            default:
                Issue.record("\(stage.action)")
                return
            }
        }
        #expect(stage.failure?.exitCode == .timedOut, "the line may be stored")
        #expect((9900...10_000).contains(stage.now))
        #expect(stage.firstUnknownLine == 1)
        #expect(stage.firstUnsentLine == nil)
    }

    @Test func aServerThatIsNeverReachedHasNoLine() {
        var stage = LineStage(retry: .seconds(1))
        stage.read(1...1, at: 0)
        while stage.failure == nil, stage.now < 60_000 {
            switch stage.action {
            case .connect: stage.connectFailed("cannot connect to h:1 (Connection refused)", at: stage.now)
            case .wait(_, let until): stage.timePassed(at: until)
            default:
                Issue.record("\(stage.action)")
                return
            }
        }
        #expect(stage.failure == ClientError(.unreachable, "cannot connect to h:1 (Connection refused)"))
        #expect(stage.firstUnknownLine == nil)
        #expect(stage.firstUnsentLine == 1)
    }

    /// A host that the resolver has found once stays known, whatever the resolver says later.
    @Test func aHostThatWasFoundIsNotUnknownLater() {
        var stage = LineStage(retry: .seconds(60))
        stage.connected(at: 1)
        stage.broken("gone", at: 2)
        stage.timePassed(at: 52)
        stage.connectFailed("the host is not known", .unknownHost, at: 53)
        #expect(stage.failure == nil)
    }

    @Test func onlyAnAnswerGivesTheServerMoreTime() {
        var stage = begun()
        stage.read(1...2, at: 2)
        stage.sent(at: 2)
        stage.received("[\"news\",{}]\n", at: 9000)
        #expect(stage.action == .wait(readsInput: true, until: 10_002))
        stage.received(stored(1...1), at: 9500)
        stage.goOn(at: 9500)
        #expect(stage.action == .wait(readsInput: true, until: 19_500))
    }

    @Test func linesThatWereSentOnTwoConnectionsAreKnown() {
        var stage = begun()
        stage.read(1...3, at: 2)
        stage.sent(at: 2)
        stage.received(stored(1...1), at: 3)
        stage.broken("gone", at: 4)
        stage.read(4...4, at: 4)
        #expect((1...4).map { stage.wasSentBefore($0) } == [false, true, true, false])
        #expect(stage.firstUnknownLine == 2)
        #expect(stage.firstUnsentLine == 4)
    }

    @Test(arguments: [("busy", ExitCode.unreachable), ("wrong_password", .notPermitted), ("bad_name", .refused)])
    func aRefusedPreludeIsAnErrorAtOnce(code: String, exitCode: ExitCode) throws {
        let name = Request.takeName(try #require(Name("job")))
        var stage = LineStage(after: [name])
        stage.read(1...1, at: 0)
        stage.connected(at: 1)
        #expect(stage.action == .send(PacketWriter.request(name) + LineStage.packets(1...1), until: 10_001))
        stage.sent(at: 1)
        stage.received(refusal(code) + refusal("not_permitted"), at: 2)
        #expect(stage.failure?.exitCode == exitCode)
        #expect(stage.firstUnknownLine == nil, "lines behind a refused name are not stored")
    }

    /// A job that is restarted at once finds its name taken until the server notices that its predecessor is gone.
    @Test func aNameThatIsTakenIsAskedForAgainForAWhile() throws {
        let name = Request.takeName(try #require(Name("job")))
        var stage = LineStage(after: [name])
        stage.read(1...1, at: 0)
        for now in [10, 100, 1000, 2000] as [Instant] {
            stage.connected(at: now)
            stage.sent(at: now)
            stage.received(refusal("name_taken"), at: now)
            #expect(stage.failure == nil)
        }
        stage.connected(at: 2011)
        stage.sent(at: 2011)
        stage.received(refusal("name_taken"), at: 2011)
        #expect(stage.failure?.exitCode == .notPermitted)
        #expect(stage.firstUnknownLine == nil)
    }

    // MARK: Time

    /// Pauses become shorter towards the end, so that the client finds a server that comes back shortly before it.
    @Test func theLastTryIsShortlyBeforeTheEnd() {
        var stage = begun()
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.endInput(at: 3)
        stage.broken("gone", at: 3)
        var last: Instant = 3
        while stage.failure == nil {
            guard case .wait(_, let until) = stage.action else { break }
            last = until
            stage.timePassed(at: until)
            if case .connect = stage.action { stage.connectFailed("no", at: until) }
        }
        #expect(stage.failure?.exitCode == .timedOut)
        #expect(last > 9900)
    }

    @Test func theRunsTimeEndsIt() {
        var stage = begun(deadline: 5000)
        #expect(stage.action == .wait(readsInput: true, until: 5000))
        stage.timePassed(at: 5000)
        #expect(stage.failure == ClientError(.timedOut, "timed out: standard input has not ended"))
        stage = begun(deadline: 5000)
        stage.read(1...1, at: 2)
        stage.sent(at: 2)
        stage.timePassed(at: 5000)
        #expect(stage.failure?.exitCode == .timedOut)
        #expect(stage.failure?.text.contains("h:1") == true)
    }
}

/// The uploads and their last action.
struct LineStage {
    private var uploads: LineUploads
    private(set) var action: LineUploads.Action
    /// The time of the last event.
    private(set) var now: Instant = 0
    /// The reason for the last loss of the server.
    private(set) var lossReason: String?

    init(
        after prelude: [Request] = [], deadline: Instant = .never, retry: Duration? = nil, inputIsFile: Bool = false,
        jitter: Jitter = .none
    ) {
        var uploads = LineUploads(
            to: ServerName(host: "h", port: 1), after: prelude, deadline: deadline, retry: retry,
            inputIsFile: inputIsFile, jitter: jitter)
        action = uploads.start(at: 0)
        self.uploads = uploads
    }

    static func upload(_ number: Int, text: String? = nil) -> Upload {
        Upload(text: try? TweetText(text ?? "line \(number)"), id: UploadID("id-\(number)"))
    }

    /// The last line that can be under way if all from a first one on are.
    static func lastUnderWay(from first: Int, text: String) -> Int {
        var (last, bytes) = (first - 1, 0)
        while true {
            bytes += upload(last + 1, text: text).bytesUnderWay
            if bytes > WireLimits.uploadBytesUnderWay { return last }
            last += 1
        }
    }

    static func packets(_ numbers: some Sequence<Int>, text: String? = nil) -> [UInt8] {
        numbers.flatMap { PacketWriter.request(.upload(upload($0, text: text))) }
    }

    var failure: ClientError? { if case .finish(let error) = action { error } else { nil } }
    var firstUnknownLine: Int? { uploads.firstUnknownLine }
    var firstUnsentLine: Int? { uploads.firstUnsentLine }
    func wasSentBefore(_ line: Int) -> Bool { uploads.wasSentBefore(line) }

    private mutating func event(at moment: Instant, _ event: (inout LineUploads) -> LineUploads.Action) {
        now = moment
        action = event(&uploads)
        if case .lose(let reason) = action {
            lossReason = reason
            action = uploads.goOn(at: moment)
        }
    }

    mutating func connected(at now: Instant) { event(at: now) { $0.connected(at: now) } }
    mutating func connectFailed(_ text: String, _ kind: ConnectFailure.Kind = .connect, at now: Instant) {
        event(at: now) { $0.connectFailed(ConnectFailure(kind, text), at: now) }
    }
    mutating func sent(at now: Instant) { event(at: now) { $0.sent(at: now) } }
    mutating func broken(_ reason: String, at now: Instant) { event(at: now) { $0.broken(reason, at: now) } }
    mutating func timePassed(at now: Instant) { event(at: now) { $0.timePassed(at: now) } }
    mutating func goOn(at now: Instant) { event(at: now) { $0.goOn(at: now) } }

    mutating func received(_ text: String, at now: Instant) {
        event(at: now) { uploads in Array(text.utf8).withUnsafeBytes { uploads.received($0, at: now) } }
    }

    mutating func read(_ numbers: ClosedRange<Int>, text: String? = nil, at now: Instant) {
        let lines = numbers.map { LineUploads.Line(number: $0, upload: Self.upload($0, text: text)) }
        event(at: now) { $0.linesRead(lines, at: now) }
    }

    /// Tells the uploads that the input has ended; while a connection attempt is under way, the action does not change.
    mutating func endInput(at moment: Instant) {
        uploads.endInput(at: moment)
        if case .wait = action { goOn(at: moment) }
    }
}
