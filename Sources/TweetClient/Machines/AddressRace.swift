import TweetSystem

/// The order in which a host's addresses are tried: only the rules, without a clock or a socket.
///
/// Each address has a head start over the next one, and if one fails the next is tried at once: RFC 8305, section 5.
/// The first one that answers wins, so that a dead address costs a quarter of a second and not the whole time limit.
struct AddressRace: Sendable {
    /// The delay that RFC 8305 recommends, longer than most round trips.
    static let headStart: Duration = .milliseconds(250)
    /// The head start of the previous connection's address: long enough for one lost packet, which TCP sends again
    /// after a second (RFC 6298).
    ///
    /// Another address may lead to another server, which knows neither the sent messages nor the sequences.
    static let knownHeadStart: Duration = .seconds(2)

    private let count: Int
    private let firstHeadStart: Duration
    private var started = 0
    private var underWay = 0
    /// The time to try the next address; never if all have been tried.
    private(set) var nextStart: Instant

    /// - Parameters:
    ///   - count: the number of addresses, at least one.
    ///   - startsWithKnown: whether the first one is the previous connection's address.
    ///   - limit: when to give up; the second address gets at least half of the time, however short it is.
    init(count: Int, startsWithKnown: Bool, at now: Instant, until limit: Instant) {
        precondition(count > 0, "a host has an address")
        self.count = count
        // `Duration / 2` is a 128-bit division, which takes 10,000 instructions.
        let half = Duration.milliseconds(max(limit - now, .zero).inMilliseconds / 2)
        firstHeadStart = min(startsWithKnown ? Self.knownHeadStart : Self.headStart, half)
        nextStart = now
    }

    /// The next address, if it is time to try it.
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

    /// Notes that an attempt has failed.
    mutating func failed(at now: Instant) {
        underWay -= 1
        if started < count { nextStart = now }
    }

    /// Whether all addresses have failed.
    var isLost: Bool { started == count && underWay == 0 }
}
