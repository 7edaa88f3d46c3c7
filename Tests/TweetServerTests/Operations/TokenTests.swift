import Testing
import TweetJournal
import TweetModel
import TweetStore
import TweetWire

@testable import TweetReactor
@testable import TweetServer

/// Tokens as clients see them: what each permits, and when it ends.
struct TokenTests {
    private static let everything = #"["token",{"may":"everything","expires":3600}]"#
    private static let notOfToken = #"["error",{"code":"not_permitted","message":"the token does not permit that"}]"#
    private static let wrong =
        #"["error",{"code":"wrong_password","message":"the token is wrong, removed or expired"}]"#

    private func logIn(_ secret: String) -> String { #"["login",{"token":"\#(secret)"}]"# }

    /// Makes a token over a connection that may.
    private func make(_ request: String, _ client: FixtureClient) throws -> (secret: String, id: Int) {
        let answer = try #require(try client.request(request))
        let secret = try #require(answer.firstMatch(of: /"token":"(ttw_[0-9a-f]{32})"/)?.1)
        let id = try #require(answer.firstMatch(of: /"id":(\d+)/)?.1)
        return (String(secret), try #require(Int(id)))
    }

    private func connect(by secret: String, _ fixture: ServerFixture) throws -> FixtureClient {
        let client = try fixture.connect()
        try client.expect(logIn(secret), "ok")
        return client
    }

    // MARK: Permissions

    @Test func aTokenThatSendsUploadsInItsAccountsNameAndDoesNothingElse() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("Ana"), try fixture.account("bob"))
        try bob.expect(#"["message",{"to":"ana","text":"secret"}]"#, "ok")
        let client = try connect(by: try make(#"["token",{"may":"send"}]"#, ana).secret, fixture)
        let upload = try #require(try client.request(#"["u",{"text":"done","author":"ana"}]"#))
        #expect(upload.contains(#""author":"Ana""#))
        #expect(upload.contains(#""account":true"#))
        try client.expect(#"["message",{"to":"bob","text":"psst"}]"#, "ok")
        try client.expect(#"["ping",""]"#, "ok")
        let permitted: [Operation] = [.upload, .message, .ping]
        for operation in Operation.allCases where !permitted.contains(operation) {
            #expect(try client.request(operation.sample) == Self.notOfToken, "\(operation)")
        }
        #expect(try client.request(#"["d",""]"#) == Self.notOfToken)
    }

    @Test func aTokenThatReadsReadsItsHashtagAndNothingElse() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        try ana.expect(##"["u","one #ops"]"##, "ok")
        let client = try connect(by: try make(##"["token",{"may":"read","tag":"#OPS"}]"##, ana).secret, fixture)
        for request in [##"["d","#ops"]"##, ##"["d",{"tags":["ops"],"count":1}]"##] {
            #expect(try client.request(request)?.contains("one #ops") == true)
        }
        #expect(try client.next() == #"["ok",{"count":1}]"#)
        try client.expect(##"["follow",{"tag":"#Ops"}]"##, "ok")
        try ana.expect(##"["u","two #ops"]"##, "ok")
        #expect(try client.next()?.hasPrefix(#"["tweet""#) == true)
        try client.expect(##"["unfollow","#ops"]"##, "ok")
        for request in [
            #"["d",""]"#, ##"["d","#dev"]"##, #"["d",{"count":3}]"#, ##"["d",{"tags":["#ops","#dev"]}]"##,
            #"["follow",""]"#, ##"["follow","#dev"]"##, #"["unfollow",""]"#, #"["u","three"]"#, #"["u",""]"#,
        ] {
            #expect(try client.request(request) == Self.notOfToken, "\(request)")
        }
        for operation in Operation.allCases where ![.download, .follow, .unfollow, .ping].contains(operation) {
            #expect(try client.request(operation.sample) == Self.notOfToken, "\(operation)")
        }
    }

    @Test func aSessionMayWhatThePasswordMay() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        try bob.expect(#"["message",{"to":"ana","text":"psst"}]"#, "ok")
        let client = try fixture.connect()
        let secret = try make(Self.everything, ana).secret
        #expect(try client.request(logIn(secret)) == #"["ok",{"name":"ana","pending":1}]"#)
        try client.expect(#"["read",{"seqs":[4]}]"#, "ok")
        try client.expect(#"["token",{"may":"send"}]"#, "ok")
        try client.expect(logIn(secret), "already_named")
    }

    /// Otherwise private messages would be pushed to a script that may only send.
    @Test func aGuestWhoLogsInByTheTokenOfAScriptLeaves() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        let secret = try make(#"["token",{"may":"send"}]"#, ana).secret
        let client = try fixture.guest("eve")
        #expect(try client.request(logIn(secret)) == #"["ok",{"name":"ana"}]"#, "nor is told how many wait")
        try bob.expect(#"["message",{"to":"ana","text":"psst"}]"#, "ok")
        try client.expect(#"["ping",""]"#, "ok")
        #expect(client.takeLines() == [])
        #expect(try bob.request(#"["who","ana"]"#)?.contains(#""status":"offline""#) == true)
    }

    @Test func anUploadThatNeedsAnAccountMayComeByToken() throws {
        let fixture = try ServerFixture(requiresAccount: true)
        let ana = try fixture.account("ana")
        try connect(by: try make(#"["token",{"may":"send"}]"#, ana).secret, fixture).expect(#"["u","hi"]"#, "ok")
    }

    // MARK: Bodies

    @Test(arguments: [
        ##"{"may":"send","tag":"#ops"}"##, #"{"may":"read"}"#, #"{"may":"all"}"#, #"{"label":"x"}"#,
        #"{"may":"everything"}"#,
        #"{"may":"everything","expires":7776001}"#, #"{"may":"send","expires":0}"#,
        #"{"may":"send","expires":315360001}"#,
        #"{"may":"send","label":""}"#, #"{"may":"send","label":"a\u0007b"}"#, ##"{"may":"read","tag":"#a b"}"##,
        #"{"may":"send","label":"\#(String(repeating: "x", count: 65))"}"#, #"{"may":"send","id":1}"#, #""send""#,
    ])
    func aTokenOfAnotherKindIsRefused(body: String) throws {
        let fixture = try ServerFixture()
        try fixture.account("ana").expect(#"["token",\#(body)]"#, "bad_body")
        #expect(try fixture.connect().request(#"["token",{"may":"send"}]"#)?.contains("account_needed") == true)
    }

    @Test(arguments: [
        ("ttw_00000000000000000000000000000000", "wrong_password"), ("ttw_0", "wrong_password"), ("", "wrong_password"),
        ("TTW_00000000000000000000000000000000", "wrong_password"),
    ])
    func aWrongTokenIsRefusedLikeAWrongPassword(secret: String, code: String) throws {
        let fixture = try ServerFixture()
        try fixture.connect().expect(logIn(secret), code)
        try fixture.connect().expect(#"["login",{"token":"ttw_","name":"ana"}]"#, "bad_body")
    }

    // MARK: Secrets

    @Test func aSecretIsNowhereButInItsAnswer() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let secret = try make(#"["token",{"may":"send","label":"backup"}]"#, ana).secret
        _ = try connect(by: secret, fixture)
        try ana.send(#"["tokens",""]"#)
        let lines = try ana.next(2)
        #expect(lines[0].contains(#""label":"backup""#))
        try ana.expect(logIn(secret), "already_named")
        try fixture.connect().expect(#"["login",{"token":"\#(secret)x"}]"#, "wrong_password")
        #expect(!lines.joined().contains(secret))
        #expect(!fixture.reports.contains(secret.dropFirst(4)))
        #expect(fixture.reports.contains("ana made token 3 (send) from"))
        #expect("\(try #require(TokenSecret(secret)))" == "TokenSecret(…)")
        let stored = try #require(try fixture.server.reader.tokens(of: Name(stored: "ana")).first)
        #expect(stored.id == 3)
        #expect(!fixture.storeContains(secret))
    }

    /// A hash that another program has made, so that stores stay readable.
    @Test func theHashIsThatOfTheStandard() throws {
        let secret = try #require(TokenSecret("ttw_0123456789abcdef0123456789abcdef"))
        #expect(secret.hash.string == "14e9dc60b4065d0617240f93cc68f85ebdae72945c33a8ff1e93af4ed2ab5b9e")
        var generator = SystemRandomNumberGenerator()
        let secrets = Set((0..<100).map { _ in TokenSecret(using: &generator) })
        #expect(secrets.count == 100)
        #expect(secrets.allSatisfy { TokenSecret($0.string) == $0 })
    }

    // MARK: Ends

    @Test func aRemovedTokenClosesTheConnectionsThatUseIt() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let (first, second) = (try make(#"["token",{"may":"send"}]"#, ana), try make(Self.everything, ana))
        let user = try connect(by: first.secret, fixture)
        let other = try connect(by: second.secret, fixture)
        try ana.expect(#"["remove_token",{"id":\#(first.id)}]"#, "ok")
        #expect(
            try user.next() == #"["error",{"code":"not_permitted","message":"the token was removed"}]"#)
        #expect(try user.next() == nil)
        #expect(try fixture.connect().request(logIn(first.secret)) == Self.wrong)
        try ana.expect(#"["remove_token",{"id":\#(first.id)}]"#, "no_such_token")
        // A session that removes its own token logs out.
        try other.expect(#"["remove_token",{"id":\#(second.id)}]"#, "ok")
        try other.expect(#"["inbox",""]"#, "account_needed")
        try other.expect(#"["name","eve"]"#, "ok")
        try ana.expect(#"["ping",""]"#, "ok")
    }

    @Test func anotherAccountsTokenCannotBeRemoved() throws {
        let fixture = try ServerFixture()
        let (ana, bob) = (try fixture.account("ana"), try fixture.account("bob"))
        let token = try make(#"["token",{"may":"send"}]"#, ana)
        try bob.expect(#"["remove_token",{"id":\#(token.id)}]"#, "no_such_token")
        #expect(try bob.request(#"["tokens",""]"#) == #"["ok",{"count":0}]"#)
        _ = try connect(by: token.secret, fixture)
    }

    @Test func aNewPasswordEndsSessionsAndKeepsScripts() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let (asking, session) = (try make(Self.everything, ana), try make(Self.everything, ana))
        let script = try make(#"["token",{"may":"send"}]"#, ana)
        let clients = try [asking, session, script].map { try connect(by: $0.secret, fixture) }
        try clients[0].expect(#"["passwd",{"old":"correct horse","new":"battery staple"}]"#, "ok")
        #expect(try ana.next()?.contains("the password was changed") == true)
        #expect(try clients[1].next()?.contains("the password was changed") == true)
        try clients[2].expect(#"["u","hi"]"#, "ok")
        for token in [asking, session] { try fixture.connect().expect(logIn(token.secret), "wrong_password") }
        _ = try connect(by: script.secret, fixture)
        // It has proved the password, so its token's end is not its own.
        fixture.setClock(aheadBy: 4_000_000)
        try clients[0].expect(#"["token",{"may":"everything","expires":60}]"#, "ok")
    }

    @Test func anAccountTakesItsTokensAlong() throws {
        let fixture = try ServerFixture()
        let secret = try make(#"["token",{"may":"send"}]"#, try fixture.account("ana")).secret
        let client = try connect(by: secret, fixture)
        try fixture.connect(from: nil).expect(#"["remove_account","ana"]"#, "ok")
        #expect(try client.next()?.contains("the account was removed") == true)
        _ = try fixture.account("ana")
        try fixture.connect().expect(logIn(secret), "wrong_password")
    }

    @Test func anExpiredTokenIsWrongAndNotListed() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        let secret = try make(#"["token",{"may":"send","expires":60}]"#, ana).secret
        fixture.setClock(aheadBy: 59_999)
        let client = try connect(by: secret, fixture)
        fixture.setClock(aheadBy: 1)
        #expect(try fixture.connect().request(logIn(secret)) == Self.wrong)
        #expect(try ana.request(#"["tokens",""]"#) == #"["ok",{"count":0}]"#)
        // The connection's timer is the loop's, a millisecond after the log-in.
        #expect(try client.next() == Self.wrong)
        #expect(try client.next() == nil)
    }

    @Test func anAccountHasABoundedNumberOfTokens() throws {
        let fixture = try ServerFixture()
        let ana = try fixture.account("ana")
        for number in 0..<TokenLimits.ofAccount {
            fixture.journal.proposeElsewhere(
                .tokenCreated(
                    time: Timestamp(milliseconds: 0), owner: Name(stored: "ana"), hash: TokenHash("\(number)"),
                    scope: .send, label: nil, expires: nil))
        }
        try ana.expect(#"["token",{"may":"send"}]"#, "too_many")
        try ana.send(#"["tokens",""]"#)
        #expect(try ana.next(TokenLimits.ofAccount + 1).last == #"["ok",{"count":100}]"#)
    }

    // MARK: The throttle

    @Test func wrongTokensAreThrottledLikeWrongPasswordsAndARightOneNever() throws {
        let fixture = try ServerFixture()
        let secret = try make(#"["token",{"may":"send"}]"#, try fixture.account("ana")).secret
        let wrong = logIn("ttw_00000000000000000000000000000000")
        let client = try fixture.connect()
        for _ in 0...LoginThrottle.freeFailures { try client.expect(wrong, "wrong_password") }
        try client.send(wrong)
        fixture.turn { client.handler?.delayedRequest != nil }
        // Nobody waits for the wrong ones of others.
        try fixture.connect().expect(logIn(secret), "ok")
        #expect(client.handler?.delayedRequest != nil)
        #expect(try #require(try client.next()).contains("wrong_password"))
        // A connection that goes gives its place among the attempts back.
        for _ in 0..<2 * LoginThrottle.attemptsUnderWay {
            let gone = try fixture.connect()
            try gone.send(wrong)
            fixture.turn { gone.handler?.delayedRequest != nil }
            gone.handler?.connection.close(.serverStopped)
        }
        try fixture.connect(from: "192.0.2.1").expect(logIn(secret), "ok")
    }

    /// A client that does not wait for the refusal has guessed all the same.
    @Test func aWrongTokenOfAClientThatGoesIsCounted() throws {
        let fixture = try ServerFixture()
        let wrong = logIn("ttw_00000000000000000000000000000000")
        let client = try fixture.connect()
        for _ in 0...LoginThrottle.freeFailures { try client.expect(wrong, "wrong_password") }
        func delay() throws -> Duration {
            let network = try #require(client.handler?.network)
            let delay = fixture.server.throttle.begin(network, now: fixture.server.now)
            fixture.server.throttle.ended(network, succeeded: nil, now: fixture.server.now)
            return try #require(delay)
        }
        let before = try delay()
        let gone = try fixture.connect()
        try gone.send(wrong)
        fixture.turn { gone.handler?.delayedRequest != nil }
        gone.handler?.connection.close(.serverStopped)
        #expect(try delay() > before)
    }
}
