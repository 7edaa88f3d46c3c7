import TweetSystem

/// An allowance that refills at a steady rate: it permits a burst, and no flood.
///
/// It has no clock of its own.
struct TokenBucket {
    /// How much an allowance holds, and how fast it refills.
    struct Rate: Sendable {
        let burst: Int
        /// The tokens that come back in a second.
        let perSecond: Int
    }

    private let rate: Rate
    /// Thousandths of a token.
    private var level: Int
    /// The time up to which it is refilled.
    private var filled: Instant

    /// Creates a full allowance.
    init(_ rate: Rate, now: Instant) {
        self.rate = rate
        level = rate.burst * 1000
        filled = now
    }

    private mutating func refill(_ now: Instant) {
        guard now > filled else { return }
        let missing = rate.burst * 1000 - level
        let (gained, overflow) = (now - filled).inMilliseconds.multipliedReportingOverflow(by: Int64(rate.perSecond))
        level += overflow || gained > missing ? missing : Int(gained)
        filled = now
    }

    /// Takes a number of tokens; more than a burst count as one.
    ///
    /// - Returns: nil if they were there, else the time until they will be; nothing is taken then.
    mutating func take(_ count: Int = 1, now: Instant) -> Duration? {
        refill(now)
        let missing = min(count, rate.burst) * 1000 - level
        guard missing > 0 else {
            level = -missing
            return nil
        }
        return .milliseconds((missing + rate.perSecond - 1) / rate.perSecond)
    }

    /// Takes tokens even if there are not as many; the debt is paid by what comes back.
    ///
    /// It needs no clock: what has come back is added when somebody looks.
    mutating func spend(_ count: Int) {
        let (rest, overflow) = level.subtractingReportingOverflow(count * 1000)
        level = overflow ? .min / 2 : rest
    }

    /// Whether more was spent than is known to have come back.
    var isOverdrawn: Bool { level < 0 }

    /// The time until the debt is paid; zero if there is none.
    mutating func debt(now: Instant) -> Duration {
        refill(now)
        return level < 0 ? .milliseconds((-level + rate.perSecond - 1) / rate.perSecond) : .zero
    }

    /// Whether nothing is missing: forgetting it makes no difference.
    mutating func isFull(now: Instant) -> Bool {
        refill(now)
        return level == rate.burst * 1000
    }

    /// Whether there is a token.
    mutating func hasToken(now: Instant) -> Bool {
        refill(now)
        return level >= 1000
    }
}
