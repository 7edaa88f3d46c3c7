import TweetSystem

/// The monotonic clock as a plain number, for the machine and the fronts.
enum Clock {
    static var monotonicMilliseconds: UInt64 { Instant.now.milliseconds }
}
