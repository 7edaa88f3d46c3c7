import TestSupport
import Testing
import TweetReactor
import TweetSystem

@testable import TweetServer

/// A trusted proxy's requests count for the clients that it names, and nobody else's do.
@Suite struct ForwardedClientTests {
    private static let proxy = "10.0.0.1"
    private let fixture: ServerFixture

    init() throws {
        let proxies = try [Self.proxy, "10.0.0.2", "2001:db8::1"].map(Self.address)
        fixture = try ServerFixture(http: HTTPPolicy(proxies: proxies))
    }

    private static func address(_ host: String) throws -> SocketAddress {
        try #require(SocketAddress.numeric(host: host, port: 0)?.first)
    }

    private func visitor(_ client: HTTPTestClient) -> String? { client.client.handler?.visitor?.network }

    @Test(arguments: [
        (["X-Forwarded-For: 192.0.2.7"], "192.0.2.7"), (["x-forwarded-for: 192.0.2.7:4711"], "192.0.2.7"),
        (["X-Forwarded-For: 192.0.2.1, 192.0.2.7"], "192.0.2.7"),
        (["X-Forwarded-For: 192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        (["X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 10.0.0.2"], "192.0.2.7"),
        (["X-Forwarded-For: 2001:db8:1:2::3"], "2001:db8:1:2"),
        (["X-Forwarded-For: [2001:db8:1:2::3]:4711"], "2001:db8:1:2"),
        (["X-Forwarded-For: \", 192.0.2.7"], "192.0.2.7"),
        (["X-Forwarded-For: 192.0.2.1, \"x, 192.0.2.7"], "192.0.2.7"),
        (["X-Forwarded-For: \"", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7"),
        (["X-Forwarded-For: 192.0.2.7,"], "192.0.2.7"), (["X-Forwarded-For: 192.0.2.7, unknown"], proxy),
        (["X-Forwarded-For: "], proxy), ([], proxy),
        (["X-Forwarded-For: 192.0.2.7, 10.0.0.2, x, 10.0.0.2"], "10.0.0.2"),
        (["X-Forwarded-For: 192.0.2.7" + String(repeating: ", 10.0.0.2", count: 9)], "10.0.0.2"),
    ]) func theClientIsTheLastOneThatIsNoProxy(fields: [String], network: String) throws {
        let client = try HTTPTestClient(fixture, from: Self.proxy)
        #expect(try client.request("GET", "/", fields).status == 200)
        #expect(visitor(client) == (network.contains("2001") ? try Self.address("2001:db8:1:2::").network : network))
    }

    @Test func whatAnybodyElseSendsIsNotBelieved() throws {
        let client = try HTTPTestClient(fixture, from: "192.0.2.1")
        #expect(try client.request("GET", "/", ["X-Forwarded-For: 192.0.2.7"]).status == 200)
        #expect(visitor(client) == "192.0.2.1")
    }

    @Test func anIPv4ProxyIsTrustedInIPv6FormToo() throws {
        let client = try HTTPTestClient(fixture, from: "::ffff:10.0.0.1")
        #expect(try client.request("GET", "/", ["X-Forwarded-For: 192.0.2.7"]).status == 200)
        #expect(visitor(client) == "192.0.2.7")
    }

    /// A proxy sends the requests of many clients over one connection.
    @Test func eachRequestCountsForItsClient() throws {
        let client = try HTTPTestClient(fixture, from: Self.proxy)
        let (one, two) = (["X-Forwarded-For: 192.0.2.7"], ["X-Forwarded-For: 192.0.2.8"])
        #expect(try client.request("POST", "/", one, body: "one").status == 200)
        fixture.server.visitors.visitor(try Self.address("192.0.2.7"), now: fixture.server.now).site.spendStorage(
            1 << 30)
        #expect(try client.request("POST", "/", two, body: "two").status == 200)
        #expect(try client.request("POST", "/", one, body: "three").status == 429)
        #expect(try client.request("POST", "/", two, body: "four").status == 200)
        #expect(fixture.reports.contains("client 192.0.2.7:0 through 10.0.0.1:1 was refused: busy"))
        #expect(fixture.server.visitors.count == 3)
        // The place belongs to the last one.
        let visitors = ["192.0.2.7", "192.0.2.8", Self.proxy].map { host in
            (try? Self.address(host)).map { fixture.server.visitors.visitor($0, now: fixture.server.now).connections }
        }
        #expect(visitors == [0, 1, 0])
    }

    /// One client that guesses must not delay the log-ins of all others behind the proxy.
    @Test(arguments: [
        #"["login",{"token":"ttw_00000000000000000000000000000000"}]"#,
        #"["login",{"name":"ana","password":"wrong horse"}]"#,
    ]) func wrongLogInsCountForTheClient(logIn: String) throws {
        func delay(of network: String) -> Duration? {
            // A copy, so that nothing is noted.
            var throttle = fixture.server.throttle
            return throttle.begin(network, now: fixture.server.now)
        }
        for _ in 0..<10 where delay(of: "192.0.2.7") == .zero {
            let client = try WebSocketTestClient(fixture, from: Self.proxy, fields: ["X-Forwarded-For: 192.0.2.7"])
            try client.expect(logIn, "error")
        }
        #expect(delay(of: "192.0.2.7") != .zero)
        #expect(delay(of: Self.proxy) == .zero)
    }

    /// Pipelined requests of two clients are not mixed up.
    @Test func theOrderOfPipelinedRequestsStays() throws {
        let client = try HTTPTestClient(fixture, from: Self.proxy)
        let requests = (1...6).map { number in
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.\(number / 2)\r\nContent-Length: 1\r\n\r\n\(number)"
        }
        try client.send(requests.joined())
        for number in 1...6 { #expect(try client.next().body.contains("\"text\":\"\(number)\"")) }
    }
}
