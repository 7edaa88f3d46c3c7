/// The clock for time-outs as a bare number; ``Instant`` replaces it.
public enum Clock {
    /// Milliseconds since some moment before the process started; never set back.
    public static var monotonicMilliseconds: UInt64 { Instant.now.milliseconds }
}
