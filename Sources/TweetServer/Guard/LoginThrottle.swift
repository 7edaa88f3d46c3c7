import TweetModel

/// Slows down guessing at passwords and signing up by the hundred, for each address and each account.
///
/// Nobody waits for longer than some seconds, so that guessing at an account does not lock its owner out. What one address
/// has under way is bounded; more is refused. No clock: times are milliseconds that never go back.
struct LoginThrottle {
    /// Failures that cost nothing: people mistype.
    static let freeFailures = 5
    /// Milliseconds of the first delay; each further failure doubles it.
    static let firstDelay: UInt64 = 250
    static let longestAddressDelay: UInt64 = 4000
    /// Shorter: the account's owner waits for it too.
    static let longestAccountDelay: UInt64 = 2000
    /// Milliseconds after which one failure is forgiven.
    static let forgiveness: UInt64 = 30_000
    /// Attempts of one address that may be under way at once, waiting ones included.
    static let attemptsUnderWay = 4
    /// Sign-ups of one address before they are counted out, one in so many milliseconds.
    static let freeSignUps = 32
    static let signUpInterval: UInt64 = 10_000
    /// Addresses, and accounts, that are remembered; the mildest are forgotten first.
    static let remembered = 10_000

    private struct Record {
        var failures = 0
        var attempts = 0
        var signUps = 0
        /// When a failure, and a sign-up, was forgiven last.
        var failureClock: UInt64 = 0
        var signUpClock: UInt64 = 0

        mutating func forgive(now: UInt64) {
            let failures = (now - failureClock) / LoginThrottle.forgiveness
            self.failures = max(0, self.failures - Int(clamping: failures))
            failureClock += failures * LoginThrottle.forgiveness
            let signUps = (now - signUpClock) / LoginThrottle.signUpInterval
            self.signUps = max(0, self.signUps - Int(clamping: signUps))
            signUpClock += signUps * LoginThrottle.signUpInterval
        }

        var isBlank: Bool { failures == 0 && attempts == 0 && signUps == 0 }

        func delay(atMost longest: UInt64) -> UInt64 {
            let excess = failures - LoginThrottle.freeFailures
            return excess < 0 ? 0 : min(longest, LoginThrottle.firstDelay << UInt64(min(excess, 16)))
        }
    }

    private var addresses: [String: Record] = [:]
    private var accounts: [Name: Record] = [:]

    /// Begins an attempt; ``ended(_:_:succeeded:now:)`` ends it.
    ///
    /// - Returns: milliseconds to wait before the password is looked at; nil where too many are under way.
    mutating func begin(_ address: String, _ name: Name, now: UInt64) -> UInt64? {
        var record = Self.record(address, in: &addresses, now: now)
        guard record.attempts < Self.attemptsUnderWay else { return nil }
        record.attempts += 1
        addresses[address] = record
        let account = Self.record(name, in: &accounts, now: now)
        return max(record.delay(atMost: Self.longestAddressDelay), account.delay(atMost: Self.longestAccountDelay))
    }

    /// - Parameter succeeded: nil where the password was not looked at.
    mutating func ended(_ address: String, _ name: Name, succeeded: Bool?, now: UInt64) {
        addresses[address]?.attempts -= 1
        guard succeeded == false else { return }
        addresses[address]?.failures += 1
        var account = Self.record(name, in: &accounts, now: now)
        account.failures += 1
        accounts[name] = account
    }

    /// Whether an address may sign up once more.
    mutating func signsUp(_ address: String, now: UInt64) -> Bool {
        var record = Self.record(address, in: &addresses, now: now)
        guard record.signUps < Self.freeSignUps else { return false }
        record.signUps += 1
        addresses[address] = record
        return true
    }

    private static func record<Key>(_ key: Key, in records: inout [Key: Record], now: UInt64) -> Record {
        if var record = records[key] {
            record.forgive(now: now)
            return record
        }
        if records.count >= remembered { forget(in: &records, now: now) }
        return Record(failureClock: now, signUpClock: now)
    }

    /// Makes room: all that has nothing to say any more, else the half that says least.
    private static func forget<Key>(in records: inout [Key: Record], now: UInt64) {
        for key in records.keys { records[key]?.forgive(now: now) }
        records = records.filter { !$0.value.isBlank }
        guard records.count >= remembered else { return }
        let middle = records.values.map(\.failures).sorted()[records.count / 2]
        records = records.filter { $0.value.attempts > 0 || $0.value.failures > middle }
    }
}
