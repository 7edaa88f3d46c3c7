import CSystem
public import TweetModel

/// The two clocks: one for time-outs that nobody sets, one for what people read.
public enum Clock {
    /// Milliseconds since some moment before the process started; never set back.
    ///
    /// See clock_gettime(2).
    public static var monotonicMilliseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
