import TestSupport
import Testing
import TweetModel

@testable import TweetServer

/// Sessions, tokens and private messages by HTTP.
@Suite struct HTTPPeopleTests {
    let fixture: ServerFixture
    let client: HTTPTestClient
    let ana: FixtureClient
    /// The field for a session of Ana's.
    let session: String

    init() throws {
        fixture = try ServerFixture()
        client = try HTTPTestClient(fixture)
        ana = try fixture.account("Ana")
        session = "Authorization: Bearer \(try ana.token(#"{"may":"everything","expires":3600}"#))"
    }

    private static let password = #"{"name":"ana","password":"correct horse"}"#
    private static let basic = "Authorization: Basic QW5hOmNvcnJlY3QgaG9yc2U="
    private static let foreign = ["Origin: http://elsewhere.example", "Sec-Fetch-Site: cross-site"]

    private func secret(_ response: HTTPTestResponse) throws -> String {
        "Authorization: Bearer \(try #require(response.body.firstMatch(of: /"token":"(ttw_\w+)"/)?.1))"
    }

    // MARK: Sessions

    @Test(arguments: [
        ("/session", "2026-12-21T05:03:00.123Z", "null"), ("/session?expires=1h", "2026-11-21T06:03:00.123Z", "null"),
        ("/session?label=my%20phone&expires=60", "2026-11-21T05:04:00.123Z", "\"my phone\""),
    ])
    func aPasswordGivesASession(target: String, expires: String, label: String) throws {
        for (fields, body) in [([], Self.password), ([Self.basic], nil)] as [([String], String?)] {
            let response = try client.request("POST", target, fields, body: body)
            #expect(response.status == 200, "\(response.body)")
            #expect(response.body.contains(#""may":"everything","label":\#(label)"#))
            #expect(response.body.contains(#""expires":"\#(expires)","token":"ttw_"#))
            #expect(client.client.handler?.conversation.identity == .nobody)
            let upload = try client.request("POST", "/", [try secret(response)], body: "one")
            #expect(upload.body.contains(#""author":"Ana""#))
        }
        #expect(!fixture.reports.contains("ttw_") && !fixture.reports.contains("horse"))
    }

    @Test(arguments: [
        ("/session", #"{"name":"ana","password":"wrong horse"}"#, 401), ("/session", "", 401),
        ("/session", #"{"name":"ana"}"#, 400),
        ("/session", #"{"name":"ana","password":"correct horse","more":1}"#, 400),
        ("/session", #"{"token":"ttw_00000000000000000000000000000001"}"#, 400), ("/session", "[]", 400),
        ("/session", #""ana""#, 400), ("/session", #"{"name":"ana","password":"correct horse"}]"#, 400),
        ("/session", #"{"name":"ana","password":"correct horse"},{}"#, 400),
        ("/session?expires=1y", password, 400), ("/session?expires=0", password, 400),
        ("/session?expires=91d", password, 400), ("/session?expires=1d&expires=2d", password, 400),
        ("/session?label=", password, 400), ("/session?name=ana", password, 400),
    ])
    func anythingElseGivesNone(target: String, body: String, status: Int) throws {
        let response = try client.request("POST", target, body: body)
        #expect(response.status == status, "\(response.body)")
        #expect(!response.body.contains("horse"))
        #expect(try client.request("GET", "/tokens", [session]).body.split(separator: "\n").count == 1)
    }

    @Test func theBodyLogsInRatherThanTheField() throws {
        for field in [session, "Authorization: Bearer ttw_old"] {
            #expect(try client.request("POST", "/session", [field], body: Self.password).status == 200)
        }
        let wrong = #"{"name":"ana","password":"wrong horse"}"#
        #expect(try client.request("POST", "/session", [session], body: wrong).status == 401)
    }

    @Test func aSessionEndsByItself() throws {
        let first = try secret(try client.request("POST", "/session", body: Self.password))
        let second = try secret(try client.request("POST", "/session", body: Self.password))
        #expect(try client.request("DELETE", "/session", [first]).body == "{}\n")
        #expect(try client.request("DELETE", "/session", [first]).status == 401)
        #expect(try client.request("GET", "/inbox", [first]).status == 401)
        #expect(try client.request("GET", "/inbox", [second]).status == 200)
        #expect(try client.request("DELETE", "/session").status == 401)
        #expect(try client.request("DELETE", "/session", [Self.basic]).status == 400)
        #expect(try client.request("DELETE", "/session?label=a", [second]).status == 400)
        let script = "Authorization: Bearer \(try ana.token(#"{"may":"send"}"#))"
        #expect(try client.request("DELETE", "/session", [script]).status == 403)
        #expect(try client.request("POST", "/", [script], body: "one").status == 200)
    }

    @Test func aPasswordIsNotTakenFromAnotherMachineWithoutTLS() throws {
        let fixture = try ServerFixture(encryption: Encryption())
        _ = try fixture.account("ana")
        let far = try HTTPTestClient(fixture, from: "192.0.2.1")
        #expect(try far.request("POST", "/session", body: Self.password).status == 403)
        #expect(try HTTPTestClient(fixture).request("POST", "/session", body: Self.password).status == 200)
    }

    // MARK: Tokens

    @Test func tokensAreMadeListedAndRemoved() throws {
        let made = try client.request(
            "POST", "/tokens", [session], body: ##"{"may":"read","tag":"#ops","label":"wall display"}"##)
        #expect(made.status == 200)
        #expect(made.body.contains(#""may":"read","tag":"ops","label":"wall display""#))
        let id = try #require(made.body.firstMatch(of: /"id":(\d+)/)?.1)
        let list = try client.request("GET", "/tokens", [session, "Accept: application/json"])
        #expect(list.body.contains(#""label":"wall display""#) && !list.body.contains("ttw_"))
        #expect(try client.request("HEAD", "/tokens", [session]).status == 200)
        let reader = try secret(made)
        #expect(try client.request("GET", "/tag/ops", [reader]).status == 200)
        #expect(try client.request("GET", "/tokens", [reader]).status == 403)
        #expect(try client.request("DELETE", "/tokens/\(id)", [session]).body == "{}\n")
        #expect(try client.request("DELETE", "/tokens/\(id)", [session]).status == 404)
        #expect(try client.request("GET", "/tag/ops", [reader]).status == 401)
        for target in ["/tokens/x", "/tokens/-1", "/tokens/", "/tokens/99999999999999999999"] {
            #expect(try client.request("DELETE", target, [session]).status == 400, "\(target)")
        }
        #expect(try client.request("POST", "/tokens", [session], body: #"{"may":"rule"}"#).status == 400)
        #expect(try client.request("POST", "/tokens", [session], body: "").status == 400)
        #expect(try client.request("POST", "/tokens", body: #"{"may":"send"}"#).status == 401)
        #expect(try client.request("GET", "/tokens").status == 401)
    }

    // MARK: Private messages

    @Test func aMessageWaitsUntilItIsRead() throws {
        let bob = try fixture.account("Bob")
        let other = "Authorization: Bearer \(try bob.token(#"{"may":"everything","expires":60}"#))"
        _ = try fixture.account("carl")
        let sent = try client.request("POST", "/to/bob,CARL", [session, "Idempotency-Key: a-1"], body: "lunch?\n")
        #expect(sent.status == 200, "\(sent.body)")
        #expect(sent.body.contains(#""from":"Ana","to":["Bob","carl"],"text":"lunch?""#))
        let again = try client.request("POST", "/to/bob%2Ccarl", [session, "Idempotency-Key: a-1"], body: "lunch?")
        #expect(again.body == sent.body)
        #expect(try client.request("POST", "/to/bob", [session, "Idempotency-Key: a-1"], body: "tea?").status == 409)
        let inbox = try client.request("GET", "/inbox", [other])
        #expect(inbox.body.split(separator: "\n").count == 1)
        let sequence = try #require(inbox.body.firstMatch(of: /"seq":(\d+)/)?.1)
        #expect(try client.request("GET", "/inbox?since=\(sequence)", [other]).body == "")
        #expect(try client.request("GET", "/inbox?archive=1", [other]).body == "")
        #expect(
            try client.request("POST", "/read", [other], body: #"{"seqs":[\#(sequence)]}"#).body == "{\"count\":1}\n")
        #expect(try client.request("GET", "/inbox", [other, "Accept: application/json"]).body == "[]\n")
        #expect(try client.request("GET", "/inbox?archive=1&count=5", [other]).body.contains("lunch?"))
        let lines = try client.request("GET", "/sent?count=10", [session]).body.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.count { $0.contains(#""read":null"#) } == 1)
        #expect(try client.request("GET", "/sent", [other]).body == "")
    }

    @Test func aMessageComesAtOnceToWhoeverIsHere() throws {
        let bob = try fixture.guest("bob", from: "192.0.2.1")
        let script = "Authorization: Bearer \(try ana.token(#"{"may":"send"}"#))"
        let json = "Content-Type: application/json"
        #expect(try client.request("POST", "/to/bob", [script, json], body: #"{"text":"one","id":"x"}"#).status == 200)
        #expect(try bob.next()?.contains(#"["message","#) == true)
        #expect(try client.request("GET", "/inbox", [script]).status == 403)
    }

    @Test(arguments: [
        ("/to/nobody", "a", 404), ("/to/ana", "a", 400), ("/to/", "a", 422), ("/to/bob,,ana", "a", 422),
        ("/to/b%20b", "a", 422), ("/to/bob", "", 400), ("/to/bob", "a\u{7}", 422),
        ("/to/" + Array(repeating: "bob", count: 17).joined(separator: ","), "a", 400), ("/to", "a", 400),
        ("/to/bob/more", "a", 404), ("/to/bob?count=1", "a", 400),
    ])
    func aWrongMessageIsRefused(target: String, body: String, status: Int) throws {
        _ = try fixture.account("bob")
        let response = try client.request("POST", target, [session], body: body)
        #expect(response.status == status, "\(response.body)")
        #expect(try client.request("GET", "/sent", [session]).body == "")
    }

    @Test func aMessageHasNoOtherAuthor() throws {
        let body = #"{"text":"one","author":"ana"}"#
        let response = try client.request("POST", "/to/bob", [session, "Content-Type: application/json"], body: body)
        #expect(response.status == 400)
    }

    @Test func nobodyHasNoMessages() throws {
        #expect(try client.request("POST", "/to/ana", body: "a").body.contains("name_needed"))
        for (method, target, body) in [
            ("GET", "/inbox", nil), ("GET", "/sent", nil), ("POST", "/read", #"{"seqs":[1]}"#),
        ] {
            let response = try client.request(method, target, body: body)
            #expect(response.status == 401)
            #expect(response.fields["www-authenticate"] != nil)
        }
    }

    // MARK: Requests that another page makes

    @Test(arguments: [
        ("POST", "/session"), ("DELETE", "/session"), ("POST", "/tokens"), ("DELETE", "/tokens/3"), ("POST", "/to/bob"),
        ("POST", "/read"),
    ])
    func aForeignPageChangesNothing(method: String, target: String) throws {
        for field in Self.foreign {
            let response = try client.request(method, target, [session, field], body: "{}")
            #expect(response.status == 403)
            #expect(response.body.contains("foreign_origin"))
        }
    }

    @Test(arguments: ["[]", "[\(Array(repeating: "1", count: 1001).joined(separator: ","))]"])
    func aListOfReadMessagesSaysHowLongItMayBe(list: String) throws {
        let response = try client.request("POST", "/read", [session], body: #"{"seqs":\#(list)}"#)
        #expect(response.status == 400)
        #expect(response.body.contains("seqs must have 1 to "))
    }

    @Test(arguments: [
        ("GET", "/session", "POST, DELETE"), ("PUT", "/tokens", "GET, HEAD, POST"), ("GET", "/tokens/3", "DELETE"),
        ("GET", "/to/bob", "POST"), ("POST", "/inbox", "GET, HEAD"), ("DELETE", "/sent", "GET, HEAD"),
        ("GET", "/read", "POST"),
    ])
    func otherMethodsAreRefused(method: String, target: String, allowed: String) throws {
        let response = try client.request(method, target, [session])
        #expect(response.status == 405)
        #expect(response.fields["allow"] == allowed)
    }
}
