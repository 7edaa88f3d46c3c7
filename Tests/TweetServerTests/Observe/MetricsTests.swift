import TestSupport
import Testing
import TweetReactor
import TweetSystem

@testable import TweetServer

/// The figures for Prometheus, and who may read them.
@Suite struct MetricsTests {
    private func samples(_ client: HTTPTestClient, _ fields: [String] = []) throws -> [String: String] {
        let response = try client.request("GET", "/metrics", fields)
        try #require(response.status == 200, "\(response.body)")
        #expect(response.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        var samples: [String: String] = [:]
        for line in response.body.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            try #require(words.count == 2 && samples[String(words[0])] == nil, "\(line)")
            samples[String(words[0])] = String(words[1])
        }
        return samples
    }

    @Test func theyTellWhatHasHappened() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 100))
        let ana = try fixture.guest("ana")
        try ana.expect(#"["follow",""]"#, "ok")
        try ana.expect(#"["nothing",""]"#, "unknown_operation")
        let stream = try HTTPTestClient(fixture)
        try stream.send("GET /follow HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        #expect(try stream.nextHead().status == 200)
        let client = try HTTPTestClient(fixture)
        for number in 1...3 { #expect(try client.request("POST", "/", body: "\(number)").status == 200) }
        for _ in 1...2 { #expect(try client.request("GET", "/nothing/there").status == 404) }
        let samples = try samples(client)
        for (name, value) in [
            ("connections{framing=\"lines\"}", "1"), ("connections{framing=\"http\"}", "2"),
            ("connections{framing=\"websocket\"}", "0"), ("followers{framing=\"lines\"}", "1"),
            ("followers{framing=\"sse\"}", "1"), ("followers{framing=\"ndjson\"}", "0"), ("connections_named", "1"),
            ("connections_limit", "100"), ("connections_accepted_total", "3"), ("uploads_total", "3"),
            ("messages_total", "0"), ("refusals_total{code=\"unknown_operation\"}", "1"),
            ("refusals_total{code=\"no_route\"}", "2"), ("queue_depth{queue=\"entries\"}", "0"),
            ("ring_lines", "1024"), ("ring_lag_lines", "0"), ("store_full", "0"), ("batch_entries_sum", "3"),
            ("batch_entries_count", "3"), ("batch_entries_bucket{le=\"1\"}", "3"),
            ("batch_entries_bucket{le=\"+Inf\"}", "3"), ("commit_seconds_count", "3"),
            ("commit_seconds_bucket{le=\"+Inf\"}", "3"), ("info{version=\"0.1.0\"}", "1"), ("uptime_seconds", "0"),
        ] {
            #expect(samples["ttweet_\(name)"] == value, "\(name)")
        }
        #expect(samples["ttweet_commit_seconds_bucket{le=\"0.000100\"}"] != nil)
        #expect(Double(samples["ttweet_commit_seconds_sum"] ?? "").map { $0 > 0 } == true)
        #expect(Int(samples["ttweet_store_bytes"] ?? "").map { $0 > 0 } == true)
    }

    @Test func eachFollowerShowsInTheFormThatItIsSent() throws {
        let fixture = try ServerFixture()
        let lines = try fixture.connect()
        try lines.expect(#"["follow",""]"#, "ok")
        let socket = try WebSocketTestClient(fixture)
        try socket.expect(#"["follow","ops"]"#, "ok")
        let ntfySocket = try WebSocketTestClient(fixture, target: "/ops/ws")
        #expect(try ntfySocket.next().contains("open"))
        var streams: [HTTPTestClient] = []
        for (path, type) in [
            ("/follow", "*/*"), ("/follow", "text/event-stream"), ("/ops/json", "*/*"), ("/ops/sse", "*/*"),
            ("/ops/raw", "*/*"),
        ] {
            let stream = try HTTPTestClient(fixture)
            try stream.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nAccept: \(type)\r\n\r\n")
            #expect(try stream.nextHead().status == 200)
            streams.append(stream)
        }
        // Those that only have a look follow nothing.
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("GET", "/ops/json?poll=1").status == 200)
        let samples = try samples(client).filter { $0.key.hasPrefix("ttweet_followers{") }
        let forms = ["lines": "1", "websocket": "1", "ndjson": "1", "sse": "1", "ntfy": "4"]
        #expect(samples == Dictionary(uniqueKeysWithValues: forms.map { ("ttweet_followers{framing=\"\($0)\"}", $1) }))
        let stats = try #require(try fixture.connect(from: nil).request(#"["stats",""]"#))
        #expect(stats.contains(#""followers":8,"#))
        withExtendedLifetime((lines, socket, ntfySocket, streams)) {}
    }

    @Test func aFollowerThatIsBehindShows() throws {
        let fixture = try ServerFixture()
        let slow = try fixture.connect(sendBuffer: 4096)
        try slow.expect(#"["follow",""]"#, "ok")
        let writer = try fixture.connect()
        for number in 0..<300 {
            try writer.expect(#"["u","\#(number) \#(String(repeating: "x", count: 140))"]"#, "ok")
        }
        let lag = try samples(try HTTPTestClient(fixture))["ttweet_ring_lag_lines"]
        #expect(Int(lag ?? "").map { (100...300).contains($0) } == true, "\(lag ?? "")")
    }

    @Test(arguments: [
        ("127.0.0.1", [], 200), ("::1", [], 200), ("127.0.0.1", ["Host: 127.0.0.1:9"], 200),
        ("127.0.0.1", ["Host: [::1]:9"], 200), ("192.0.2.1", [], 401), ("127.0.0.1", ["Host: 192.0.2.1"], 401),
        ("127.0.0.1", ["Host: cellar.example"], 401), ("127.0.0.1", ["X-Forwarded-For: 127.0.0.1"], 401),
        ("127.0.0.1", ["Forwarded: for=127.0.0.1"], 401), ("127.0.0.1", ["Via: 1.1 a"], 401),
        ("127.0.0.1", ["X-Real-IP: 127.0.0.1"], 401), ("127.0.0.1", ["x-forwarded-host: a"], 401),
    ])
    func onlyAProgramOfThisMachineNeedsNoLogIn(host: String, fields: [String], status: Int) throws {
        let fixture = try ServerFixture(http: HTTPPolicy(hosts: ["cellar.example"]))
        let response = try HTTPTestClient(fixture, from: host).request("GET", "/metrics", fields)
        #expect(response.status == status)
        #expect(response.body.contains("ttweet_info") == (status == 200))
    }

    @Test func aRequestThatMayBeAProxysNeedsALogIn() throws {
        let bare = try HTTPTestClient(try ServerFixture())
        try bare.send("GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
        #expect(try bare.next().status == 401)
        let proxies = try #require(SocketAddress.numeric(host: "127.0.0.1", port: 0))
        let client = try HTTPTestClient(try ServerFixture(http: HTTPPolicy(proxies: proxies)))
        #expect(try client.request("GET", "/metrics").status == 401)
    }

    @Test func aTrustedProxysClientIsNotOfThisMachine() throws {
        let proxies = try #require(SocketAddress.numeric(host: "127.0.0.1", port: 0))
        let fixture = try ServerFixture(http: HTTPPolicy(proxies: proxies))
        let client = try HTTPTestClient(fixture)
        #expect(try client.request("GET", "/metrics", ["X-Forwarded-For: 192.0.2.1"]).status == 401)
    }

    @Test func theOperatorsAccountsMayReadThemFromAnywhere() throws {
        let fixture = try ServerFixture(observers: ["eva"])
        let client = try HTTPTestClient(fixture, from: "192.0.2.1")
        for (name, status) in [("ana", 403), ("eva", 200)] {
            let account = try fixture.account(name)
            let everything = "Authorization: Bearer \(try account.token(#"{"may":"everything","expires":60}"#))"
            #expect(try client.request("GET", "/metrics", [everything]).status == status)
            let script = "Authorization: Bearer \(try account.token(#"{"may":"send"}"#))"
            #expect(try client.request("GET", "/metrics", [script]).status == 403)
        }
        #expect(try client.request("GET", "/metrics").status == 401)
        #expect(try client.request("GET", "/metrics?all=1").status == 400)
        #expect(try client.request("POST", "/metrics", body: "").status == 405)
    }
}
