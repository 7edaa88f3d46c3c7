import TweetSystem

/// An allowance that refills at a steady rate: it permits a burst, and no flood.
///
/// It has no clock of its own.
struct TokenBucket {
    /// How much an allowance holds, and how fast it refills.
    struct Rate: Sendable {
        let burst: Int
        /// The tokens that come back in ``span``.
        let count: Int
        let span: Duration

        init(burst: Int, perSecond count: Int) {
            self.init(burst: burst, count, in: .seconds(1))
        }

        init(burst: Int, perHour count: Int) {
            self.init(burst: burst, count, in: .seconds(3600))
        }

        private init(burst: Int, _ count: Int, in span: Duration) {
            self.burst = burst
            self.count = count
            self.span = span
        }

        /// Parts of a token such that ``count`` of them come back in each millisecond: nothing is rounded.
        fileprivate var parts: Int { Int(span.inMilliseconds) }
    }

    private let rate: Rate
    /// Parts of a token; see ``Rate/parts``.
    private var level: Int
    /// The time up to which it is refilled.
    private var filled: Instant

    /// Creates a full allowance.
    init(_ rate: Rate, now: Instant) {
        self.rate = rate
        level = rate.burst * rate.parts
        filled = now
    }

    private mutating func refill(_ now: Instant) {
        guard now > filled else { return }
        let missing = rate.burst * rate.parts - level
        let (gained, overflow) = (now - filled).inMilliseconds.multipliedReportingOverflow(by: Int64(rate.count))
        level += overflow || gained > missing ? missing : Int(gained)
        filled = now
    }

    /// Takes a number of tokens; more than a burst count as one.
    ///
    /// - Returns: nil if they were there, else the time until they will be; nothing is taken then.
    mutating func take(_ count: Int = 1, now: Instant) -> Duration? {
        refill(now)
        let missing = min(count, rate.burst) * rate.parts - level
        guard missing > 0 else {
            level = -missing
            return nil
        }
        return span(for: missing)
    }

    /// Gives back a token that was taken for something that did not happen.
    mutating func giveBack() {
        level = min(level + rate.parts, rate.burst * rate.parts)
    }

    /// The time in which some parts of tokens come back, rounded up to milliseconds.
    private func span(for parts: Int) -> Duration { .milliseconds((parts + rate.count - 1) / rate.count) }

    /// Takes tokens even if there are not as many; the debt is paid by what comes back.
    ///
    /// It needs no clock: what has come back is added when somebody looks.
    mutating func spend(_ count: Int) {
        let (rest, overflow) = level.subtractingReportingOverflow(count * rate.parts)
        level = overflow ? .min / 2 : rest
    }

    /// Whether more was spent than is known to have come back.
    var isOverdrawn: Bool { level < 0 }

    /// The time until the debt is paid; zero if there is none.
    mutating func debt(now: Instant) -> Duration {
        refill(now)
        return level < 0 ? span(for: -level) : .zero
    }

    /// Whether nothing is missing: forgetting it makes no difference.
    mutating func isFull(now: Instant) -> Bool {
        refill(now)
        return level == rate.burst * rate.parts
    }

    /// Whether there is a token.
    mutating func hasToken(now: Instant) -> Bool {
        refill(now)
        return level >= rate.parts
    }
}
