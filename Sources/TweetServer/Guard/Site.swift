import TweetReactor
import TweetSystem

/// Networks that count as one when places, turns, accounts and names are shared: an IPv4 address, or the first 48 bits of IPv6 addresses.
///
/// A customer may have as many as 65,536 networks of 64 bits (RFC 6177): as many times the place and the time of an
/// honest one, if each counted for itself.
final class Site {
    /// Its connections take turns with those of other sites when they have to wait for one.
    let turns = TurnGroup()
    /// The number of its open connections.
    var connections = 0
    /// The number of its connections that have a name or follow something.
    var stays = 0
    /// The accounts that it may make.
    var signUps: TokenBucket
    /// The number of names that its guests hold.
    var guestNames = 0

    init(now: Instant) {
        signUps = TokenBucket(ServerLimits.signUps, now: now)
    }
}
