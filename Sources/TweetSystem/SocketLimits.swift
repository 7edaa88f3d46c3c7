/// Bounds of sockets that the server and the clients share.
///
/// Each has a unit and a reason.
public enum SocketLimits {
    /// Bytes read from a connection in one turn of the loop, into a buffer that all connections share.
    public static let readBytes = 8192
    /// The time that a peer may be unreachable, whether idle or with unacknowledged bytes: until then its name stays
    /// taken and its client waits.
    ///
    /// A little more than ``TweetReactor/ConnectionLimits/stalledOutput``: the kernel cannot distinguish a peer that
    /// does not read from one that has vanished, so the server's own limit, which reports the reason, applies first.
    public static let vanishedPeer: Duration = .seconds(35)
}
