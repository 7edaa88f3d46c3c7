import TestSupport
import Testing
import TweetJournal
import TweetModel

@testable import TweetServer

/// Publishing as programs do that speak ntfy.
@Suite struct NtfyPublishTests {
    let fixture: ServerFixture
    let client: HTTPTestClient

    init() throws {
        fixture = try ServerFixture(http: HTTPPolicy(hosts: ["cellar.example"]))
        client = try HTTPTestClient(fixture)
    }

    private static let members = #""time":1795237380,"event":"message","message":""#

    private func lastMessage() throws -> String { String(try client.request("GET", "/").body.dropLast()) }

    // MARK: A path with a topic

    @Test(arguments: ["POST", "PUT"])
    func aTopicsMessageIsATweetWithItsHashtag(method: String) throws {
        let response = try client.request(method, "/Ops", ["Content-Type: text/markdown"], body: "backup done\n")
        #expect(response.status == 200)
        #expect(response.fields["content-type"] == "application/json")
        #expect(response.body == #"{"topic":"Ops","id":"t00000000002",\#(Self.members)backup done #Ops"}"# + "\n")
        #expect(try lastMessage() == "backup done #Ops")
        #expect(try client.request("GET", "/tag/ops").body == "backup done #Ops\n")
        #expect(fixture.server.counts.uploads == 1)
    }

    @Test(
        arguments: [
            ("/ops", ["Title: Backup"], "done", "Backup: done #ops"),
            ("/ops", ["X-Title: Backup", "Priority: high", "Tags: warning,skull"], "done", "Backup: done #ops"),
            ("/ops", ["t: Backup"], "done", "Backup: done #ops"),
            ("/ops?title=Back%20up", [], "done", "Back up: done #ops"),
            ("/ops?t=Back+up&priority=5&unknown=1", [], "done", "Back up: done #ops"),
            ("/ops?title=query", ["Title: head"], "done", "head: done #ops"),
            ("/ops", ["Title: =?utf-8?B?w6k=?= =?utf-8?q?=C3=A8?="], "done", "éè: done #ops"),
            ("/ops", ["Title: é"], "done", "é: done #ops"), ("/ops", ["Title: "], "done", "done #ops"),
            ("/ops", ["X-Message: one\\ntwo"], "", "one two #ops"), ("/ops?m=hello", [], "", "hello #ops"),
            ("/ops", ["Message: head"], "body", "body #ops"), ("/ops", [], "", "triggered #ops"),
            ("/ops", ["Title: only"], " \n", "only #ops"), ("/%23ops", [], "done", "done #ops"),
            ("/gr%C3%B6%C3%9Fe", [], "x", "x #größe"),
            ("/ops", ["X-Click: https://x.example", "X-Icon: y"], "x", "x #ops"),
            ("/ops", ["Actions: view, Open, https://x.example", "Markdown: yes", "Cache: no"], "x", "x #ops"),
        ])
    func aParameterIsAFieldOrAKeyOfTheQuery(target: String, fields: [String], body: String, text: String) throws {
        #expect(try client.request("POST", target, fields, body: body).status == 200)
        #expect(try lastMessage() == text)
    }

    @Test func aFieldMayBeInLatin() throws {
        let head = Array("POST /ops HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTitle: caf".utf8)
        try client.client.send(bytes: head + [0xE9] + Array("\r\n\r\nx".utf8))
        #expect(try client.next().status == 200)
        #expect(try lastMessage() == "café: x #ops")
    }

    @Test func aLongMessageIsCut() throws {
        let response = try client.request("POST", "/ops", body: String(repeating: "é", count: 4000))
        #expect(response.status == 200)
        #expect(try lastMessage() == String(repeating: "é", count: 144) + "… #ops")
    }

    @Test(
        arguments: [
            ("/disk-alerts", [], "x", 400, 40009), ("/a,b", [], "x", 400, 40009),
            ("/" + String(repeating: "x", count: 65), [], "x", 400, 40009),
            ("/Tag", [], "x", 400, 40010), ("/ops", ["X-Filename: a.txt"], "x", 400, 40014),
            ("/ops?f=a.txt", [], "x", 400, 40014),
            ("/ops", ["Attach: https://x.example/a.png"], "", 400, 40014), ("/ops", ["Delay: 30m"], "x", 400, 40004),
            ("/ops?at=tomorrow", [], "x", 400, 40004), ("/ops", ["Email: a@b.example"], "x", 400, 40001),
            ("/ops", ["Call: yes"], "x", 400, 40032), ("/ops?title=%FF", [], "x", 400, 40000),
            ("/ops", ["Idempotency-Key: no spaces"], "x", 400, 40000),
            ("/ops", ["Origin: http://evil.example"], "x", 403, 40301),
            ("/ops", ["Sec-Fetch-Site: cross-site"], "x", 403, 40301),
            ("/ops", ["Host: evil.example"], "x", 421, 42101),
        ] as [(String, [String], String, Int, Int)])
    func aRefusalHasTheFormOfNtfy(target: String, fields: [String], body: String, status: Int, code: Int) throws {
        let response = try client.request("POST", target, fields, body: body)
        #expect(response.status == status)
        #expect(response.fields["content-type"] == "application/json")
        #expect(response.body.hasPrefix(#"{"code":\#(code),"http":\#(status),"error":""#), "\(response.body)")
        #expect(try lastMessage() == "Empty Message")
    }

    @Test func aBodyThatIsNoTextIsRefused() throws {
        try client.client.send(
            bytes: Array("PUT /ops HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n".utf8) + [0x61, 0xFF])
        #expect(try client.next().body.contains("40014"))
        #expect(try lastMessage() == "Empty Message")
    }

    @Test func theSameIdStoresNothingNew() throws {
        let id = "Idempotency-Key: backup-1"
        let first = try client.request("POST", "/ops", [id], body: "one")
        #expect(try client.request("POST", "/ops", [id], body: "one").body == first.body)
        #expect(try client.request("POST", "/ops", [id], body: "two").body.hasPrefix(#"{"code":40901,"http":409,"#))
    }

    @Test func theRulesOfUploadsHold() throws {
        let fixture = try ServerFixture(requiresAccount: true)
        let client = try HTTPTestClient(fixture)
        let response = try client.request("POST", "/ops", body: "x")
        #expect(response.status == 403)
        #expect(response.body.hasPrefix(#"{"code":40301,"http":403,"error":"uploads need an account here""#))
    }

    /// `ana:correct horse`, as ntfy's clients send a name and a password.
    @Test func theAuthorIsTheOneThatLogsIn() throws {
        let person = try WebSocketTestClient(fixture)
        try person.expect(#"["signup",{"name":"ana","password":"correct horse"}]"#, "ok")
        let field = "Authorization: Basic YW5hOmNvcnJlY3QgaG9yc2U="
        #expect(try client.request("POST", "/ops", [field], body: "done").body.contains(Self.members))
        #expect(try client.request("GET", "/", ["Accept: application/json"]).body.contains(#""author":"ana""#))
        let wrong = try client.request("POST", "/ops", ["Authorization: Basic YW5hOmNvcnJlY3QgaG9yc2V4"], body: "lost")
        #expect(wrong.status == 401)
        #expect(wrong.body.hasPrefix(#"{"code":40101,"http":401,"error":""#), "\(wrong.body)")
        #expect(try lastMessage() == "done #ops")
        let socket = try WebSocketTestClient(fixture, target: "/ops/ws?poll=1", fields: [field])
        #expect(try socket.nextMessage().contains("done #ops"))
        try socket.expectClose(1000)
        let auth = try client.request(
            "GET", "/ops/auth", ["Authorization: Bearer ttw_" + String(repeating: "x", count: 43)])
        #expect(auth.status == 401)
    }

    // MARK: JSON

    private static let json = "Content-Type: application/json"

    @Test(
        arguments: [
            (#"{"topic":"ops","message":"done"}"#, "done #ops"),
            (
                #"{"topic":"Ops","title":"Backup","message":"one\ntwo","tags":["warning"],"priority":4}"#,
                "Backup: one two #Ops"
            ),
            (#"{"topic":"ops"}"#, "triggered #ops"), (#"{"topic":"ops","message":""}"#, "triggered #ops"),
            (#"{"topic":"ops","message":null,"title":null,"click":null,"attach":null,"delay":""}"#, "triggered #ops"),
            (#"{"topic":"ops","message":"\ud83d\ude00","actions":[{"action":"view","headers":{"a":"b"}}]}"#, "😀 #ops"),
        ])
    func aBodyOfJSONNamesItsTopic(body: String, text: String) throws {
        for type in [Self.json, "Content-Type: application/x-www-form-urlencoded"] {
            let response = try client.request("POST", "/", [type], body: body)
            #expect(response.status == 200)
            #expect(response.body.contains(Self.members))
            #expect(try lastMessage() == text)
        }
        // Of any other type it is a text.
        let plain = try client.request("POST", "/", ["Content-Type: text/plain"], body: body)
        #expect(plain.body.hasPrefix(#"{"seq":"#))
    }

    @Test func fieldsMayGoWithJSON() throws {
        let fields = [Self.json, "X-Title: Backup", "X-Priority: max", "X-Tags: a", "X-Icon: https://x.example"]
        #expect(try client.request("PUT", "/", fields, body: #"{"topic":"ops","message":"done"}"#).status == 200)
        #expect(try lastMessage() == "Backup: done #ops")
        #expect(try client.request("PUT", "/", fields, body: #"{"topic":"ops","title":"T"}"#).status == 200)
        #expect(try lastMessage() == "T #ops")
    }

    @Test(
        arguments: [
            (#"{"topic":"disk-alerts","message":"x"}"#, 40009), (#"{"topic":"","message":"x"}"#, 40009),
            (#"{"topic":7}"#, 40009),
            (#"{"topic":"who"}"#, 40010), (#"{"topic":"a","message":7}"#, 40017), (#"{"topic":"a","title":[]}"#, 40017),
            (#"{"topic":"a","attach":"https://x.example"}"#, 40014), (#"{"topic":"a","filename":"x"}"#, 40014),
            (#"{"topic":"a","delay":"1h"}"#, 40004), (#"{"topic":"a","email":"x"}"#, 40001),
            (#"{"topic":"a","call":"yes"}"#, 40032),
        ])
    func wrongJSONIsRefused(body: String, code: Int) throws {
        let response = try client.request("POST", "/", [Self.json], body: body)
        #expect(response.status == 400)
        #expect(response.body.hasPrefix(#"{"code":\#(code),"http":400,"#), "\(response.body)")
    }

    /// A body that is JSON without a topic, or has our own members, keeps its meaning.
    @Test func ourOwnJSONWins() throws {
        let own = try client.request("POST", "/", [Self.json], body: #"{"text":"a","topic":"ops"}"#)
        #expect(own.body.hasPrefix(#"{"code":"bad_body""#))
        #expect(try client.request("POST", "/", [Self.json], body: #"{"text":"a"}"#).body.hasPrefix(#"{"seq":2,"#))
        #expect(
            try client.request("POST", "/", [Self.json], body: #"{"message":"a"}"#).body.hasPrefix(
                #"{"code":"bad_body""#))
    }

    // MARK: GET

    @Test(arguments: ["publish", "send", "trigger"])
    func aProgramMayPublishByGet(word: String) throws {
        let response = try client.request("GET", "/ops/\(word)?message=done&title=Backup")
        #expect(response.body.contains(Self.members))
        #expect(try lastMessage() == "Backup: done #ops")
        #expect(try client.request("POST", "/ops/\(word)", body: "x").status == 405)
    }

    /// A picture in a page from elsewhere would be enough.
    @Test(
        arguments: [
            (["User-Agent: Mozilla/5.0 (X11)"], 403),
            (["User-Agent: Mozilla/5.0 (X11)", "Sec-Fetch-Site: cross-site"], 403),
            (["User-Agent: Mozilla/5.0 (X11)", "Sec-Fetch-Site: none"], 200),
            (["User-Agent: Mozilla/5.0 (X11)", "Sec-Fetch-Site: same-origin"], 200), (["User-Agent: curl/8.0"], 200),
            (["Origin: http://evil.example"], 403), (["Host: evil.example"], 421),
        ])
    func aPageFromElsewherePublishesNothing(fields: [String], status: Int) throws {
        #expect(try client.request("GET", "/ops/send?message=x", fields).status == status)
        #expect((try lastMessage() == "x #ops") == (status == 200))
    }

    @Test func aBrowserGetsToThePage() throws {
        for method in ["GET", "HEAD"] {
            let response = try client.request(method, "/gr%C3%B6%C3%9Fe", ["Accept: text/html,*/*;q=0.8"])
            #expect(response.status == 303)
            #expect(response.fields["location"] == "./#/tag/gr%C3%B6%C3%9Fe")
        }
        #expect(try client.request("GET", "/ops").body.hasPrefix(#"{"code":"no_route""#))
        #expect(try client.request("GET", "/disk-alerts", ["Accept: text/html"]).status == 404)
    }

    // MARK: What is ours

    @Test func ourOwnPathsAreNoTopics() throws {
        for name in HTTPPath.ownNames where name != "openapi" {
            let response = try client.request("POST", "/\(name)", body: "x")
            #expect([400, 404, 405].contains(response.status), "\(name)")
            // Following `/tag/json` is reading the hashtag `json`.
            if !["tag", "who"].contains(name) {
                let stream = try client.request("GET", "/\(name)/json?poll=1")
                #expect([400, 404, 405].contains(stream.status), "\(name)")
            }
        }
        #expect(try client.request("POST", "/openapi.json", body: "x").status == 405)
        #expect(try lastMessage() == "Empty Message")
    }

    @Test func anotherMethodIsRefused() throws {
        let response = try client.request("DELETE", "/ops")
        #expect(response.status == 405)
        #expect(response.fields["allow"] == "POST, PUT")
        #expect(response.body.hasPrefix(#"{"code":40501,"http":405,"error":"#))
        let browser = try client.request("DELETE", "/ops", ["Accept: text/html"])
        #expect(browser.fields["allow"] == "GET, HEAD, POST, PUT")
        #expect(try client.request("HEAD", "/ops/json").fields["allow"] == "GET")
        #expect(try client.request("POST", "/v1/health").fields["allow"] == "GET, HEAD")
        #expect(try client.request("DELETE", "/ops/t00000000002").status == 404)
    }

    /// The parser refuses these, before anything looks at what the request is for.
    @Test(arguments: [
        ("POST /ops", "Content-Length: 100000", 413), ("PUT /ops", "Transfer-Encoding: chunked", 411),
        ("GET /ops/json", "X: " + String(repeating: "a", count: 9000), 431), ("POST /ops", "Expect: a miracle", 417),
        ("POST /ops", "Content-Length: +1", 400), ("POST /ops/auth", "Content-Length: 0", 405),
    ])
    func aMalformedRequestIsRefusedInTheFormOfNtfy(start: String, field: String, status: Int) throws {
        try client.send("\(start) HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n\r\n")
        let response = try client.next()
        #expect(response.status == status)
        #expect(response.body.hasPrefix(#"{"code":\#(status)0"#), "\(response.body)")
        #expect(response.body.contains(#""http":\#(status),"error":"#))
    }

    @Test func aMalformedRequestForOurOwnPathsIsNot() throws {
        try client.send("POST /tweets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        #expect(
            try client.next().body == #"{"code":"bad_request","message":"the body has more than 8128 bytes"}"# + "\n")
    }

    /// Passing over it would publish for nobody.
    @Test(
        arguments: [
            ("POST", "/ops?auth=QmFzaWM"), ("GET", "/ops/json?poll=1&auth=QmFzaWM"), ("GET", "/ops/auth?auth=QmFzaWM"),
            ("GET", "/ops/publish?message=x&authorization=QmFzaWM"), ("GET", "/ops/ws?auth=QmFzaWM"),
        ], [[], ["Authorization: Basic YW5hOnNlY3JldA=="]])
    func aLogInInTheAddressIsRefused(request: (method: String, target: String), fields: [String]) throws {
        let response = try client.request(
            request.method, request.target, fields, body: request.method == "POST" ? "x" : nil)
        #expect(response.status == 401)
        #expect(response.body.hasPrefix(#"{"code":40101,"http":401,"error":"a log-in is not taken from the address"#))
        #expect(response.fields["www-authenticate"] != nil)
        #expect(try lastMessage() == "Empty Message")
        #expect(!fixture.reports.contains("QmFzaWM"))
    }

    @Test func theHealthIsSaid() throws {
        #expect(try client.request("GET", "/v1/health").body == "{\"healthy\":true}\n")
        var room = StoreRoom(maximumBytes: 100)
        room.isFull = true
        let change = fixture.server.gate.note(room, now: fixture.server.now)
        #expect(change == .closed)
        let response = try client.request("GET", "/v1/health")
        #expect(response.body.hasPrefix(#"{"code":50301,"http":503,"error":"read-only: "#))
    }

    @Test(arguments: [
        ("POST", "/ops"), ("PUT", "/ops"), ("GET", "/ops/json"), ("GET", "/ops/send"), ("GET", "/v1/health"),
    ])
    func ntfyMayBeTurnedOff(method: String, target: String) throws {
        let fixture = try ServerFixture(http: HTTPPolicy(servesNtfy: false))
        let client = try HTTPTestClient(fixture)
        let response = try client.request(method, target, body: method == "GET" ? nil : "x")
        #expect(response.status == 404)
        #expect(response.body.hasPrefix(#"{"code":"no_route""#))
        let json = try client.request("POST", "/", [Self.json], body: #"{"topic":"ops","message":"x"}"#)
        #expect(json.body.hasPrefix(#"{"code":"bad_body""#))
    }
}
