/// Bounds of connections that hold whatever their bytes mean.
///
/// Each has a unit and a reason.
public enum ConnectionLimits {
    /// How long output may wait for a client that does not read.
    public static let stalledOutput: Duration = .seconds(30)
    /// How long a refused connection's input is read and dropped, so that the answer is not lost to a reset.
    public static let linger: Duration = .seconds(2)
    /// Connections waiting to be accepted, as far as the kernel allows.
    public static let listenBacklog: Int32 = 4096
    /// Connections accepted in one turn of the loop, so that a flood leaves room for those already here.
    public static let acceptsPerTurn = 64
    /// How long accepting pauses when descriptors have run out.
    public static let acceptPause: Duration = .milliseconds(100)
}
