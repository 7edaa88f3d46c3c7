import TestSupport
import Testing
import TweetHTTP
import TweetJournal
import TweetModel
import TweetWire

@testable import TweetServer

/// The routes of HTTP: what each asks for, and the forms and errors of the answers.
@Suite struct HTTPRouteTests {
    let fixture: ServerFixture
    let client: HTTPTestClient

    init() throws {
        fixture = try ServerFixture(http: HTTPPolicy(hosts: ["Cellar.example"]))
        client = try HTTPTestClient(fixture)
    }

    private static let time = "2026-11-21T05:03:00.123Z"

    private func line(_ sequence: Int, _ text: String, tags: String = "") -> String {
        #"{"seq":\#(sequence),"time":"\#(Self.time)","author":null,"text":"\#(text)","tags":[\#(tags)]}"#
    }

    // MARK: The last message

    @Test func theLastMessageIsATextWithALineFeed() throws {
        #expect(try client.request("GET", "/").body == "Empty Message\n")
        #expect(try client.request("POST", "/", body: "backup done #ops").status == 200)
        let response = try client.request("GET", "/")
        #expect(response.body == "backup done #ops\n")
        #expect(response.status == 200)
        #expect(response.fields["content-type"] == "text/plain; charset=utf-8")
        #expect(response.fields["vary"] == "Accept")
        #expect(response.fields["cache-control"] == "no-store")
        #expect(response.fields["x-content-type-options"] == "nosniff")
        #expect(response.fields["date"] == "Sat, 21 Nov 2026 05:03:00 GMT")
    }

    @Test(arguments: ["POST", "PUT"])
    func anUploadIsAnsweredWithTheTweet(method: String) throws {
        let response = try client.request(method, "/", ["Content-Type: image/png"], body: "backup done #ops\n")
        #expect(response.body == line(2, "backup done #ops", tags: #""ops""#) + "\n")
        #expect(response.fields["content-type"] == "application/json")
        #expect(try client.request("GET", "/", ["Accept: application/json"]).body == response.body)
        let lines = try fixture.connect()
        #expect(try lines.request(#"["d",""]"#) == #"["ok",\#(response.body.dropLast())]"#)
    }

    @Test func onlyTheLastLineFeedOfABodyIsDropped() throws {
        #expect(try client.request("POST", "/", body: "one\n\n").body.contains("U+000A"))
        #expect(try client.request("POST", "/", body: "one\r\n").status == 422)
        #expect(try client.request("POST", "/", body: "\n").status == 400)
        #expect(try client.request("GET", "/").body == "Empty Message\n")
    }

    @Test func anEmptyBodyIsRefusedAndDeleteResets() throws {
        #expect(try client.request("POST", "/", body: "one").status == 200)
        #expect(try client.request("POST", "/", body: "").status == 400)
        #expect(try client.request("GET", "/").body == "one\n")
        let reset = try client.request("DELETE", "/")
        #expect(reset.body.contains(#""text":"Empty Message""#))
        #expect(try client.request("GET", "/").body == "Empty Message\n")
    }

    @Test func anUploadWithTheSameIdIsStoredOnce() throws {
        let id = #"Idempotency-Key: "backup-1""#
        let first = try client.request("POST", "/", [id], body: "one")
        #expect(first.status == 200)
        #expect(try client.request("POST", "/", ["Idempotency-Key: backup-1"], body: "one").body == first.body)
        #expect(try client.request("POST", "/", [id], body: "two").status == 409)
        #expect(try client.request("POST", "/", ["Idempotency-Key: no spaces"], body: "two").status == 400)
        let lines = try fixture.connect()
        #expect(try lines.request(#"["u",{"text":"one","id":"backup-1"}]"#)?.contains(#""seq":2,"#) == true)
    }

    @Test(
        arguments: [
            (#"{"text":"one #a"}"#, 200), (#" { "id" : "x" , "text" : "caf\u00e9" } "#, 200), (#"{"text":""}"#, 400),
            (#"{}"#, 400), (#"{"text":1}"#, 400), (#"{"text":"a","more":1}"#, 400), (#""one""#, 400), ("[1]", 400),
            ("", 400), (#"{"text":"a"},{"text":"b"}"#, 400), (#"{"text":"a"}]"#, 400), (#"{"text":"a""#, 400),
            (#"{"text":"a","author":"ana"}"#, 403), (#"{"text":"a\u0007b"}"#, 422),
        ])
    func aBodyOfJSONIsAnObjectWithTextAndId(body: String, status: Int) throws {
        let response = try client.request("POST", "/", ["Content-Type: Application/JSON; charset=utf-8"], body: body)
        #expect(response.status == status, "\(response.body)")
        #expect((try client.request("GET", "/").body == "Empty Message\n") == (status != 200))
    }

    @Test func twoIdsMustBeTheSame() throws {
        let json = "Content-Type: application/json"
        let body = #"{"text":"one","id":"a"}"#
        #expect(try client.request("POST", "/", [json, "Idempotency-Key: b"], body: body).status == 400)
        #expect(try client.request("POST", "/", [json, "Idempotency-Key: a"], body: body).status == 200)
    }

    // MARK: Lists

    private func fill() throws {
        for text in ["one #a", "two #b", "three #a #b"] {
            #expect(try client.request("POST", "/", body: text).status == 200)
        }
    }

    private var list: [String] {
        [
            line(2, "one #a", tags: #""a""#), line(3, "two #b", tags: #""b""#),
            line(4, "three #a #b", tags: #""a","b""#),
        ]
    }

    @Test func tweetsAreLinesOrAnArray() throws {
        #expect(try client.request("GET", "/tweets").body == "")
        #expect(try client.request("GET", "/tweets", ["Accept: application/json"]).body == "[]\n")
        try fill()
        let lines = try client.request("GET", "/tweets")
        #expect(lines.body == list.joined(separator: "\n") + "\n")
        #expect(lines.fields["content-type"] == "application/x-ndjson")
        #expect(lines.fields["transfer-encoding"] == "chunked")
        let array = try client.request("GET", "/tweets", ["Accept: application/json"])
        #expect(array.body == "[" + list.joined(separator: ",") + "]\n")
        #expect(array.fields["content-type"] == "application/json")
    }

    @Test(
        arguments: [
            ("?count=2", [1, 2]), ("?since=2", [1, 2]), ("?since=2&count=1", [1]), ("?tag=a", [0, 2]),
            ("?tag=%23A&tag=b", [0, 1, 2]), ("?tag=a&count=1", [2]), ("?max_age=1h", [0, 1, 2]),
            ("?tag=b&max_age=90s&count=1", [2]), ("?", [0, 1, 2]),
            ("?q=A", [2, 0]), ("?q=three+%23b", [2]), ("?q=b&count=1", [2]), ("?q=b&before=4", [1]), ("?q=four", []),
        ])
    func aQuerySelectsTweets(query: String, expected: [Int]) throws {
        try fill()
        let response = try client.request("GET", "/tweets" + query)
        #expect(response.body == expected.map { list[$0] + "\n" }.joined())
    }

    @Test(
        arguments: [
            "/tweets?count=0", "/tweets?count=x", "/tweets?count=1001", "/tweets?count=1&count=2", "/tweets?since=-1",
            "/tweets?max_age=1y", "/tweets?tag=", "/tweets?tag=a%20b", "/tweets?tag=%FF", "/tweets?q=%21",
            "/tweets?q=a&since=1", "/tweets?before=1", "/?count=1",
            "/tag/a?tag=b", "/tweets?since=1&max_age=1h", "/tag/", "/tag/a%2Fb", "/tag/%00", "/who/an%20a", "/tags?x=1",
            "/who?here=1", "/who/bob?x=1", "/healthz?x=1", "/?max_age=1h&x=1",
        ])
    func aWrongQueryIsRefused(target: String) throws {
        let response = try client.request("GET", target)
        #expect(response.status == 400 || response.status == 422, "\(response.status)")
        #expect(response.body.hasPrefix(#"{"code":"bad_"#))
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test func aTagHasItsNewestTweet() throws {
        try fill()
        #expect(try client.request("GET", "/tag/b").body == "three #a #b\n")
        #expect(try client.request("GET", "/tag/%23b").body == "three #a #b\n")
        #expect(try client.request("GET", "/tag/b", ["Accept: application/json"]).body == list[2] + "\n")
        #expect(try client.request("GET", "/tag/b?max_age=25h").body == "three #a #b\n")
        #expect(try client.request("GET", "/tag/none").body == "Empty Message\n")
        let none = try client.request("GET", "/tag/none?max_age=25h")
        #expect(none.status == 404)
        #expect(none.body.hasPrefix(#"{"code":"not_fresh""#))
    }

    @Test func aSinceOfAnotherStoreIsRefused() throws {
        #expect(try client.request("GET", "/tweets?since=99").status == 404)
    }

    @Test func hashtagsAndPeopleAreLists() throws {
        try fill()
        let ana = try fixture.guest("Ana")
        let tags = try client.request("GET", "/tags?count=1").body
        #expect(tags == #"{"tag":"a","count":2,"seq":4,"time":"\#(Self.time)"}"# + "\n")
        let person = #"{"name":"Ana","status":"online","since":"\#(Self.time)","account":false}"#
        let people = try client.request("GET", "/who", ["Accept: application/json"]).body
        #expect(people == "[\(person)]\n")
        let one = try client.request("GET", "/who/ana").body
        #expect(one == person + "\n")
        #expect(try client.request("GET", "/who/eva").status == 404)
        try ana.expect(#"["leave",""]"#, "ok")
    }

    /// Nobody knows whether a body follows that is not announced, so the connection ends.
    @Test(arguments: [
        ("POST", "/"), ("PUT", "/"), ("POST", "/to/bob"), ("POST", "/read"), ("POST", "/tokens"),
    ])
    func aBodyNeedsItsLength(method: String, target: String) throws {
        for fields in [[], ["Content-Type: application/json"]] {
            let client = try HTTPTestClient(fixture)
            let response = try client.request(method, target, fields)
            #expect(response.status == 411)
            #expect(response.body.hasPrefix(#"{"code":"bad_request","#))
            #expect(response.fields["connection"] == "close")
            #expect(try client.isAtEnd())
        }
        #expect(try client.request(method, target, body: "").status == 400)
    }

    @Test func aHashtagThatNobodyHasUsedHasTheEmptyMessage() throws {
        let response = try client.request("GET", "/tag/nope")
        #expect(response.status == 200)
        #expect(response.body == "Empty Message\n")
        #expect(try client.request("GET", "/tag/nope?max_age=1h").status == 404)
    }

    // MARK: Methods and paths

    /// Each method that Allow names finds something at the path, and no other one does.
    @Test(
        arguments: [
            "/", "/tag/a", "/tag/a/follow?wait=2", "/tweets", "/follow?wait=2", "/tags", "/who", "/who/ana", "/session",
            "/tokens", "/tokens/1", "/to/ana", "/inbox", "/sent", "/read", "/healthz", "/metrics", "/openapi.json",
            "/live", "/app/\(WebPage.shared.hash)/app.js", "/app/\(WebPage.shared.hash)/none", "/app/x/page.js",
            "/ops",
            "/ops/json?poll=1", "/ops/publish", "/ops/auth", "/v1/health", "/v1", "/a/b/c", "/a-b",
        ], [[], ["Accept: text/html"]])
    func allowIsTrue(target: String, fields: [String]) throws {
        let all = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
        func status(_ method: String) throws -> (status: Int, allow: String?) {
            let client = try HTTPTestClient(fixture)
            let response = try client.request(
                method, target, fields, body: ["POST", "PUT"].contains(method) ? "x" : nil)
            return (response.status, response.fields["allow"])
        }
        let (unknown, allow) = try status("BREW")
        #expect(unknown == 405 || unknown == 404)
        #expect((unknown == 405) == (allow != nil))
        let allowed = allow?.split(separator: ", ").map(String.init) ?? []
        for method in all {
            let found = try status(method)
            // Somebody called ana is not found either.
            if allowed.contains(method) {
                #expect(found.status != 405 && (found.status != 404 || target == "/who/ana"), "\(method) \(found)")
            } else {
                #expect(found.status == 405 || found.status == 404 || allowed.isEmpty, "\(method) \(found)")
                #expect(found.status != 405 || found.allow == allow, "\(method) \(found)")
            }
        }
    }

    @Test func headHasTheFieldsOfGet() throws {
        try fill()
        for target in ["/", "/tag/a", "/tweets", "/who", "/healthz", "/nothing"] {
            let get = try client.request("GET", target)
            let head = try client.request("HEAD", target)
            #expect(head.status == get.status)
            #expect(head.fields == get.fields)
        }
        #expect(try client.request("GET", "/").body == "three #a #b\n")
    }

    @Test(
        arguments: [
            ("PATCH", "/", "GET, HEAD, POST, PUT, DELETE"), ("OPTIONS", "/", "GET, HEAD, POST, PUT, DELETE"),
            ("POST", "/tweets", "GET, HEAD"), ("DELETE", "/tag/a", "GET, HEAD"), ("PUT", "/healthz", "GET, HEAD"),
            ("BREW", "/who", "GET, HEAD"), ("HEAD", "/follow", "GET"), ("HEAD", "/tag/a/follow", "GET"),
        ])
    func anotherMethodIsRefusedWithThoseThatAreThere(method: String, target: String, allowed: String) throws {
        let response = try client.request(method, target)
        #expect(response.status == 405)
        #expect(response.fields["allow"] == allowed)
    }

    @Test(arguments: ["/nothing", "//", "/tweets/", "/tag", "/tag/a/b", "/who/a/b", "/healthz/x", "/%2F"])
    func anotherPathIsNotFound(target: String) throws {
        let response = try client.request("GET", target)
        #expect(response.status == 404)
        #expect(response.body.hasPrefix(#"{"code":"no_route","#))
    }

    @Test func theHealthSaysWhetherUploadsAreTaken() throws {
        let response = try client.request("GET", "/healthz")
        #expect(response.body == "serving\n")
        fixture.server.stop()
        #expect(try client.isAtEnd())
    }

    /// 429 is for a client that has had its share.
    @Test func aFullStoreIsNoFaultOfTheClients() throws {
        var room = StoreRoom(maximumBytes: 100)
        room.isFull = true
        let change = fixture.server.gate.note(room, now: fixture.server.now)
        #expect(change == .closed)
        let client = try HTTPTestClient(fixture)
        for method in ["POST", "DELETE"] {
            let response = try client.request(method, "/", body: method == "POST" ? "one" : nil)
            #expect(response.status == 503)
            #expect(response.fields["retry-after"] == "10")
            #expect(response.body.hasPrefix(#"{"code":"busy","#))
        }
        #expect(try client.request("POST", "/ops", body: "x").body.hasPrefix(#"{"code":50301,"http":503,"#))
        #expect(try client.request("GET", "/").status == 200)
    }

    @Test(arguments: [
        (WireError.storeFull(retryAfter: .seconds(1)), 503), (.noRoom, 503), (.noRoomToStay, 503), (.evicted, 503),
        (.hashingBusy, 503), (.tooManyStay(3), 429), (.tooManyGuests, 429), (.tooManySignUps(until: .seconds(1)), 429),
        (.storesTooMuch(until: .seconds(1)), 429), (.tooManyPasswords, 429),
    ])
    func aServerWithoutRoomIsToldFromAClientThatAsksForTooMuch(error: WireError, status: Int) {
        #expect(Int(HTTPProblem(error).status.rawValue) == status)
        #expect(HTTPProblem(error).retryAfter != nil)
    }

    @Test(arguments: [
        ("GET", "/inbox", nil), ("POST", "/to/bob", "x"), ("GET", "/tokens", nil), ("POST", "/session", nil),
        ("DELETE", "/session", nil), ("GET", "/metrics?", nil),
    ])
    func aMissingLogInIsExplainedInTermsOfHTTP(method: String, target: String, body: String?) throws {
        let fields = target.hasPrefix("/metrics") ? ["X-Forwarded-For: 10.1.2.3"] : []
        let response = try client.request(method, target, fields, body: body)
        #expect(response.status == 401)
        #expect(response.body.contains("Authorization: Bearer") && response.body.contains("POST /session"))
        #expect(!response.body.contains("log in first"))
    }

    @Test(
        arguments: [
            ("GET", "/", 200), ("GET", "/tag/a", 200), ("GET", "/tweets", 200), ("GET", "/who", 200),
            ("GET", "/healthz", 200), ("GET", "/metrics", 200), ("GET", "/openapi.json", 200), ("DELETE", "/", 200),
            ("GET", "/follow", 200), ("GET", "/ops/json", 200), ("GET", "/v1/health", 200), ("GET", "/ops", 404),
            ("GET", "/inbox", 401), ("POST", "/", 411), ("PATCH", "/", 405), ("GET", "/live", 426),
            ("GET", "/x y", 400),
        ], [[], ["Accept: text/event-stream"], ["Accept: application/json"]])
    func everyAnswerBindsBrowsers(request: (method: String, target: String, status: Int), fields: [String]) throws {
        let lines = ["\(request.method) \(request.target) HTTP/1.1", "Host: localhost"] + fields + ["", ""]
        try client.send(lines.joined(separator: "\r\n"))
        let response = try client.nextHead()
        #expect(response.status == request.status)
        #expect(response.fields["x-content-type-options"] == "nosniff")
        let isText = response.fields["content-type"]?.hasPrefix("text/plain") == true
        let policy = (isText ? "" : "default-src 'none'; ") + "frame-ancestors 'none'"
        #expect(response.fields["content-security-policy"] == policy)
        // A plain text has no links, and can be nothing else.
        #expect(response.fields["cross-origin-resource-policy"] == (isText ? nil : "same-origin"))
        #expect(response.fields["referrer-policy"] == (isText ? nil : "no-referrer"))
    }

    // MARK: Hosts and origins

    @Test(
        arguments: [
            ("localhost", 200), ("LOCALHOST:13001", 200), ("127.0.0.1", 200), ("10.1.2.3:80", 200),
            ("[::1]:13001", 200),
            ("cellar.EXAMPLE", 200), ("cellar.example.:80", 200), ("evil.example", 421),
            ("localhost.evil.example", 421),
            ("cellar", 421), ("127.0.0.1.evil.example", 421), ("a b", 400), ("", 400), ("1.2.3", 400), ("x:y", 400),
        ])
    func aHostIsAnAddressOrAKnownName(host: String, status: Int) throws {
        #expect(try client.request("GET", "/", ["Host: \(host)"]).status == status)
    }

    @Test(
        arguments: [
            (["Origin: http://localhost"], 200), (["Origin: https://LOCALHOST"], 200), (["Origin: null"], 403),
            (["Origin: http://localhost:8080"], 403), (["Origin: http://evil.example"], 403),
            (["Origin: http://localhost.evil.example"], 403), (["Origin: ftp://localhost"], 403), (["Origin: "], 403),
            (["Sec-Fetch-Site: same-origin"], 200), (["Sec-Fetch-Site: none"], 200),
            (["Sec-Fetch-Site: cross-site"], 403), (["Sec-Fetch-Site: same-site"], 403),
            (["Origin: http://localhost", "Sec-Fetch-Site: cross-site"], 403),
        ])
    func aForeignPageChangesNothing(fields: [String], status: Int) throws {
        for method in ["POST", "PUT", "DELETE"] {
            #expect(try client.request(method, "/", fields, body: "one").status == status)
        }
        // Reading is harmless: the browser does not show the answer to the page.
        #expect(try client.request("GET", "/", fields).status == 200)
        // A stream takes a place for long.
        let stream = try client.request("GET", "/follow?wait=2", fields)
        #expect(stream.status == (status == 403 ? 403 : 400))
    }

    @Test func aBodyOfJSONIsNotTalkedAboutAsAPacket() throws {
        for body in [#"{"text":"a" "#, #"{"text":"a"},"x""#, #"["text"]"#] {
            let response = try client.request("POST", "/", ["Content-Type: application/json"], body: body)
            #expect(response.status == 400)
            #expect(response.body.hasPrefix(#"{"code":"bad_body","message":"the body is not "#))
        }
    }

    @Test func aQueryForReadingIsNoPartOfAnUpload() throws {
        #expect(try client.request("POST", "/?text=2", body: "one").status == 400)
        #expect(try client.request("POST", "/?max_age=1h", body: "one").status == 400)
        #expect(try client.request("GET", "/?max_age=1h").status == 404)
    }
}
