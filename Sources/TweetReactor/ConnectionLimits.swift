/// Bounds of connections, whatever their protocol.
///
/// Each has a unit and a reason.
public enum ConnectionLimits {
    /// The time that output may wait for a client that does not read.
    public static let stalledOutput: Duration = .seconds(30)
    /// The time for which the input of a finished connection is read and dropped, so that no reset destroys the answer.
    public static let linger: Duration = .seconds(2)
    /// The queue of connections that wait to be accepted; the kernel may limit it further.
    public static let listenBacklog: Int32 = 4096
    /// Connections accepted in one turn of the loop, so that a flood leaves time for existing connections.
    public static let acceptsPerTurn = 64
    /// Reads of a connection in one turn, where one is not enough: decrypted input makes no descriptor readable.
    public static let readsPerTurn = 4
    /// Steps of TLS handshakes in one turn; each takes about half a millisecond, which all other connections wait.
    public static let handshakesPerTurn = 2
    /// The pause in accepting when descriptors have run out.
    public static let acceptPause: Duration = .milliseconds(100)
}
