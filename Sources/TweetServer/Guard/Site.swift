import TweetReactor

/// Networks that count as one when places and turns are shared: an IPv4 address, or the first 48 bits of IPv6 addresses.
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
}
