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
        let guardian = Event(loop, after: .seconds(60)) { isOver = true }
        defer { withExtendedLifetime(guardian) {} }
        while value() == nil, !isOver { #expect(loop.turn()) }
        return try #require(value())
    }

    private func result(of work: PasswordPool.Work) throws -> PasswordPool.Result {
        var result: PasswordPool.Result?
        #expect(pool.submit(work) { result = $0 })
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

    @Test func theOperatorHasPlacesThatNobodyElseCanTake() throws {
        var done = 0
        for _ in 0..<ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting {
            #expect(pool.submit(.verify(right, nil)) { _ in done += 1 })
        }
        #expect(!pool.submit(.verify(right, nil)) { _ in })
        for _ in 0..<ServerLimits.passwordsOfOperator {
            #expect(pool.submit(.hash(right), isOperators: true) { _ in done += 1 })
        }
        #expect(!pool.submit(.hash(right), isOperators: true) { _ in })
        let all = ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting + ServerLimits.passwordsOfOperator
        try awaiting { done == all ? () : nil }
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
        for _ in 0..<room { #expect(pool.submit(.verify(right, PasswordHash("none"))) { _ in done += 1 }) }
        #expect(!pool.submit(.hash(right)) { _ in Issue.record("it was refused") })
        #expect(!pool.submit(.verify(right, nil)) { _ in Issue.record("it was refused") })
        _ = try awaiting { done > 0 ? true : nil }
        #expect(pool.submit(.verify(right, PasswordHash("none"))) { _ in done += 1 })
        _ = try awaiting { done == room + 1 ? true : nil }
    }

    @Test func resultsGoToWhoAskedForThem() throws {
        let hash = try hash(right)
        var results: [Int: Bool] = [:]
        for number in 0..<8 {
            let password = number % 3 == 0 ? right : wrong
            let isTaken = pool.submit(.verify(password, hash)) { result in
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
            #expect(pool?.submit(.verify(right, PasswordHash("none"))) { _ in Issue.record("it is gone") } == true)
        }
        pool = nil
        let timer = Event(loop, after: .zero) {}
        withExtendedLifetime(timer) { #expect(loop.turn()) }
    }
}
