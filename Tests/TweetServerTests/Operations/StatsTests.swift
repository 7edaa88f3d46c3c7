import Foundation
import Testing

@testable import TweetServer

/// The figures that tell an operator how the server is.
@Suite struct StatsTests {
    private func stats(_ client: FixtureClient) throws -> [String: [String: Int]] {
        let line = try #require(try client.request(#"["stats",""]"#))
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
        try #require(answer.first as? String == "ok")
        return try #require(answer.last as? [String: [String: Int]])
    }

    @Test func theOperatorReadsWhatHasHappened() throws {
        let fixture = try ServerFixture(allowance: ConnectionAllowance(total: 100))
        let ana = try fixture.guest("ana")
        try ana.expect(#"["follow",""]"#, "ok")
        let silent = try fixture.connect(from: "192.0.2.1")
        for _ in 1...3 { try ana.expect(#"["nothing",""]"#, "unknown_operation") }
        let uploader = try fixture.connect()
        try uploader.expect(#"["u","hello"]"#, "ok")
        fixture.pass(.seconds(7))
        let stats = try stats(try fixture.connect(from: nil))
        #expect(stats["server"]?["uptime"] == 7)
        let connections = [
            "open": 4, "networks": 2, "plain": 4, "tls": 0, "silent": 1, "lines": 3, "original": 0, "http": 0,
            "websocket": 0, "followers": 1, "named": 1,
        ]
        #expect(stats["connections"] == connections)
        #expect(stats["events"] == ["accepted": 3, "evicted": 0, "turned_away": 0, "uploads": 1, "messages": 0])
        #expect(stats["refusals"] == ["unknown_operation": 3])
        #expect(stats["journal"]?["entries"] == 1)
        #expect(stats["journal"]?["batches"] == 1)
        #expect(try #require(stats["journal"]?["longest_commit_us"]) > 0)
        #expect(stats["queues"] == ["entries": 0, "passwords": 0, "turns": 0])
        #expect(stats["limits"]?["connections"] == 100)
        withExtendedLifetime(silent) {}
    }

    @Test func onlyTheOperatorsAccountsMayAsk() throws {
        let fixture = try ServerFixture(observers: ["eva"])
        try fixture.connect().expect(#"["stats",""]"#, "not_permitted")
        try fixture.guest("guest").expect(#"["stats",""]"#, "not_permitted")
        try fixture.account("ana").expect(#"["stats",""]"#, "not_permitted")
        #expect(try stats(try fixture.account("Eva"))["connections"]?["named"] == 1)
    }
}
