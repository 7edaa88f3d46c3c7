import Testing
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetClient

/// Exchanges that log in first, and exchanges about people, with a clock that the test sets.
struct ExchangePreludeTests {
    static let secret = "correct horse"
    private let ana: Name
    private let bob: Name
    private let logIn: Request
    private let upload: Request
    private let loggedIn = "[\"ok\",{\"name\":\"Ana\",\"pending\":0}]\n"
    private let stored = "[\"ok\",{\"seq\":7,\"author\":\"Ana\",\"text\":\"hello\"}]\n"

    init() throws {
        ana = try #require(Name("ana"))
        bob = try #require(Name("bob"))
        logIn = .logIn(Credentials(name: ana, password: try #require(Password(Self.secret))))
        upload = .upload(Upload(text: try TweetText("hello"), id: UploadID("id-1"), author: ana))
    }

    private func stage(_ request: Request, deadline: Instant = 10_000) -> Stage {
        Stage(request, after: [logIn], deadline: deadline)
    }

    private func error(_ code: String) -> String { "[\"error\",{\"code\":\"\(code)\",\"message\":\"why\"}]\n" }

    // MARK: A guest's name

    /// Cron may start several jobs in the same minute that all use one name.
    @Test func aNameThatAnotherRunHasIsAskedForAgainForAWhile() throws {
        var stage = Stage(upload, after: [.takeName(ana)], deadline: 60_000)
        var tries = 0
        var now: Instant = 1
        while stage.failure == nil, tries < 100 {
            tries += 1
            stage.connected(at: now)
            stage.received(error("name_taken") + error("not_permitted"), at: now)
            guard case .pause(let until, _) = stage.action else { break }
            now = until
            stage.timePassed(at: now)
        }
        #expect(tries > 3)
        #expect(stage.failure?.exitCode == .notPermitted)
        #expect((2000...4000).contains(now))
        #expect(stage.failure?.text == "the server says: why (name_taken)", "nothing may be stored")
    }

    // MARK: Logging in

    @Test func theLoginAndTheRequestAreOneWrite() {
        var stage = stage(upload)
        stage.connected(at: 1)
        let expected =
            #"["login",{"name":"ana","password":"correct horse"}]"# + "\n"
            + #"["u",{"text":"hello","id":"id-1","author":"ana"}]"# + "\n"
        #expect(stage.action == .send(Array(expected.utf8), until: 10_000))
        stage.received(loggedIn, at: 2)
        #expect(stage.action == .receive(until: 10_000))
        stage.received(stored, at: 3)
        #expect(stage.action == .finish(.success(.tweets([WireTweet(sequence: 7, author: "Ana", text: "hello")]))))
    }

    @Test func theAnswersMayComeInPieces() {
        let stream = Array((loggedIn + "[\"joined\",{\"name\":\"bob\"}]\n" + stored).utf8)
        for cut in 1..<stream.count {
            var stage = stage(upload)
            stage.connected(at: 1)
            stage.received(String(decoding: stream[..<cut], as: UTF8.self), at: 2)
            #expect(stage.action == .receive(until: 10_000))
            stage.received(String(decoding: stream[cut...], as: UTF8.self), at: 2)
            #expect(
                stage.action == .finish(.success(.tweets([WireTweet(sequence: 7, author: "Ana", text: "hello")]))))
        }
    }

    @Test(
        arguments: [
            ("wrong_password", .notPermitted), ("bad_body", .notUnderstood), ("busy", .unreachable),
            ("unknown", .timedOut),
        ] as [(String, ExitCode)])
    func aRefusedLoginIsTheRunsErrorAndNothingWasStored(code: String, expected: ExitCode) {
        var stage = stage(upload)
        stage.connected(at: 1)
        stage.received(error(code) + error("not_permitted"), at: 2)
        #expect(stage.failure == ClientError(expected, "the server says: why (\(code))"))
    }

    @Test(arguments: [
        "[\"ok\",{\"seq\":7,\"text\":\"hello\"}]\n", "[\"ok\",{\"count\":0}]\n", "[\"part\",{\"text\":\"a\"}]\n",
    ])
    func anAnswerThatIsNoLoginsIsNotUnderstood(line: String) {
        var stage = stage(upload)
        stage.connected(at: 1)
        stage.received(line, at: 2)
        #expect(stage.failure?.exitCode == .notUnderstood)
    }

    @Test func afterABreakItLogsInAgainAndSendsTheSameID() {
        var stage = stage(upload)
        stage.connected(at: 0)
        let first = stage.action
        stage.received(loggedIn, at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 50)
        #expect(stage.action == first)
        stage.received(loggedIn, at: 51)
        #expect(stage.action == .receive(until: 10_000))
        stage.received(stored, at: 52)
        guard case .finish(.success) = stage.action else {
            Issue.record("\(stage.action)")
            return
        }
    }

    @Test func aLoginThatFailsLaterDoesNotSettleAnEarlierSending() {
        var stage = stage(upload)
        stage.connected(at: 0)
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 50)
        stage.received(error("busy"), at: 51)
        #expect(stage.action == .pause(until: 151, because: "the server says: why (busy)"))
        stage.timePassed(at: 151)
        stage.connected(at: 151)
        stage.received(error("wrong_password"), at: 152)
        let text = "the server says: why (wrong_password); the outcome is unknown: the message may or may not be stored"
        #expect(stage.failure == ClientError(.notPermitted, text))
    }

    @Test func onAnOpenConnectionTheLoginIsNotRepeatedAndOnANewOneItIs() {
        var stage = Stage(.markRead([7]), after: [logIn], deadline: 10_000, isConnected: true)
        #expect(stage.action == .send(PacketWriter.request(.markRead([7])), until: 10_000))
        stage.broken("reset", at: 0)
        stage.timePassed(at: 50)
        stage.connected(at: 50)
        let both = [logIn, .markRead([7])].flatMap(PacketWriter.request)
        #expect(stage.action == .send(both, until: 10_000))
        stage.received(loggedIn + "[\"ok\",{\"count\":0}]\n", at: 51)
        #expect(stage.action == .finish(.success(.count(0))))
    }

    // MARK: Answers

    private let message = #"{"seq":7,"time":null,"from":"ana","to":["bob"],"text":"hi","read":null}"#
    private let person = #"{"name":"Ana","status":"away","since":null,"account":true}"#

    @Test func eachRequestHasItsKindOfAnswer() throws {
        let password = try #require(Password(Self.secret))
        let wireMessage = WireMessage(sequence: 7, sender: "ana", recipients: ["bob"], text: "hi")
        let wirePerson = WirePerson(name: "Ana", status: "away", hasAccount: true)
        let parts = "[\"part\",\(message)]\n[\"part\",\(message)]\n[\"ok\",{\"count\":2}]\n"
        let none = "[\"ok\",{\"count\":0}]\n"
        let cases: [(Request, String, WholeAnswer)] = [
            (
                .message(OutgoingMessage(to: [bob], text: try TweetText("hi"), id: nil)), "[\"ok\",\(message)]\n",
                .messages([wireMessage])
            ),
            (.inbox(MessageQuery()), parts, .messages([wireMessage, wireMessage])),
            (.inbox(MessageQuery(isArchive: true)), none, .messages([])),
            (.sent(MessageQuery(count: 2)), parts, .messages([wireMessage, wireMessage])),
            (.directory(.one(ana)), "[\"ok\",\(person)]\n", .people([wirePerson])),
            (.directory(.everybody), "[\"part\",\(person)]\n[\"ok\",{\"count\":1}]\n", .people([wirePerson])),
            (.directory(.here), none, .people([])),
            (.markRead([7]), "[\"ok\",{\"count\":1}]\n", .count(1)),
            (logIn, "[\"ok\",{\"name\":\"Ana\",\"pending\":3}]\n", .done(pending: 3)),
            (.signUp(Credentials(name: ana, password: password)), loggedIn, .done(pending: 0)),
            (.changePassword(PasswordChange(old: password, new: password)), "[\"ok\",{}]\n", .done(pending: nil)),
        ]
        let answers = Set(cases.map(\.1))
        for (request, answer, expected) in cases {
            var stage = Stage(request, deadline: 10_000)
            stage.connected(at: 0)
            stage.received(answer, at: 1)
            #expect(stage.action == .finish(.success(expected)))
            // An answer to another request does not count, unless it looks the same.
            for other in answers where other != answer {
                var stage = Stage(request, deadline: 10_000)
                stage.connected(at: 0)
                stage.received(other, at: 1)
                guard case .finish(.success(let reply)) = stage.action else { continue }
                let isAlike: Bool =
                    switch (expected, reply) {
                    case (.messages, .messages), (.people, .people), (.count, .count), (.done, .done): true
                    default: false
                    }
                #expect(isAlike, "\(request) takes \(other) for \(reply)")
            }
        }
    }

    @Test(
        arguments: [
            (MessageQuery(count: 1), 2, false), (MessageQuery(count: 2), 2, true), (MessageQuery(), 1000, true),
            (MessageQuery(), 1001, false),
        ] as [(MessageQuery, Int, Bool)])
    func aListHasNoMoreThanWasAskedFor(query: MessageQuery, count: Int, isUnderstood: Bool) {
        var stage = Stage(.inbox(query), deadline: 10_000)
        stage.connected(at: 0)
        for _ in 0..<count { stage.received("[\"part\",\(message)]\n", at: 1) }
        stage.received("[\"ok\",{\"count\":\(count)}]\n", at: 1)
        #expect((stage.failure == nil) == isUnderstood)
        #expect(stage.failure?.exitCode == (isUnderstood ? nil : .notUnderstood))
    }

    // MARK: Unknown outcomes

    @Test func eachChangeHasItsUnknownOutcome() throws {
        let password = try #require(Password(Self.secret))
        let changes: [(Request, String)] = [
            (
                .message(OutgoingMessage(to: [bob], text: try TweetText("hi"), id: nil)),
                "the message may or may not be stored"
            ),
            (.signUp(Credentials(name: ana, password: password)), "the account may or may not be made"),
            (
                .changePassword(PasswordChange(old: password, new: password)),
                "the password may or may not be changed"
            ),
            (.markRead([7]), "the messages may or may not be marked as read"),
            (.setBlocked(bob, true), "the name may or may not be blocked"),
        ]
        for (request, outcome) in changes {
            var stage = Stage(request, deadline: 1000)
            stage.connected(at: 0)
            stage.timePassed(at: 1000)
            let text = "timed out: no answer from 127.0.0.1:13001 within 1 s; the outcome is unknown: \(outcome)"
            #expect(stage.failure == ClientError(.timedOut, text))
        }
    }

    @Test func nothingThatIsSaidNamesThePassword() throws {
        var stage = stage(upload, deadline: 100)
        #expect(!"\(stage.action)".contains(Self.secret))
        stage.connected(at: 0)
        var said: [String] = []
        stage.broken("reset", at: 0)
        said.append("\(stage.action)")
        stage.timePassed(at: 50)
        stage.connectFailed("127.0.0.1:1 (refused)", at: 50)
        said.append("\(stage.action)")
        stage.timePassed(at: 100)
        said.append("\(stage.action)")
        #expect(said.count == 3)
        #expect(!said.contains { $0.contains(Self.secret) })
    }
}
