import CSystem
import Foundation
import TestSupport
import Testing

/// Both clients on a faulty network: dead addresses, names that move, resolvers that do not answer.
@Suite(.ownThreads, .enabled(if: TestNetwork.isPermitted, "a network name space of its own is not permitted here"))
struct NetworkTests {
    private let network: TestNetwork

    init() throws {
        network = try TestNetwork()
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let time = try ContinuousClock().measure(body)
        return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    }

    // MARK: Dead addresses

    @Test func aDeadFirstAddressDoesNotEatTheTime() throws {
        let server = try network.server(at: "10.9.0.8")
        try network.setHosts("10.9.0.5 pair", "10.9.0.8 pair")
        let addresses = try run(network.near + ["getent", "ahostsv4", "pair"]).output
        try #require(addresses.hasPrefix("10.9.0.5"), "the dead one comes first: \(addresses)")
        let time = try seconds {
            let result = try network.run(.client, ["-u", "pair", "\(server.port)", "hello", "--timeout", "120"])
            #expect(result.exitCode == 0)
            #expect(result.errors == "")
        }
        // An equal share of the time would give the dead address a minute, and the kernel's own timeout is longer.
        #expect(time < 50)
        let chat = try network.start(.chat, ["pair", "\(server.port)", "--user", "ana"])
        chat.write(Array("hello from the chat\n".utf8))
        chat.endInput()
        #expect(try chat.wait() == .exit(0))
    }

    @Test func theErrorNamesTheServerAndTheAddressesThatWereTried() throws {
        let dead = try network.run(.client, ["-d", "10.9.0.5", "13001", "--timeout", "0.5"])
        let reason = "cannot connect to 10.9.0.5:13001 (Connection timed out)"
        expectFailure(dead, 75, "no answer from 10.9.0.5:13001 within 0.5 s: \(reason)")
        try network.setHosts("10.9.0.6 pair", "10.9.0.8 pair")
        let refused = "10.9.0.6:13001 (Connection refused) or 10.9.0.8:13001 (Connection refused)"
        let result = try network.run(.client, ["-d", "pair", "13001"])
        expectFailure(result, 69, "cannot connect to pair:13001: \(refused)")
    }

    // MARK: Resolvers

    @Test func aResolverThatDoesNotAnswerIsNotWaitedForBeyondTheTimeout() throws {
        try network.setResolver("10.9.0.5")
        var times: [Double] = []
        // The C library waits 5 s for a resolver's first answer. The machine may be busy, so one quicker run out of ten
        // is enough to show that the client does not wait for it.
        while times.count < 10, times.min() ?? .infinity > 4 {
            times.append(
                try seconds {
                    let result = try network.run(.client, ["-d", "nowhere.test", "1", "--timeout", "0.1"])
                    let reason = "cannot look up nowhere.test: no answer from the resolver"
                    expectFailure(result, 75, "no answer from nowhere.test:1 within 0.1 s: \(reason)")
                })
        }
        #expect(times.min() ?? .infinity < 4, "\(times)")
    }

    @Test func aNameThatCannotBeLookedUpNowIsNoUnknownHost() throws {
        // No name server runs at this address, so the answer is a refusal.
        try network.setResolver("127.0.0.1", options: "timeout:1 attempts:1")
        // A refusal may be lost on a busy machine; the resolver then counts as one that has not answered.
        let reason = "cannot look up nowhere.test: "
        for words in [["-d"], ["-d", "--follow"], ["-d", "--wait"], ["-u", "hello"]] {
            let arguments = [words[0], "nowhere.test", "1"] + words.dropFirst()
            expectFailure(try network.run(.client, arguments), 69, reason)
        }
        let chat = try network.run(.chat, ["nowhere.test", "1", "--user", "ana"])
        #expect(chat.exitCode == 69)
        #expect(chat.errors.contains(reason))
    }

    @Test func aNameThatNobodyHasIsAnUnknownHost() throws {
        try network.removeResolver()
        let reason = "the host is not known: nowhere.test: "
        expectFailure(try network.run(.client, ["-d", "nowhere.test", "1"]), 68, reason)
        expectFailure(try network.run(.client, ["-u", "nowhere.test", "1", "x", "--retry", "1h"]), 68, reason)
        let chat = try network.run(.chat, ["nowhere.test", "1", "--user", "ana"])
        #expect(chat.exitCode == 68)
        #expect(chat.errors.contains(reason))
    }

    // MARK: Names that move

    @Test func aFollowerFindsItsServerWhereItsNameHasMoved() throws {
        try network.setResolver("127.0.0.1", options: "timeout:1 attempts:1")
        try network.setHosts("10.9.0.6 home")
        let first = try network.server(at: "10.9.0.6")
        let port = "\(first.port)"
        let words = ["-d", "home", port, "--follow", "-q", "--since", "0", "--log", "follower"]
        let follower = try network.start(.client, words)
        #expect(try network.run(.client, ["-u", "home", port, "one"]).exitCode == 0)
        try follower.awaitLine("one")

        try first.stop()
        try network.setHosts()
        try network.awaitLine("cannot look up home", in: "follower", count: 2)
        try network.removeResolver()
        try network.awaitLine("the host is not known: home", in: "follower")
        let second = try network.server(at: "10.9.0.8", ["--resume"], port: first.port)
        try network.setHosts("10.9.0.8 home")
        #expect(try network.run(.client, ["-u", "home", port, "two"]).exitCode == 0)
        try follower.awaitLine("two")
        follower.signal(SIGTERM)
        #expect(try follower.wait() == .exit(0))
        #expect(follower.standardOutput.access { $0.bytes } == Array("one\ntwo\n".utf8))
        // The follower reports each change once, however often it retries.
        let said = String(decoding: follower.standardError.access { $0.bytes }, as: UTF8.self).split(separator: "\n")
        #expect(said.count == 2, "\(said)")
        #expect(said.first?.contains("the connection to home:\(port) is lost: ") == true)
        #expect(said.last?.hasSuffix(" connected to home:\(port) again") == true)
        try second.stop()
    }

    @Test func aFollowerTakesAnotherAddressOnceItsOwnFails() throws {
        try network.setHosts("10.9.0.6 pair", "10.9.0.8 pair")
        let first = try network.server(at: "10.9.0.6")
        let port = "\(first.port)"
        let follower = try network.start(.client, ["-d", "pair", port, "--follow", "-q", "--since", "0"])
        #expect(try network.run(.client, ["-u", "10.9.0.6", port, "one"]).exitCode == 0)
        try follower.awaitLine("one")
        try first.stop()
        let second = try network.server(at: "10.9.0.8", ["--resume"], port: first.port)
        #expect(try network.run(.client, ["-u", "10.9.0.8", port, "two"]).exitCode == 0)
        try follower.awaitLine("two")
        #expect(follower.standardOutput.access { $0.bytes } == Array("one\ntwo\n".utf8))
        try second.stop()
    }

    @Test func aChatFindsItsServerWhereItsNameHasMoved() throws {
        try network.setResolver("127.0.0.1", options: "timeout:1 attempts:1")
        try network.setHosts("10.9.0.6 home")
        let first = try network.server(at: "10.9.0.6")
        let chat = try network.start(.chat, ["home", "\(first.port)", "--user", "ana"])
        chat.write(Array("one\n".utf8))
        try first.awaitReports(": one")
        try first.stop()
        try network.setHosts()
        try chat.awaitLine("the connection to home:\(first.port) is lost", onError: true)
        let second = try network.server(at: "10.9.0.8", ["--resume"], port: first.port)
        try network.setHosts("10.9.0.8 home")
        chat.write(Array("two\n".utf8))
        try second.awaitReports(": two")
        chat.endInput()
        #expect(try chat.wait() == .exit(0))
    }
}
