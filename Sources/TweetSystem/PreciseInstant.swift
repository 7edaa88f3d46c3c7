import CSystem

/// An instant of the monotonic clock in nanoseconds, to measure how long something takes.
///
/// Deadlines are an ``Instant``: this one costs as much to read, but its spans are what a turn of a loop is divided by.
public struct PreciseInstant: Hashable, Sendable {
    /// Nanoseconds since an unspecified instant before the process started.
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The current instant, which never decreases; see clock_gettime(2).
    public static var now: PreciseInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return PreciseInstant(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    /// The span from an earlier instant; zero if that one is later.
    public func since(_ earlier: PreciseInstant) -> Duration {
        .nanoseconds(Int64(clamping: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0))
    }
}

extension PreciseInstant: Comparable {
    public static func < (left: PreciseInstant, right: PreciseInstant) -> Bool { left.nanoseconds < right.nanoseconds }
}
