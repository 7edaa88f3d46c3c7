import TweetReactor
import TweetSystem

/// The places, turns, accounts and guests' names that the networks of one ``TweetSystem/SocketAddress/site`` share.
///
/// A customer may have 65,536 networks of IPv6: as many times the place and the time of an honest one, if each counted
/// for itself.
final class Site {
    /// Its connections take turns with those of other sites when they have to wait for one.
    let turns = TurnGroup()
    /// Its open connections that are for one request, as far as is known.
    var passing = EvictableClients()
    /// Its open connections that have a name or follow something, and so stay for long.
    var staying = EvictableClients()
    /// The accounts that it may make.
    var signUps: TokenBucket
    /// The number of names that its guests hold.
    var guestNames = 0

    init(now: Instant) {
        signUps = TokenBucket(ServerLimits.signUps, now: now)
    }
}
