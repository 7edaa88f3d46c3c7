import CSystem

/// The clock for time-outs, which nobody sets; ``TweetModel/Timestamp/now`` is the one for what people read.
public enum Clock {
    /// Milliseconds since some moment before the process started; never set back.
    ///
    /// See clock_gettime(2).
    public static var monotonicMilliseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }
}
