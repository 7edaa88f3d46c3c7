import Foundation
import TestSupport
import Testing
import TweetModel
import TweetWire

@testable import TweetReactor
@testable import TweetServer

/// The identity of one request of HTTP, by the field Authorization.
@Suite struct HTTPLogInTests {
    let fixture: ServerFixture
    let client: HTTPTestClient
    let ana: FixtureClient

    init() throws {
        fixture = try ServerFixture()
        client = try HTTPTestClient(fixture)
        ana = try fixture.account("Ana")
    }

    private static let wrong = bearer("ttw_00000000000000000000000000000000")

    private static func bearer(_ secret: String) -> String { "Authorization: Bearer \(secret)" }

    private static func basic(_ pair: String) -> String {
        "Authorization: Basic \(Data(pair.utf8).base64EncodedString())"
    }

    private static func post(_ text: String, _ fields: String...) -> String {
        let head = ["POST / HTTP/1.1", "Host: localhost"] + fields + ["Content-Length: \(text.utf8.count)"]
        return head.joined(separator: "\r\n") + "\r\n\r\n\(text)"
    }

    private var person: Identity? { client.client.handler?.conversation.identity }

    // MARK: The author

    @Test(arguments: ["POST", "PUT"])
    func anUploadHasTheAuthorOfItsToken(method: String) throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        let response = try client.request(method, "/", [Self.bearer(secret)], body: "done")
        #expect(response.status == 200)
        #expect(response.body.contains(#""author":"Ana","text":"done","tags":[],"account":true"#))
    }

    @Test(arguments: ["Ana:correct horse", "ANA:correct horse"])
    func anUploadHasTheAuthorOfItsPassword(pair: String) throws {
        let response = try client.request("POST", "/", [Self.basic(pair)], body: "done")
        #expect(response.body.contains(#""author":"Ana""#))
    }

    @Test func theCredentialsNeedNoPadding() throws {
        let padded = Self.basic("Ana:correct horse")
        try #require(padded.hasSuffix("="))
        let bare = String(padded.prefix { $0 != "=" })
        #expect(try client.request("POST", "/", [bare], body: "done").body.contains(#""author":"Ana""#))
    }

    @Test func aTokenMayBeThePasswordOfNobody() throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        #expect(
            try client.request("POST", "/", [Self.basic(":\(secret)")], body: "a").body.contains(#""author":"Ana""#))
    }

    @Test func theSchemeMayHaveAnyCase() throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        #expect(try client.request("POST", "/", ["authorization: bEARER   \(secret)"], body: "a").status == 200)
    }

    @Test func theIdentityEndsWithItsRequest() throws {
        let secret = try ana.token(#"{"may":"everything","expires":60}"#)
        for method in ["POST", "GET", "DELETE"] {
            let body = method == "POST" ? "one" : nil
            #expect(try client.request(method, "/", [Self.bearer(secret)], body: body).status == 200)
            #expect(person == .nobody)
        }
        #expect(client.client.handler?.conversation.grant == nil)
        #expect(client.client.handler?.tokenExpiry == nil)
        #expect(try client.request("POST", "/", body: "two").body.contains(#""author":null"#))
        #expect(try client.request("GET", "/tweets", [Self.bearer(secret)]).status == 200)
        #expect(person == .nobody)
        #expect(try client.request("GET", "/who/nobody", [Self.bearer(secret)]).status == 404)
        #expect(person == .nobody)
        // No request stays.
        #expect(fixture.server.visitors.stays == 1)
        #expect(try client.request("GET", "/who?").body.contains(#""status":"offline""#))
    }

    /// The requests of several people over one connection of a proxy, however they are cut.
    @Test(arguments: [1, 7, 1000])
    func pipelinedRequestsOfSeveralPeopleKeepTheirOrder(piece: Int) throws {
        let bob = try fixture.account("bob")
        let secrets = (try ana.token(#"{"may":"send"}"#), try bob.token(#"{"may":"send"}"#))
        let requests = [
            Self.post("1", Self.bearer(secrets.0)), Self.post("2"), Self.post("3", Self.bearer(secrets.1)),
            Self.post("4", Self.wrong), Self.post("5", Self.basic("bob:correct horse")),
            Self.post("6", Self.basic("bob:wrong horse")), Self.post("7", Self.bearer(secrets.0)), Self.post("8"),
        ]
        let bytes = Array(requests.joined().utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try client.client.send(bytes: Array(bytes[start..<min(start + piece, bytes.count)]))
            fixture.turn { client.client.hasTakenInput }
        }
        let authors = ["\"Ana\"", "null", "\"bob\"", nil, "\"bob\"", nil, "\"Ana\"", "null"]
        for (number, author) in authors.enumerated() {
            let response = try client.next()
            #expect(response.status == (author == nil ? 401 : 200))
            if let author { #expect(response.body.contains("\"author\":\(author),\"text\":\"\(number + 1)\"")) }
        }
        #expect(person == .nobody)
    }

    @Test func theConnectionEndsAfterARequestThatWantsIt() throws {
        try client.send(Self.post("one", Self.wrong, "Connection: close") + Self.post("two"))
        #expect(try client.next().status == 401)
        #expect(try client.isAtEnd())
        #expect(!fixture.reports.contains("message"))
    }

    // MARK: Refusals

    @Test(arguments: [
        wrong, "Authorization: Bearer ttw_short", "Authorization: Bearer", "Authorization: ",
        "Authorization: Digest a=b", basic("Ana:wrong horse"), basic("nobody:correct horse"),
        basic("no way:correct horse"), basic("Ana"), "Authorization: Basic ?", "Authorization: Basic QW5h=",
        "Authorization: Basic /w==", basic(":wrong"), basic(":"), basic("Ana:"),
    ])
    func aWrongLogInIsRefused(field: String) throws {
        let response = try client.request("POST", "/", [field], body: "one")
        #expect(response.status == 401)
        #expect(response.body.contains("{\"code\":\"wrong_password\""), "\(response.body)")
        #expect(response.fields["www-authenticate"] == #"Bearer realm="ttweet""#)
        #expect(fixture.reports.contains("was refused: wrong_password"))
        #expect(try client.request("GET", "/").body == "Empty Message\n")
        #expect(try client.request("GET", "/tags", [field]).status == 401)
    }

    @Test func eachRefusalIsReportedOnceAndWithoutASecret() throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        #expect(try client.request("POST", "/", [Self.bearer(secret)], body: "a").status == 200)
        #expect(try client.request("POST", "/", [Self.basic("ana:wrong horse")], body: "b").status == 401)
        #expect(try client.request("POST", "/", [Self.wrong], body: "c").status == 401)
        let lines = fixture.reports.split(separator: "\n").filter { $0.contains("wrong_password") }
        #expect(lines.count == 2)
        #expect(lines.first?.contains("wrong_password for ana") == true)
        for text in ["ttw_", "horse"] { #expect(!fixture.reports.contains(text)) }
    }

    /// The guess that succeeds shows, and a script's many requests do not fill the log.
    @Test func theFirstLogInByPasswordFromANetworkIsReported() throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        let logIns = { fixture.reports.split(separator: "\n").filter { $0.contains("Ana logged in") } }
        for host in ["192.0.2.1", "192.0.2.2"] {
            let far = try HTTPTestClient(fixture, from: host)
            #expect(try far.request("POST", "/", [Self.bearer(secret)], body: "a").status == 200)
            #expect(try far.request("POST", "/", [Self.basic("ana:wrong horse")], body: "b").status == 401)
            #expect(!logIns().contains { $0.contains(" from \(host):") })
            for _ in 1...3 {
                #expect(try far.request("POST", "/", [Self.basic("ana:correct horse")], body: "c").status == 200)
            }
            #expect(logIns().count { $0.contains("Ana logged in from \(host):") } == 1)
        }
        #expect(try client.request("POST", "/", [Self.basic("ana:correct horse")], body: "d").status == 200)
        // From there it has signed up, which is a report of its own.
        #expect(logIns().count == 2)
    }

    @Test func whatNeedsNoIdentityDoesNotLookAtTheField() throws {
        #expect(try client.request("GET", "/healthz", [Self.wrong]).status == 200)
        #expect(try client.request("GET", "/", [Self.wrong, "Accept: text/html"]).status == 200)
        let webSocket = try WebSocketTestClient(fixture, fields: [Self.wrong])
        try webSocket.expect(#"["u","one"]"#, "ok")
    }

    @Test func aTokenPermitsWhatItDoesOnTheWire() throws {
        #expect(try client.request("POST", "/", body: "one #ops").status == 200)
        let read = [Self.bearer(try ana.token(#"{"may":"read","tag":"ops"}"#))]
        for (target, status) in [
            ("/tag/OPS", 200), ("/tweets?tag=ops", 200), ("/tag/web", 403), ("/", 403), ("/tweets", 403),
            ("/tweets?tag=ops&tag=web", 403), ("/tags", 403), ("/who", 403), ("/tweets?q=one", 403),
        ] {
            #expect(try client.request("GET", target, read).status == status, "\(target)")
        }
        #expect(try client.request("POST", "/", read, body: "two").status == 403)
        let send = [Self.bearer(try ana.token(#"{"may":"send"}"#))]
        #expect(try client.request("GET", "/tag/ops", send).status == 403)
        #expect(try client.request("DELETE", "/", send).status == 200)
        let everything = [Self.bearer(try ana.token(#"{"may":"everything","expires":60}"#))]
        for target in ["/", "/tag/ops", "/tweets", "/tags", "/who"] {
            #expect(try client.request("GET", target, everything).status == 200, "\(target)")
        }
    }

    @Test func anExpiredAndARemovedTokenAreRefused() throws {
        let secret = try ana.token(#"{"may":"send","expires":60}"#)
        let other = try ana.token(#"{"may":"send"}"#)
        #expect(try client.request("POST", "/", [Self.bearer(secret)], body: "a").status == 200)
        fixture.setClock(aheadBy: 60_000)
        #expect(try client.request("POST", "/", [Self.bearer(secret)], body: "b").status == 401)
        #expect(try client.request("POST", "/", [Self.bearer(other)], body: "c").status == 200)
        try ana.expect(#"["passwd",{"old":"correct horse","new":"battery staple"}]"#, "ok")
        #expect(try client.request("POST", "/", [Self.basic("ana:correct horse")], body: "d").status == 401)
        #expect(try client.request("POST", "/", [Self.basic("ana:battery staple")], body: "e").status == 200)
    }

    // MARK: Guessing

    @Test func wrongLogInsAreDelayedAndKeepTheirOrder() throws {
        for _ in 0...LoginThrottle.freeFailures {
            #expect(try client.request("POST", "/", [Self.wrong], body: "a").status == 401)
            fixture.pass(LoginThrottle.firstDelay)
        }
        try client.send(Self.post("one", Self.basic("Ana:correct horse")) + Self.post("two"))
        fixture.turn { client.client.handler?.delayedRequest != nil }
        // Nothing is answered before its time.
        #expect(client.client.takeBytes().isEmpty)
        #expect(person == .nobody)
        fixture.pass(LoginThrottle.longestAddressDelay)
        #expect(try client.next().body.contains(#""author":"Ana","text":"one""#))
        #expect(try client.next().body.contains(#""author":null,"text":"two""#))
    }

    @Test func tooManyLogInsAtTheSameTimeAreBusy() throws {
        for _ in 0...LoginThrottle.freeFailures {
            #expect(try client.request("POST", "/", [Self.wrong], body: "a").status == 401)
        }
        var waiting: [HTTPTestClient] = []
        for _ in 0..<LoginThrottle.attemptsUnderWay {
            let other = try HTTPTestClient(fixture)
            try other.send(Self.post("one", Self.wrong))
            fixture.turn { other.client.handler?.delayedRequest != nil }
            waiting.append(other)
        }
        let response = try client.request("POST", "/", [Self.wrong], body: "a")
        #expect(response.status == 429)
        #expect(response.fields["retry-after"] == "1")
        #expect(response.body.contains(#""retry_after":1"#))
        // Those that go give their place back.
        for other in waiting { other.client.finishSending() }
        fixture.pass(LoginThrottle.longestAddressDelay)
        for other in waiting { #expect(try other.next().status == 401) }
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test func aSecretIsNotTakenFromAnotherMachineWithoutTLS() throws {
        let fixture = try ServerFixture(encryption: Encryption())
        let secret = try fixture.account("ana").token(#"{"may":"send"}"#)
        for field in [Self.bearer(secret), Self.basic("ana:correct horse"), Self.wrong] {
            let far = try HTTPTestClient(fixture, from: "192.0.2.1")
            let response = try far.request("POST", "/", [field], body: "one")
            #expect(response.status == 403)
            #expect(response.body.contains(#"{"code":"tls_needed""#))
            #expect(try far.request("POST", "/", body: "two").status == 200)
        }
        let near = try HTTPTestClient(fixture)
        #expect(try near.request("POST", "/", [Self.bearer(secret)], body: "three").status == 200)
    }

    @Test func aServerForAccountsTakesUploadsWithALogIn() throws {
        let fixture = try ServerFixture(requiresAccount: true)
        let secret = try fixture.account("ana").token(#"{"may":"send"}"#)
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("POST", "/", body: "one").status == 403)
        #expect(try client.request("POST", "/", [Self.bearer(secret)], body: "two").status == 200)
        #expect(try client.request("POST", "/", body: "three").status == 403)
    }

    // MARK: The end of a token

    @Test(arguments: [true, false])
    func aStreamEndsWithItsToken(expires: Bool) throws {
        let secret = try ana.token(#"{"may":"read","tag":"ops","expires":60}"#)
        try client.send("GET /tag/ops/follow HTTP/1.1\r\nHost: localhost\r\n\(Self.bearer(secret))\r\n\r\n")
        #expect(try client.nextHead().status == 200)
        #expect(person == .account(Name(stored: "ana")))
        if expires {
            fixture.setClock(aheadBy: 60_000)
            fixture.pass(.seconds(60))
        } else {
            try ana.expect(#"["remove_token",{"id":3}]"#, "ok")
        }
        // Nothing but a sign of life comes before the end.
        #expect(try client.text(of: 100).allSatisfy(\.isNewline))
        #expect(try client.isAtEnd())
    }

    @Test func aTokenThatIsRemovedMeanwhileIsRefused() throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        try client.send(Self.post("one", Self.bearer(secret)))
        fixture.holdOutcomes()
        fixture.turn { client.client.handler?.conversation.isAnswered == false }
        // The client is told, and the loop has not learnt of the upload.
        fixture.server.disconnectAll(using: 3, but: nil)
        #expect(try client.next().status == 403)
        #expect(try client.isAtEnd())
        fixture.takeOutcomes()
        fixture.turn { fixture.server.waiters.isEmpty }
        #expect(try ana.request(#"["d",""]"#)?.contains("one") == true)
    }

    /// The connection of a stream stays for a while after its end.
    @Test func theIdentityEndsWithItsStream() throws {
        let secret = try ana.token(#"{"may":"everything","expires":60}"#)
        try client.send("GET /follow?wait=1 HTTP/1.1\r\nHost: localhost\r\n\(Self.bearer(secret))\r\n\r\n")
        fixture.turn { client.client.handler?.subscriber.followsTweets == true }
        #expect(person == .account(Name(stored: "ana")))
        let handler = try #require(client.client.handler)
        try ana.expect(#"["u","one"]"#, "ok")
        fixture.turn { handler.connection.isFinishing }
        #expect(handler.conversation.identity == .nobody && handler.conversation.grant == nil)
        fixture.pass(.seconds(61))
        fixture.turn()
    }

    @Test func aTokenThatIsRemovedBeforeItsRequestIsLookedAtIsRefused() throws {
        let secret = try ana.token(#"{"may":"send"}"#)
        #expect(try client.request("GET", "/").status == 200)
        let handler = try #require(client.client.handler)
        handler.conversation.http?.stage = .logInEnded(.accepted)
        handler.conversation.identity = .account(Name(stored: "ana"))
        handler.conversation.grant = TokenGrant(id: 3, scope: .send)
        fixture.server.disconnectAll(using: 3, but: nil)
        #expect(try client.request("POST", "/", [Self.bearer(secret)], body: "one").status == 403)
        #expect(person == .nobody)
        #expect(try client.request("POST", "/", [Self.bearer(secret)], body: "one").status == 200)
    }
}

extension FixtureClient {
    /// Makes a token over a connection that has logged in.
    func token(_ body: String) throws -> String {
        let answer = try #require(try request(#"["token",\#(body)]"#))
        return String(try #require(answer.firstMatch(of: /"token":"(ttw_\w+)"/)?.1))
    }
}
