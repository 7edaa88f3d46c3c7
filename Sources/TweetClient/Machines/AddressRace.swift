import TweetSystem

/// The order in which a host's addresses are tried: the rules alone, no clock and no socket.
///
/// Each address has a head start over the next one, and when one fails the next is tried at once: RFC 8305, section 5.
/// The first one that answers wins, so that a dead address costs a quarter of a second and not the whole time.
struct AddressRace: Sendable {
    /// The delay that RFC 8305 recommends, longer than most round trips.
    static let headStart: Duration = .milliseconds(250)
    /// The head start of the address of the connection before: long enough for one lost packet, which TCP sends again
    /// after a second (RFC 6298).
    ///
    /// Another address may lead to another server, which knows neither what was sent nor the sequences.
    static let knownHeadStart: Duration = .seconds(2)

    private let count: Int
    private let firstHeadStart: Duration
    private var started = 0
    private var underWay = 0
    /// When the next address is to be tried; never when all have been.
    private(set) var nextStart: Instant

    /// - Parameters:
    ///   - count: how many addresses there are, at least one.
    ///   - startsWithKnown: whether the first of them is the address of the connection before.
    ///   - limit: when all is given up: however little time there is, the second address gets half of it.
    init(count: Int, startsWithKnown: Bool, at now: Instant, until limit: Instant) {
        precondition(count > 0, "a host has an address")
        self.count = count
        // `Duration / 2` is a division of 128 bits that takes 10,000 instructions.
        let half = Duration.milliseconds(max(limit - now, .zero).inMilliseconds / 2)
        firstHeadStart = min(startsWithKnown ? Self.knownHeadStart : Self.headStart, half)
        nextStart = now
    }

    /// The next address, if it is to be tried now.
    mutating func next(at now: Instant) -> Int? {
        guard started < count, now >= nextStart else { return nil }
        defer {
            started += 1
            underWay += 1
            let headStart = started == 1 ? firstHeadStart : Self.headStart
            nextStart = started < count ? now + headStart : .never
        }
        return started
    }

    /// One of the addresses that were tried does not answer.
    mutating func failed(at now: Instant) {
        underWay -= 1
        if started < count { nextStart = now }
    }

    /// Whether all addresses have failed.
    var isLost: Bool { started == count && underWay == 0 }
}
