import CSystem

/// An instant of the monotonic clock, in milliseconds; the type of every deadline and every `now`.
///
/// Spans of time are the standard library's `Duration`. `ContinuousClock.Instant` is not used: three of them enlarge a
/// server's connection from 384 to 425 bytes; it has no value for never; only its own clock can create one, so tests
/// could not; and it links 0.6 MB more into the one-shot client. ``TweetModel/Timestamp`` is the wall-clock time that
/// people read.
public struct Instant: Hashable, Sendable {
    /// Milliseconds since an unspecified instant before the process started.
    public let milliseconds: UInt64

    public init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
    }

    /// The current instant, which never decreases; see clock_gettime(2).
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: UInt64(clamping: time.tv_sec) * 1000 + UInt64(clamping: time.tv_nsec) / 1_000_000)
    }

    // Computed, so that other modules compare with a constant instead of calling an accessor.
    /// The deadline that never passes: later than every other instant, and unchanged when time is added.
    public static var never: Instant { Instant(milliseconds: .max) }
}

extension Instant: Comparable {
    public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
}

extension Instant {
    /// Adds a span, with a fraction of a millisecond rounded up; ``never`` if the sum is out of range.
    public static func + (instant: Instant, span: Duration) -> Instant {
        if instant == never { return never }
        let step = span.inMilliseconds
        let (sum, overflow) =
            step < 0
            ? instant.milliseconds.subtractingReportingOverflow(step.magnitude)
            : instant.milliseconds.addingReportingOverflow(step.magnitude)
        if overflow { return step < 0 ? Instant(milliseconds: 0) : never }
        return Instant(milliseconds: sum)
    }

    public static func += (instant: inout Instant, span: Duration) { instant = instant + span }

    /// Subtracts the right instant from the left one; negative if the left one is earlier.
    public static func - (left: Instant, right: Instant) -> Duration {
        left < right
            ? .milliseconds(-Int64(clamping: right.milliseconds - left.milliseconds))
            : .milliseconds(Int64(clamping: left.milliseconds - right.milliseconds))
    }
}

extension Duration {
    /// The span in milliseconds, with a fraction rounded up, so that a wait does not end early.
    ///
    /// A span that is out of range becomes the greatest representable one.
    public var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (fraction, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, carry) = whole.addingReportingOverflow(rest > 0 ? fraction + 1 : fraction)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }
}
