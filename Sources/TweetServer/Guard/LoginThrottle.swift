import TweetModel
import TweetSystem

/// Slows down guessing at passwords and signing up by the hundred, for each address and each account.
///
/// Nobody waits for longer than some seconds, so that guessing at an account does not lock its owner out. What one address
/// has under way is bounded; more is refused. It has no clock of its own.
struct LoginThrottle {
    /// Failures that cost nothing: people mistype.
    static let freeFailures = 5
    /// The first delay; each further failure doubles it.
    static let firstDelay: Duration = .milliseconds(250)
    static let longestAddressDelay: Duration = .seconds(4)
    /// Shorter: the account's owner waits for it too.
    static let longestAccountDelay: Duration = .seconds(2)
    /// The time after which one failure is forgiven.
    static let forgiveness: Duration = .seconds(30)
    /// Attempts of one address that may be under way at once, waiting ones included.
    static let attemptsUnderWay = 4
    /// Sign-ups of one address before they are counted out, one in each interval.
    static let freeSignUps = 32
    static let signUpInterval: Duration = .seconds(10)
    /// Addresses, and accounts, that are remembered; the mildest are forgotten first.
    static let remembered = 10_000

    private struct Record {
        var failures = 0
        var attempts = 0
        var signUps = 0
        /// When a failure, and a sign-up, was forgiven last.
        var failureClock: Instant
        var signUpClock: Instant

        mutating func forgive(now: Instant) {
            Self.forgive(&failures, every: LoginThrottle.forgiveness, &failureClock, now: now)
            Self.forgive(&signUps, every: LoginThrottle.signUpInterval, &signUpClock, now: now)
        }

        /// Takes one off a count for each interval that is over, and moves its clock on by those.
        private static func forgive(_ count: inout Int, every interval: Duration, _ clock: inout Instant, now: Instant)
        {
            let intervals = (now - clock).attoseconds / interval.attoseconds
            count = max(0, count - Int(clamping: intervals))
            clock += interval * intervals
        }

        var isBlank: Bool { failures == 0 && attempts == 0 && signUps == 0 }

        func delay(atMost longest: Duration) -> Duration {
            let excess = failures - LoginThrottle.freeFailures
            return excess < 0 ? .zero : min(longest, LoginThrottle.firstDelay * (1 << min(excess, 16)))
        }
    }

    private var addresses: [String: Record] = [:]
    private var accounts: [Name: Record] = [:]

    /// Begins an attempt; ``ended(_:_:succeeded:now:)`` ends it.
    ///
    /// - Returns: how long to wait before the password is looked at; nil where too many are under way.
    mutating func begin(_ address: String, _ name: Name, now: Instant) -> Duration? {
        var record = Self.record(address, in: &addresses, now: now)
        guard record.attempts < Self.attemptsUnderWay else { return nil }
        record.attempts += 1
        addresses[address] = record
        let account = Self.record(name, in: &accounts, now: now)
        return max(record.delay(atMost: Self.longestAddressDelay), account.delay(atMost: Self.longestAccountDelay))
    }

    /// - Parameter succeeded: nil where the password was not looked at.
    mutating func ended(_ address: String, _ name: Name, succeeded: Bool?, now: Instant) {
        addresses[address]?.attempts -= 1
        guard succeeded == false else { return }
        addresses[address]?.failures += 1
        var account = Self.record(name, in: &accounts, now: now)
        account.failures += 1
        accounts[name] = account
    }

    /// Whether an address may sign up once more.
    mutating func signsUp(_ address: String, now: Instant) -> Bool {
        var record = Self.record(address, in: &addresses, now: now)
        guard record.signUps < Self.freeSignUps else { return false }
        record.signUps += 1
        addresses[address] = record
        return true
    }

    private static func record<Key>(_ key: Key, in records: inout [Key: Record], now: Instant) -> Record {
        if var record = records[key] {
            record.forgive(now: now)
            return record
        }
        if records.count >= remembered { forget(in: &records, now: now) }
        return Record(failureClock: now, signUpClock: now)
    }

    /// Makes room: all that has nothing to say any more, else the half that says least.
    private static func forget<Key>(in records: inout [Key: Record], now: Instant) {
        for key in records.keys { records[key]?.forgive(now: now) }
        records = records.filter { !$0.value.isBlank }
        guard records.count >= remembered else { return }
        let middle = records.values.map(\.failures).sorted()[records.count / 2]
        records = records.filter { $0.value.attempts > 0 || $0.value.failures > middle }
    }
}
