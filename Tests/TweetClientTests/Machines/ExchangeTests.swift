import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// The answers to an exchange, with a clock that the test sets.
struct ExchangeTests {
    static let upload = Request.upload(Upload(text: try? TweetText("hello"), id: UploadID("id-1")))
    static let list = Request.download(Download(count: 3))
    static let fresh = Request.download(Download(maxAge: 1000))
    static let freshList = Request.download(Download(count: 3, maxAge: 1000))

    private let tweet = WireTweet(sequence: 7, text: "hello")
    private let answer = "[\"ok\",{\"seq\":7,\"text\":\"hello\"}]\n"

    @Test(arguments: [upload, .lastMessage, fresh])
    func oneAnswerIsTheEnd(request: Request) {
        var stage = Stage(request, deadline: 10_000)
        #expect(stage.action == .connect(until: 10_000))
        stage.connected(at: 1)
        #expect(stage.action == .send(PacketWriter.request(request), until: 10_000))
        stage.received(answer, at: 2)
        #expect(stage.action == .finish(.success(.tweets([tweet]))))
    }

    @Test func anAnswerInPiecesIsWaitedFor() {
        var stage = Stage(.lastMessage, deadline: 10_000)
        stage.connected(at: 1)
        for byte in answer.utf8.dropLast() {
            stage.received(String(decoding: [byte], as: UTF8.self), at: 2)
            #expect(stage.action == .receive(until: 10_000))
        }
        stage.received("\n", at: 3)
        #expect(stage.action == .finish(.success(.tweets([tweet]))))
    }

    @Test func aListEndsWithItsCount() {
        var stage = Stage(Self.list, deadline: 10_000)
        stage.connected(at: 1)
        stage.received("[\"part\",{\"seq\":7,\"text\":\"hello\"}]\n", at: 2)
        #expect(stage.action == .receive(until: 10_000))
        stage.received("[\"part\",{\"seq\":8,\"text\":\"hello\"}]\n[\"ok\",{\"count\":2}]\n", at: 3)
        #expect(stage.action == .finish(.success(.tweets([tweet, WireTweet(sequence: 8, text: "hello")]))))
    }

    @Test(
        arguments: [
            (.lastMessage, #"["ok",{"text":"Empty Message"}]"#, [WireTweet(text: LastMessage.emptyText)]),
            (upload, #"["ok",{"text":"Empty Message"}]"#, [WireTweet(text: LastMessage.emptyText)]),
            (list, #"["ok",{"count":0}]"#, []),
        ] as [(Request, String, [WireTweet])])
    func nothingThereIsTheEmptyMessageOrAnEmptyList(request: Request, answer: String, expected: [WireTweet]) {
        var stage = Stage(request, deadline: 10_000)
        stage.connected(at: 1)
        stage.received(answer + "\n", at: 2)
        #expect(stage.action == .finish(.success(.tweets(expected))))
    }

    @Test(
        arguments: [
            (fresh, #"["ok",{"text":"Empty Message"}]"#), (freshList, #"["ok",{"count":0}]"#),
            (fresh, #"["error",{"code":"not_fresh","message":"nothing"}]"#),
        ] as [(Request, String)])
    func nothingThatFreshIsAFailure(request: Request, answer: String) {
        var stage = Stage(request, deadline: 10_000)
        stage.connected(at: 1)
        stage.received(answer + "\n", at: 2)
        #expect(stage.failure?.exitCode == .notFresh)
    }

    @Test(
        arguments: [
            (.lastMessage, #"["ok",{"count":0}]"#), (.lastMessage, #"["part",{"text":"a"}]"#),
            (list, #"["ok",{"seq":1,"text":"a"}]"#), (list, #"["ok",{"count":1}]"#), (list, #"["ok",{"count":-1}]"#),
            (list, #"["part",{"text":"a"}]"# + "\n" + #"["ok",{"count":0}]"#),
            (list, String(repeating: #"["part",{"text":"a"}]"# + "\n", count: 4) + #"["ok",{"count":4}]"#),
            (upload, #"["part",{"text":"a"}]"#), (upload, "HTTP/1.1 400 Bad Request"),
            (upload, String(repeating: " ", count: 8192)), (.lastMessage, #"["error",{"code":"teapot"}]"#),
        ] as [(Request, String)])
    func anAnswerThatDoesNotFitIsNotUnderstood(request: Request, answer: String) {
        var stage = Stage(request, deadline: 10_000)
        stage.connected(at: 1)
        stage.received(answer + "\n", at: 2)
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    @Test(
        arguments: [
            ("too_long", .refused), ("forbidden_character", .refused), ("id_reused", .refused), ("bad_body", .refused),
            ("stopping", .unreachable), ("busy", .unreachable), ("unavailable", .unreachable), ("timed_out", .timedOut),
            ("not_permitted", .notPermitted), ("unknown_operation", .notUnderstood), ("teapot", .notUnderstood),
        ] as [(String, ExitCode)])
    func anErrorEndsAnUploadThatWasSentOnce(code: String, expected: ExitCode) {
        var stage = Stage(Self.upload, deadline: 10_000)
        stage.connected(at: 1)
        stage.received("[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n", at: 2)
        #expect(stage.failure == ClientError(expected, "the server says: why (\(code))"))
    }

    // MARK: Connecting

    @Test(
        arguments: [
            (.connect, .unreachable), (.lookUp, .unreachable), (.unknownHost, .unknownHost),
        ] as [(ConnectFailure.Kind, ExitCode)])
    func aFirstConnectThatFailsIsTheEnd(kind: ConnectFailure.Kind, expected: ExitCode) {
        for request in [Self.upload, .lastMessage] {
            var stage = Stage(request, deadline: 10_000)
            #expect(stage.action == .connect(until: 10_000))
            stage.connectFailed("why", kind, at: 1)
            #expect(stage.failure == ClientError(expected, "why"))
        }
    }

    @Test func aConnectThatTakesAllTheTimeIsATimeout() {
        var stage = Stage(.lastMessage, deadline: 9_000)
        stage.connectFailed("cannot look up x: no answer", .lookUp, at: 9_000)
        let text = "timed out: no answer from 127.0.0.1:13001 within 9 s: cannot look up x: no answer"
        #expect(stage.failure == ClientError(.timedOut, text))
    }

    @Test func aDeadlineThatHasPassedIsNotConnectedFor() {
        #expect(Stage(.lastMessage, deadline: 5, start: 5).failure?.exitCode == .timedOut)
    }
}

/// The server of every exchange in these tests.
let aServer = ServerName(host: "127.0.0.1", port: 13001)

/// An exchange and its last action.
struct Stage {
    private var exchange: Exchange
    private(set) var action: Exchange.Action

    /// - Parameter isConnected: whether a connection is open already, with the prelude done.
    init(
        _ request: Request, after prelude: [Request] = [], deadline: Instant, start: Instant = 0,
        isConnected: Bool = false, jitter: Jitter = .none
    ) {
        self.init(
            request, after: prelude, limit: .until(deadline, since: start), start: start, isConnected: isConnected,
            jitter: jitter)
    }

    init(
        _ request: Request, after prelude: [Request] = [], limit: TimeLimit, start: Instant = 0,
        isConnected: Bool = false, jitter: Jitter = .none
    ) {
        var exchange = Exchange(request, after: prelude, to: aServer, limit: limit, jitter: jitter)
        action = isConnected ? exchange.startConnected(at: start) : exchange.start(at: start)
        self.exchange = exchange
    }

    var failure: ClientError? {
        if case .finish(.failure(let error)) = action { error } else { nil }
    }

    mutating func connected(at now: Instant) { action = exchange.connected(at: now) }

    mutating func connectFailed(_ text: String, _ kind: ConnectFailure.Kind = .connect, at now: Instant) {
        action = exchange.connectFailed(ConnectFailure(kind, text), at: now)
    }

    mutating func received(_ text: String, at now: Instant) {
        action = Array(text.utf8).withUnsafeBytes { exchange.received($0, at: now) }
    }

    mutating func broken(_ reason: String, at now: Instant) { action = exchange.broken(reason, at: now) }

    mutating func nothingSent() { exchange.nothingSent() }

    mutating func timePassed(at now: Instant) { action = exchange.timePassed(at: now) }
}
