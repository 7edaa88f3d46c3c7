/// Bounds of connections that hold whatever their bytes mean.
///
/// Each has a unit and a reason.
public enum ConnectionLimits {
    /// Milliseconds that output may wait for a client that does not read.
    public static let stalledOutputMilliseconds: UInt64 = 30_000
    /// Milliseconds that a refused connection's input is read and dropped, so that the answer is not lost to a reset.
    public static let lingerMilliseconds: UInt64 = 2_000
    /// Connections waiting to be accepted, as far as the kernel allows.
    public static let listenBacklog: Int32 = 4096
    /// Connections accepted in one turn of the loop, so that a flood leaves room for those already here.
    public static let acceptsPerTurn = 64
    /// Milliseconds that accepting pauses when descriptors have run out.
    public static let acceptPauseMilliseconds: UInt64 = 100
}
