import TweetReactor
import TweetSystem

/// The places, turns, stored bytes, reports, accounts and guests' names that the networks of one
/// ``TweetSystem/SocketAddress/site`` share.
///
/// A customer may have 65,536 networks of IPv6: as many times the place and the time of an honest one, if each counted
/// for itself.
final class Site {
    /// Its connections take turns with those of other sites when they have to wait for one.
    let turns = TurnGroup()
    /// Its open connections that are for one request, as far as is known.
    let passing = EvictableClients()
    /// Its open connections that have a name or follow something, and so stay for long.
    let staying = EvictableClients()
    /// The bytes that it may store.
    private var storage: TokenBucket
    /// Whether it has stored more than it may, as far as is known.
    private(set) var owesStorage = false
    /// The accounts that it may make.
    var signUps: TokenBucket
    /// The number of names that its guests hold.
    var guestNames = 0
    var reports: ReportAllowance

    init(now: Instant) {
        storage = TokenBucket(ServerLimits.storedBytes, now: now)
        signUps = TokenBucket(ServerLimits.signUps, now: now)
        reports = ReportAllowance(now: now)
    }

    /// Takes stored bytes from its allowance, even if there are not as many.
    func spendStorage(_ byteCount: Int) {
        storage.spend(byteCount)
        owesStorage = storage.isOverdrawn
    }

    /// The time until it may store again; zero if it may.
    func storageDebt(now: Instant) -> Duration {
        defer { owesStorage = storage.isOverdrawn }
        return storage.debt(now: now)
    }

    /// Whether it may store and be reported as much as one that has just come.
    func hasAllowances(now: Instant) -> Bool { storage.isFull(now: now) && reports.isFull(now: now) }
}
