import TweetModel
import TweetSystem

/// Throttles password guessing, for each address and each account.
///
/// Delays are at most a few seconds, so that guessing at an account does not lock its owner out. The attempts of one
/// address at the same time are bounded; more are refused. It has no clock of its own.
struct LoginThrottle {
    /// Failures without a delay: people mistype.
    static let freeFailures = 5
    /// The first delay; each further failure doubles it.
    static let firstDelay: Duration = .milliseconds(250)
    static let longestAddressDelay: Duration = .seconds(4)
    /// Shorter: the account's owner waits for it too.
    static let longestAccountDelay: Duration = .seconds(2)
    /// The longest delay for an account that has logged in from the address before.
    static let longestKnownDelay: Duration = .seconds(1)
    /// The time after which one failure is forgotten.
    static let forgiveness: Duration = .seconds(30)
    /// Attempts of one address that may be under way at the same time, including delayed ones.
    static let attemptsUnderWay = 4
    /// More of them for accounts that have logged in from the address before.
    static let attemptsOfKnown = 2
    /// Addresses that are remembered, and accounts as well; those with the fewest failures are forgotten first.
    static let remembered = 10_000

    private struct Record {
        var failures = 0
        var attempts = 0
        /// When a failure was last forgotten.
        var failureClock: Instant

        /// Forgets a failure for each interval that has passed, and advances the clock by those intervals.
        mutating func forgive(now: Instant) {
            let intervals = (now - failureClock).attoseconds / LoginThrottle.forgiveness.attoseconds
            failures = max(0, failures - Int(clamping: intervals))
            failureClock += LoginThrottle.forgiveness * intervals
        }

        var isBlank: Bool { failures == 0 && attempts == 0 }

        func delay(atMost longest: Duration) -> Duration {
            let excess = failures - LoginThrottle.freeFailures
            return excess < 0 ? .zero : min(longest, LoginThrottle.firstDelay * (1 << min(excess, 16)))
        }
    }

    private var addresses: [String: Record] = [:]
    private var accounts: [Name: Record] = [:]

    /// Starts an attempt; ``ended(_:_:succeeded:now:)`` ends it.
    ///
    /// - Parameter name: the account; nil if a token is tried, which tells of no account.
    /// - Parameter isKnown: whether the account has logged in from the address before.
    /// - Returns: how long to wait before checking the password; nil if too many attempts are under way.
    mutating func begin(_ address: String, _ name: Name? = nil, isKnown: Bool = false, now: Instant) -> Duration? {
        var record = Self.record(address, in: &addresses, now: now)
        let most = Self.attemptsUnderWay + (isKnown ? Self.attemptsOfKnown : 0)
        guard record.attempts < most else { return nil }
        record.attempts += 1
        addresses[address] = record
        var delay = record.delay(atMost: Self.longestAddressDelay)
        if let name {
            delay = max(
                delay, Self.record(name, in: &accounts, now: now).delay(atMost: Self.longestAccountDelay))
        }
        return isKnown ? min(delay, Self.longestKnownDelay) : delay
    }

    /// - Parameter succeeded: nil if the password was not checked.
    mutating func ended(_ address: String, _ name: Name? = nil, succeeded: Bool?, now: Instant) {
        addresses[address]?.attempts -= 1
        guard succeeded == false else { return }
        addresses[address]?.failures += 1
        guard let name else { return }
        var account = Self.record(name, in: &accounts, now: now)
        account.failures += 1
        accounts[name] = account
    }

    private static func record<Key>(_ key: Key, in records: inout [Key: Record], now: Instant) -> Record {
        if var record = records[key] {
            record.forgive(now: now)
            return record
        }
        if records.count >= remembered { forget(in: &records, now: now) }
        return Record(failureClock: now)
    }

    /// Makes room: forgets blank records, and if that is not enough, the half with the fewest failures.
    private static func forget<Key>(in records: inout [Key: Record], now: Instant) {
        for key in records.keys { records[key]?.forgive(now: now) }
        records = records.filter { !$0.value.isBlank }
        guard records.count >= remembered else { return }
        let middle = records.values.map(\.failures).sorted()[records.count / 2]
        records = records.filter { $0.value.attempts > 0 || $0.value.failures > middle }
    }
}
