import Testing
import TweetModel
import TweetSystem

@testable import TweetServer

/// Throttling of log-ins, with a clock that the test sets.
struct LoginThrottleTests {
    private var throttle = LoginThrottle()
    private var now = Instant(milliseconds: 1_000_000)
    private let ana = Name(stored: "ana")
    private let attacker = "192.0.2.1"
    private let home = "198.51.100.7"

    private mutating func fail(_ count: Int, _ address: String, _ name: Name) {
        for _ in 0..<count {
            #expect(throttle.begin(address, name, now: now) != nil)
            throttle.ended(address, name, succeeded: false, now: now)
        }
    }

    /// The delay of an attempt, which the test gives up at once.
    private mutating func delay(_ address: String, _ name: Name) -> Duration? {
        guard let delay = throttle.begin(address, name, now: now) else { return nil }
        throttle.ended(address, name, succeeded: nil, now: now)
        return delay
    }

    private func name(_ number: Int) -> Name { Name(stored: "n\(number)") }

    // MARK: Delays

    @Test mutating func theFirstFailuresCostNothing() {
        fail(LoginThrottle.freeFailures - 1, attacker, ana)
        #expect(delay(attacker, ana) == .zero)
        fail(1, attacker, ana)
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay)
    }

    @Test mutating func eachFurtherFailureDoublesTheDelayUpToABound() {
        var delays: [Duration?] = []
        for number in 0..<40 {
            // Each attempt is at another account, so that only the address is throttled.
            fail(1, attacker, name(number))
            delays.append(delay(attacker, name(1000)))
        }
        let expected = [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000].map { Duration.milliseconds($0) }
        #expect(delays.prefix(10).map(\.self) == expected)
        #expect(delays.allSatisfy { $0.map { $0 <= LoginThrottle.longestAddressDelay } == true })
        fail(1000, attacker, ana)
        #expect(delay(attacker, name(1000)) == LoginThrottle.longestAddressDelay)
    }

    @Test mutating func successIsNoFailureAndForgivesNone() {
        fail(LoginThrottle.freeFailures, attacker, ana)
        for _ in 0..<20 {
            #expect(throttle.begin(attacker, ana, now: now) == LoginThrottle.firstDelay)
            throttle.ended(attacker, ana, succeeded: true, now: now)
        }
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay)
    }

    @Test mutating func aPasswordThatWasNotLookedAtIsNoFailure() {
        for _ in 0..<100 { #expect(delay(attacker, ana) == .zero) }
    }

    @Test mutating func aStrangersFailuresDelayTheOwnerByTwoSecondsAtMostAndNeverTurnAway() {
        for number in 0..<500 { fail(4, "2001:db8:0:\(number)", ana) }
        #expect(delay(home, ana) == LoginThrottle.longestAccountDelay)
        #expect(delay(home, name(1)) == .zero, "another account")
        for _ in 0..<LoginThrottle.attemptsUnderWay { #expect(throttle.begin(attacker, ana, now: now) != nil) }
        #expect(throttle.begin(attacker, ana, now: now) == nil)
        #expect(delay(home, ana) == LoginThrottle.longestAccountDelay, "attempts of a stranger's that are under way")
    }

    // MARK: Forgiveness

    @Test mutating func failuresAreForgivenOneByOne() {
        fail(LoginThrottle.freeFailures + 1, attacker, ana)
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay * 2)
        now += LoginThrottle.forgiveness - .milliseconds(1)
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay * 2)
        now += .milliseconds(1)
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay)
        now += LoginThrottle.forgiveness
        #expect(delay(attacker, ana) == .zero)
    }

    @Test mutating func whatIsForgivenAtOnceAndLittleByLittleIsTheSame() {
        fail(15, attacker, ana)
        for _ in 0..<100 {
            now += LoginThrottle.forgiveness / 10
            _ = delay(attacker, ana)
        }
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay, "ten of fifteen are forgiven")
        now += LoginThrottle.forgiveness * 1000
        #expect(delay(attacker, ana) == .zero)
        fail(LoginThrottle.freeFailures, attacker, ana)
        #expect(delay(attacker, ana) == LoginThrottle.firstDelay, "there is no credit")
    }

    // MARK: Attempts under way

    @Test mutating func oneAddressHasFourAttemptsUnderWay() {
        for number in 0..<LoginThrottle.attemptsUnderWay {
            #expect(throttle.begin(attacker, name(number), now: now) == .zero)
        }
        #expect(throttle.begin(attacker, ana, now: now) == nil)
        #expect(throttle.begin(home, ana, now: now) == .zero)
        now += .seconds(1_000_000)
        #expect(throttle.begin(attacker, ana, now: now) == nil, "time does not end them")
    }

    @Test(arguments: [true, false, nil]) mutating func anAttemptThatHasEndedIsGivenBack(succeeded: Bool?) {
        for _ in 0..<3 * LoginThrottle.attemptsUnderWay {
            #expect(throttle.begin(attacker, ana, now: now) != nil)
            throttle.ended(attacker, ana, succeeded: succeeded, now: now)
        }
        for _ in 0..<LoginThrottle.attemptsUnderWay { #expect(throttle.begin(attacker, ana, now: now) != nil) }
        #expect(throttle.begin(attacker, ana, now: now) == nil)
    }

    // MARK: Memory

    /// The numbers of addresses and accounts that the throttle remembers; only its memory shows them.
    private var remembered: [Int] {
        Mirror(reflecting: throttle).children.map { Mirror(reflecting: $0.value).children.count }
    }

    @Test mutating func whatIsRememberedIsBoundedAndTheWorstStay() {
        fail(20, attacker, ana)
        for number in 0..<3 * LoginThrottle.remembered {
            fail(1, "203.0.113.\(number)", name(number))
            if number % 1000 == 0 { #expect(remembered.allSatisfy { $0 <= LoginThrottle.remembered }) }
        }
        #expect(remembered.count == 2)
        #expect(remembered.allSatisfy { $0 <= LoginThrottle.remembered })
        #expect(delay(attacker, name(7)) == LoginThrottle.longestAddressDelay)
        #expect(delay(home, ana) == LoginThrottle.longestAccountDelay)
    }

    @Test mutating func whatIsForgivenIsForgottenFirst() {
        fail(3, attacker, ana)
        now += LoginThrottle.forgiveness * 3
        for number in 0..<LoginThrottle.remembered { fail(1, "203.0.113.\(number)", name(number)) }
        fail(LoginThrottle.freeFailures - 1, "203.0.113.1", name(1))
        #expect(delay("203.0.113.1", name(0)) == LoginThrottle.firstDelay, "its first failure was kept")
    }

    @Test mutating func anAttemptUnderWayIsNotForgotten() {
        for _ in 0..<LoginThrottle.attemptsUnderWay { #expect(throttle.begin(attacker, ana, now: now) == .zero) }
        for number in 0..<2 * LoginThrottle.remembered { fail(1, "203.0.113.\(number)", name(number)) }
        #expect(throttle.begin(attacker, ana, now: now) == nil)
        for _ in 0..<LoginThrottle.attemptsUnderWay { throttle.ended(attacker, ana, succeeded: nil, now: now) }
        #expect(throttle.begin(attacker, ana, now: now) != nil)
    }

    /// Guesses at an account, or from its owner's address, must not keep the owner waiting.
    @Test func aKnownAccountWaitsLessAndHasItsOwnAttempts() {
        var throttle = LoginThrottle()
        let (ana, now) = (Name(stored: "ana"), Instant(milliseconds: 1_000_000))
        for number in 0..<40 {
            _ = throttle.begin("\(number)", ana, now: now)
            throttle.ended("\(number)", ana, succeeded: false, now: now)
        }
        let delays = [throttle.begin("x", ana, now: now), throttle.begin("x", ana, isKnown: true, now: now)]
        #expect(delays == [LoginThrottle.longestAccountDelay, LoginThrottle.longestKnownDelay])
        for _ in 2..<LoginThrottle.attemptsUnderWay { _ = throttle.begin("x", ana, now: now) }
        let attempts = [throttle.begin("x", ana, now: now), throttle.begin("x", ana, isKnown: true, now: now)]
        #expect(attempts == [nil, LoginThrottle.longestKnownDelay])
    }
}
