import Foundation
import Testing

/// Peers that vanish silently and time out, with real clocks; each test takes most of a minute.
///
/// The tests run with `TTWEET_LONG_TESTS=1`. `SilenceWatchTests` checks the rules with a fake clock, and `SocketTests`
/// reads back the options that the kernel gets.
@Suite(
    .ownThreads,
    .enabled(
        if: ProcessInfo.processInfo.environment["TTWEET_LONG_TESTS"] == "1", "it waits: TTWEET_LONG_TESTS=1 runs it"))
struct VanishedPeerTests {
    private static let noNetwork: Comment = "a network name space of its own is not permitted here"
    /// The limit for a peer to time out; without the project's own rules it stays for a quarter of an hour or for ever.
    private static let mostSeconds = 90.0

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = Date()
        try body()
        return Date().timeIntervalSince(start)
    }

    @Test(.enabled(if: TestNetwork.isPermitted, noNetwork), arguments: [false, true])
    func theServerGivesUpAFollowerThatHasVanished(hasDataOnItsWay: Bool) throws {
        let network = try TestNetwork()
        let server = try network.server(at: "10.9.0.6")
        let follower = try network.start(.client, ["-d", "10.9.0.6", "\(server.port)", "--follow", "-q", "-n", "1"])
        func upload(_ text: String) throws {
            let words = [Program.client.path, "-u", "10.9.0.6", "\(server.port)", text]
            #expect(try run(network.far + words, in: network.directory).exitCode == 0)
        }
        try upload("one")
        try follower.awaitLine("one")
        try network.pull(nearEnd: true)
        let time = try seconds {
            if hasDataOnItsWay { try upload("two") }
            // A server that has data to send gets no answer for the hardware address, and so knows the reason.
            try server.awaitReports(
                hasDataOnItsWay ? "disconnected: No route to host" : " timed out: it is gone, or did not read")
        }
        #expect(time < Self.mostSeconds)
    }

    @Test(.enabled(if: TestNetwork.isPermitted, noNetwork))
    func aFollowerGivesUpAServerThatHasVanished() throws {
        let network = try TestNetwork()
        let server = try network.server(at: "10.9.0.6")
        let follower = try network.start(.client, ["-d", "10.9.0.6", "\(server.port)", "--follow", "-q"])
        try server.awaitReports(" activated")
        try network.pull(nearEnd: false)
        let time = try seconds { try follower.awaitLine(" is lost: ", onError: true) }
        #expect(time < Self.mostSeconds)
    }

    /// The kernel sees nothing wrong with such a connection.
    @Test func aFollowerBehindAForwarderAsksAndConnectsAgain() throws {
        let server = try ServerProcess()
        let forwarder = try Forwarder(to: server.port)
        let follower = try ClientProcess(
            ["--follow", "-q", "--since", "0"], port: forwarder.port, in: server.directory)
        #expect(try server.upload("one").exitCode == 0)
        _ = try follower.awaitLines(1)
        forwarder.loseFarSide()
        #expect(try server.upload("two").exitCode == 0)
        var lines: [String] = []
        let time = try seconds { lines = try follower.awaitLines(2) }
        #expect(lines == ["one", "two"])
        #expect(time < Self.mostSeconds)
        try follower.awaitErrors("is lost: the server has said nothing for 40 s; trying again")
        try follower.awaitErrors("connected to 127.0.0.1:\(forwarder.port) again")
        #expect(try follower.stop() == .exit(0))
    }
}
