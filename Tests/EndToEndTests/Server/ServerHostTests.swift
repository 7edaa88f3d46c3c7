import CSystem
import Foundation
import TestSupport
import Testing

/// The addresses at which ttweetsrv listens if it gets several hosts.
@Suite(.ownThreads) struct ServerHostTests {
    private static let hasIPv6 =
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.contains("0000000000000001 ") == true

    private func answers(_ host: String, _ server: ServerProcess) throws -> Bool {
        try run(.client, ["-d", host, String(server.port), "-q"]).output == "Empty Message\n"
    }

    @Test func eachHostIsListenedAt() throws {
        let server = try ServerProcess(["--host", "127.0.0.1", "--host", "127.0.0.3"])
        let port = server.port
        #expect(server.reports.first?.contains("listening at 127.0.0.1:\(port) and 127.0.0.3:\(port), ") == true)
        #expect(try answers("127.0.0.1", server) && answers("127.0.0.3", server))
        #expect(try !answers("127.0.0.2", server))
    }

    @Test func aStarIsEveryAddress() throws {
        let server = try ServerProcess(["--host", "*"])
        #expect(try answers("127.0.0.1", server) && answers("127.0.0.2", server))
        if Self.hasIPv6 { #expect(try answers("::1", server)) }
    }

    /// An address that another one already includes is not a conflict.
    @Test(
        .enabled(if: hasIPv6, "this machine has no ::1"),
        arguments: [
            ["*", "127.0.0.1", "::1"], ["127.0.0.1", "*"], ["::", "0.0.0.0"], ["0.0.0.0", "::"], ["::", "127.0.0.1"],
            ["::1", "127.0.0.1"], ["::1", "::1", "127.0.0.1", "localhost"],
        ])
    func hostsOfBothFamiliesGoTogether(hosts: [String]) throws {
        let server = try ServerProcess(hosts.flatMap { ["--host", $0] })
        #expect(try answers("127.0.0.1", server) && answers("::1", server))
    }

    @Test(.enabled(if: hasIPv6, "this machine has no ::1")) func theIPv6WildcardAloneTakesIPv4Too() throws {
        let server = try ServerProcess(["--host", "::"])
        #expect(try answers("127.0.0.1", server) && answers("::1", server))
    }

    @Test func aFileMayNameSeveral() throws {
        let directory = try TemporaryDirectory()
        try directory.write("host = 127.0.0.1\nhost = 127.0.0.3\n", to: "ours.conf")
        let server = try ServerProcess(["--config", "ours.conf"], in: directory)
        #expect(try answers("127.0.0.1", server) && answers("127.0.0.3", server))
    }

    /// A missing address is an error, even if another one is available.
    @Test func aHostThatIsNotHereIsRefused() throws {
        let directory = try TemporaryDirectory()
        let words = ["--host", "127.0.0.1", "--host", "192.0.2.1", "--port", "0", "--data", "data"]
        let result = try run(.server, words, in: directory)
        #expect(result.exitCode == 69)
        #expect(result.output.contains("cannot listen at 192.0.2.1:"))
        #expect(directory.names == ["Sample.txt"])
    }

    /// Kubernetes sets such a variable for a service named ttweet.
    @Test func theAddressOfAServiceInTheEnvironmentIsPassedOver() throws {
        let directory = try TemporaryDirectory()
        let result = try run(
            .server, ["--host", "192.0.2.1", "--data", "data"], environment: ["TTWEET_PORT": "tcp://10.0.0.1:65432"],
            in: directory)
        #expect(result.exitCode == 69)
        #expect(result.output.contains("cannot listen at 192.0.2.1:65432: "))
    }
}
