/// Bounds of sockets that the server and the clients share.
///
/// Each has a unit and a reason.
public enum SocketLimits {
    /// Bytes read from a connection in one turn of the loop, into a buffer that all connections share.
    public static let readBytes = 8192
    /// How long a peer may be out of reach, silent or with bytes on their way to it: for so long its name stays taken
    /// and its client waits.
    ///
    /// A little more than ``TweetReactor/ConnectionLimits/stalledOutput``: the kernel counts a peer that is there and does not read as one
    /// that has vanished, and the server's own rule says why it disconnects that one.
    public static let vanishedPeer: Duration = .seconds(35)
}
