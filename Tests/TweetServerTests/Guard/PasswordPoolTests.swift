import TestSupport
import Testing
import TweetModel
import TweetSystem

@testable import TweetReactor
@testable import TweetServer

/// Hashing and checking passwords on the pool's threads, and the number of passwords at once.
final class PasswordPoolTests {
    private let loop: EventLoop
    private let pool: PasswordPool
    private let right: Password
    private let wrong: Password

    init() throws {
        loop = try EventLoop()
        pool = try PasswordPool(loop)
        right = try #require(Password("correct horse"))
        wrong = try #require(Password("battery staple"))
    }

    /// Turns the loop until a value is available.
    private func awaiting<Value>(_ value: () -> Value?) throws -> Value {
        var isOver = false
        let guardian = Event(loop, after: Patience.span) { isOver = true }
        defer { withExtendedLifetime(guardian) {} }
        while value() == nil, !isOver { #expect(loop.turn()) }
        return try #require(value())
    }

    private func submit(
        _ work: PasswordPool.Work, _ standing: PasswordOrigin.Standing = .stranger,
        completion: @escaping (PasswordPool.Result) -> Void
    ) -> Bool {
        let origin = PasswordOrigin(network: "192.0.2.1", account: Name(stored: "ana"), standing: standing)
        return pool.submit(work, from: origin, completion: completion)
    }

    private func result(of work: PasswordPool.Work) throws -> PasswordPool.Result {
        var result: PasswordPool.Result?
        #expect(submit(work) { result = $0 })
        return try awaiting { result }
    }

    private func hash(_ password: Password) throws -> PasswordHash {
        guard case .hash(let hash?) = try result(of: .hash(password)) else {
            throw Errno(code: 0)
        }
        return hash
    }

    private func verify(_ password: Password, _ hash: PasswordHash?) throws -> Bool {
        guard case .verified(let isRight) = try result(of: .verify(password, hash)) else { throw Errno(code: 0) }
        return isRight
    }

    @Test func aHashIsOfItsPasswordAndOfNoOther() throws {
        let hash = try hash(right)
        #expect(hash.string.hasPrefix("$argon2id$"))
        #expect(!hash.string.contains("correct"))
        #expect(try verify(right, hash))
        #expect(try !verify(wrong, hash))
    }

    @Test func betterStandingHasPlacesThatNobodyElseCanTake() throws {
        var done = 0
        let strangers = ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting
        for _ in 0..<strangers { #expect(submit(.verify(right, nil)) { _ in done += 1 }) }
        #expect(!submit(.verify(right, nil)) { _ in })
        for (standing, places) in [
            (PasswordOrigin.Standing.known, ServerLimits.passwordsOfKnown),
            (.theOperator, ServerLimits.passwordsOfOperator),
        ] {
            for _ in 0..<places { #expect(submit(.verify(right, nil), standing) { _ in done += 1 }) }
            #expect(!submit(.verify(right, nil), standing) { _ in })
        }
        let all = strangers + ServerLimits.passwordsOfKnown + ServerLimits.passwordsOfOperator
        try awaiting { done == all ? () : nil }
    }

    /// A network whose passwords fill the queue gives a place to one that has had none.
    @Test func aPasswordIsCrowdedOutByOneOfAnotherNetwork() throws {
        var (done, crowdedOut) = (0, 0)
        for _ in 0..<ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting {
            let isTaken = submit(.verify(right, nil)) { result in
                if case .crowdedOut = result { crowdedOut += 1 } else { done += 1 }
            }
            #expect(isTaken)
        }
        var isDone = false
        let origin = PasswordOrigin(network: "192.0.2.9", account: Name(stored: "bob"), standing: .stranger)
        #expect(pool.submit(.verify(right, nil), from: origin) { _ in isDone = true })
        #expect(crowdedOut == 1)
        try awaiting { isDone ? () : nil }
        #expect(done < ServerLimits.passwordsWaiting, "it was next")
    }

    @Test func onePasswordHasManyHashes() throws {
        #expect(try hash(right) != hash(right))
    }

    @Test func noPasswordIsTheOneOfNobody() throws {
        #expect(try !verify(right, nil))
    }

    @Test func whatIsNoHashMatchesNothing() throws {
        #expect(try !verify(right, PasswordHash("")))
        #expect(try !verify(right, PasswordHash("correct horse")))
    }

    @Test func aPoolThatIsFullSaysNoAndTakesMoreWhenOneIsDone() throws {
        let room = ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting
        var done = 0
        // The loop takes the results, and it does not turn in between.
        for _ in 0..<room { #expect(submit(.verify(right, PasswordHash("none"))) { _ in done += 1 }) }
        #expect(!submit(.hash(right)) { _ in Issue.record("it was refused") })
        #expect(!submit(.verify(right, nil)) { _ in Issue.record("it was refused") })
        _ = try awaiting { done > 0 ? true : nil }
        #expect(submit(.verify(right, PasswordHash("none"))) { _ in done += 1 })
        _ = try awaiting { done == room + 1 ? true : nil }
    }

    @Test func resultsGoToWhoAskedForThem() throws {
        let hash = try hash(right)
        var results: [Int: Bool] = [:]
        for number in 0..<8 {
            let password = number % 3 == 0 ? right : wrong
            let isTaken = submit(.verify(password, hash)) { result in
                if case .verified(let isRight) = result { results[number] = isRight }
            }
            #expect(isTaken)
        }
        _ = try awaiting { results.count == 8 ? true : nil }
        for number in 0..<8 { #expect(results[number] == (number % 3 == 0)) }
    }

    @Test func aPoolThatGoesWaitsForItsThreadsAndCallsNobody() throws {
        var pool: PasswordPool? = try PasswordPool(loop)
        for _ in 0..<4 {
            let origin = PasswordOrigin(network: "192.0.2.1", account: Name(stored: "ana"), standing: .stranger)
            let isTaken = pool?.submit(.verify(right, nil), from: origin) { _ in Issue.record("it is gone") }
            #expect(isTaken == true)
        }
        pool = nil
        let timer = Event(loop, after: .zero) {}
        withExtendedLifetime(timer) { #expect(loop.turn()) }
    }
}
