import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetClient

/// Connections over real sockets; the connector itself never waits.
struct ConnectorTests {
    private let answering = Instant.now + .seconds(60)

    /// Takes steps until there is an outcome, and returns the address or the failure.
    private func outcome(_ connector: Connector, until moment: Instant) throws -> Result<String, ConnectFailure> {
        connector.start(at: .now, until: moment)
        while true {
            let now = Instant.now
            switch connector.step(at: now) {
            case .connected(_, let address): return .success("\(address)")
            case .failed(let failure): return .failure(failure)
            case .none: break
            }
            var entries = connector.pollEntries
            try Poll.wait(forAnyOf: &entries, until: connector.wakeAt)
        }
    }

    private func listener() throws -> Descriptor { try Descriptor.listener(at: try .loopback(), backlog: 8) }

    @Test func anAddressThatDoesNotAnswerIsPassedBy() throws {
        let full = try FullListener()
        let live = try listener()
        let address = try live.localAddress()
        let connector = connector(to: [full.address, full.address, address])
        let start = Instant.now
        #expect(try outcome(connector, until: start + .seconds(60)) == .success("\(address)"))
        // With an equal share for each address, one attempt would take 20 seconds.
        #expect(Instant.now - start < .seconds(15))
        _ = live.number
    }

    @Test func allAddressesThatFailedAreNamed() throws {
        let refusing = try RefusingPort()
        let address = refusing.address
        let full = try FullListener()
        let refused = "\(address) (Connection refused)"
        let result = try outcome(connector(to: [address, address]), until: answering)
        let start = "cannot connect to a.test:\(address.port): "
        #expect(result == .failure(ConnectFailure(.connect, "\(start)\(refused) or \(refused)")))
        let late = try outcome(
            connector(to: [address, full.address]), until: Instant.now + .milliseconds(10))
        let timedOut = "\(full.address) (Connection timed out)"
        #expect(late == .failure(ConnectFailure(.connect, "\(start)\(refused) or \(timedOut)")))
        withExtendedLifetime(refusing) {}
    }

    @Test func anAddressIsItsOwnName() throws {
        let refusing = try RefusingPort()
        let address = refusing.address
        let connector = Connector(to: ServerName(host: "127.0.0.1", port: address.port))
        let result = try outcome(connector, until: answering)
        #expect(result == .failure(ConnectFailure(.connect, "cannot connect to \(address) (Connection refused)")))
        withExtendedLifetime(refusing) {}
    }

    @Test func theAddressOfTheConnectionBeforeComesFirstAndTheOthersOnceItFails() throws {
        let refusing = try RefusingPort()
        let second = try listener()
        let gone = try listener()
        let addresses = [refusing.address, try gone.localAddress(), try second.localAddress()]
        let connector = connector(to: addresses)
        // The first address refuses, so the connector takes the second, and keeps it although the third would work too.
        for _ in 0..<2 { #expect(try outcome(connector, until: answering) == .success("\(addresses[1])")) }
        shutdown(gone.number, CInt(SHUT_RDWR))
        #expect(try outcome(connector, until: answering) == .success("\(addresses[2])"))
        _ = (second.number, gone.number)
        withExtendedLifetime(refusing) {}
    }

    @Test func aNameIsLookedUpOnAThreadAndAnAddressIsNot() throws {
        let live = try listener()
        let port = try live.localAddress().port
        let byAddress = Connector(to: ServerName(host: "127.0.0.1", port: port))
        byAddress.start(at: 0, until: 10_000)
        #expect(byAddress.pollEntries.isEmpty)
        let result = try outcome(Connector(to: ServerName(host: "localhost", port: port)), until: answering)
        #expect(result == .success("127.0.0.1:\(port)"))
        _ = live.number
    }

    @Test func aHostThatIsNotKnownIsToldFromOneThatIsNotReached() throws {
        // A label of more than 63 bytes is invalid, so the test asks no resolver.
        let host = String(repeating: "x", count: 64) + ".invalid"
        let result = try outcome(Connector(to: ServerName(host: host, port: 1)), until: answering)
        guard case .failure(let failure) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(failure.kind == .unknownHost)
        #expect(failure.text.hasPrefix("the host is not known: \(host): "))
        #expect(failure.error.exitCode == .unknownHost)
    }

    @Test func aLookUpIsNotWaitedForBeyondTheTime() throws {
        let connector = Connector(to: ServerName(host: "localhost", port: 1))
        let now = Instant.now
        connector.start(at: now, until: now)
        // The attempt has just begun; whether it is done already depends on the machine.
        guard case .failed(let failure)? = connector.step(at: now) else { return }
        #expect(failure.text == "cannot look up localhost: no answer from the resolver" || failure.kind == .connect)
    }
}
