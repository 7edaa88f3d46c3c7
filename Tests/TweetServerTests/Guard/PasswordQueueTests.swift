import Testing
import TweetModel
import TweetSystem

@testable import TweetServer

/// The order in which waiting passwords are hashed.
@Suite struct PasswordQueueTests {
    private let now = Instant(milliseconds: 1_000_000)

    private func origin(
        _ network: String, _ account: String, _ standing: PasswordOrigin.Standing = .stranger
    ) -> PasswordOrigin {
        PasswordOrigin(network: network, account: Name(stored: account), standing: standing)
    }

    /// Adds passwords, then takes all of them.
    private func order(_ origins: [(String, PasswordOrigin)]) -> [String] {
        var queue = PasswordQueue<String>()
        for (item, origin) in origins { #expect(append(item, origin, to: &queue) == nil) }
        return rest(of: &queue)
    }

    private func append(_ item: String, _ origin: PasswordOrigin, to queue: inout PasswordQueue<String>) -> String? {
        queue.append(item, from: origin, now: now)
    }

    private func rest(of queue: inout PasswordQueue<String>) -> [String] {
        var taken: [String] = []
        while let item = queue.popFirst(now: now) { taken.append(item) }
        return taken
    }

    @Test func theOldestIsFirstAmongEqualOnes() {
        #expect(order([("a", origin("1", "x")), ("b", origin("2", "y")), ("c", origin("3", "z"))]) == ["a", "b", "c"])
    }

    @Test func guessesFromOneNetworkComeBehindOthers() {
        let guesses = (1...4).map { ("guess", origin("1", "name\($0)")) }
        #expect(order(guesses + [("log-in", origin("2", "ana"))]) == ["guess", "log-in", "guess", "guess", "guess"])
    }

    @Test func guessesAtOneAccountFromManyNetworksComeBehindOthers() {
        let guesses = (1...4).map { ("guess", origin("\($0)", "victim")) }
        #expect(order(guesses + [("log-in", origin("9", "ana"))]) == ["guess", "log-in", "guess", "guess", "guess"])
    }

    @Test func anAccountThatIsKnownInItsNetworkComesFirst() {
        let guesses = (1...4).map { ("guess", origin("\($0)", "victim")) }
        let items =
            guesses + [("log-in", origin("9", "victim", .known)), ("the operator", origin("", "ana", .theOperator))]
        #expect(order(items).prefix(2) == ["the operator", "log-in"])
    }

    /// One account that changes its password again and again would otherwise keep all others waiting.
    @Test func aKnownAccountThatHashesMuchComesBehindStrangers() {
        let known = (0...ServerLimits.passwordsKnownLately).map { _ in ("known", origin("1", "x", .known)) }
        var queue = PasswordQueue<String>()
        for (item, origin) in known.prefix(ServerLimits.passwordsOfKnown) { _ = append(item, origin, to: &queue) }
        _ = rest(of: &queue)
        _ = append("known", origin("1", "x", .known), to: &queue)
        _ = append("stranger", origin("2", "y"), to: &queue)
        #expect(rest(of: &queue) == ["stranger", "known"])
    }

    @Test func aFullQueueGivesAPlaceToWhoeverHasHadFewer() {
        var queue = PasswordQueue<String>()
        _ = append("first", origin("1", "x"), to: &queue)
        #expect(queue.popFirst(now: now) == "first")
        for number in 1...ServerLimits.passwordsWaiting {
            _ = append("\(number)", origin("1", "n\(number)"), to: &queue)
        }
        #expect(append("more", origin("1", "m"), to: &queue) == "more")
        #expect(append("other", origin("2", "m"), to: &queue) == "\(ServerLimits.passwordsWaiting)")
        #expect(queue.popFirst(now: now) == "other")
        #expect(rest(of: &queue).count == ServerLimits.passwordsWaiting - 1)
    }

    @Test func whatWasHadIsForgotten() {
        var queue = PasswordQueue<String>()
        for _ in 0..<3 { _ = append("x", origin("1", "x"), to: &queue) }
        _ = rest(of: &queue)
        _ = append("first", origin("1", "x"), to: &queue)
        _ = append("second", origin("2", "y"), to: &queue)
        let later = now + ServerLimits.passwordMemory * 3
        #expect(queue.popFirst(now: later) == "first")
    }

    // MARK: Known networks

    @Test func anAccountIsKnownInItsLastNetworks() {
        var known = KnownLogins()
        let ana = Name(stored: "Ana")
        for number in 0...ServerLimits.knownNetworks { known.note(ana, from: "\(number)") }
        #expect(!known.contains(ana, from: "0"))
        #expect(known.contains(Name(stored: "ANA"), from: "1"))
        known.note(ana, from: "1")
        known.note(ana, from: "new")
        #expect(known.contains(ana, from: "1"))
        #expect(!known.contains(ana, from: "2"))
        #expect(!known.contains(Name(stored: "bob"), from: "1"))
        known.forget(ana)
        #expect(!known.contains(ana, from: "1"))
    }

    @Test func theKnownAccountsAreBounded() {
        var known = KnownLogins()
        for number in 0...ServerLimits.knownAccounts { known.note(Name(stored: "n\(number)"), from: "1") }
        let count = (0...ServerLimits.knownAccounts).count { known.contains(Name(stored: "n\($0)"), from: "1") }
        #expect(count == ServerLimits.knownAccounts / 2 + 1)
    }
}
