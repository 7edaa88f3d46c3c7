import TweetSystem

/// The monotonic clock as a bare number, as the machine and the fronts still take it.
enum Clock {
    static var monotonicMilliseconds: UInt64 { Instant.now.milliseconds }
}
