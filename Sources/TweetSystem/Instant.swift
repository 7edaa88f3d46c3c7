import CSystem

/// A moment of the clock that nobody sets, in milliseconds: what every deadline and every `now` is.
///
/// Spans of time are the standard library's `Duration`. `ContinuousClock.Instant` does not serve: with three of them a
/// server's connection takes 425 bytes instead of 384; none of them is never; only its own clock makes one, so no test
/// could; and it links 0.6 MB more into the one-shot client. ``TweetModel/Timestamp`` is the moment that people read.
public struct Instant: Hashable, Sendable {
    /// Milliseconds since some moment before the process started.
    public let milliseconds: UInt64

    public init(milliseconds: UInt64) {
        self.milliseconds = milliseconds
    }

    /// The present, which is never set back; see clock_gettime(2).
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000)
    }

    // Computed, so that other modules compare with a number instead of calling for one.
    /// The deadline of whatever has no end: later than every other instant, and still itself when time is added to it.
    public static var never: Instant { Instant(milliseconds: .max) }
}

extension Instant: Comparable {
    public static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
}

extension Instant {
    /// The instant a span later, a fraction of a millisecond rounded up; ``never`` where no other is late enough.
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

    /// The span from the right instant to the left one; negative where that comes first.
    public static func - (left: Instant, right: Instant) -> Duration {
        left < right
            ? .milliseconds(-Int64(clamping: right.milliseconds - left.milliseconds))
            : .milliseconds(Int64(clamping: left.milliseconds - right.milliseconds))
    }
}

extension Duration {
    /// The span in milliseconds, a fraction rounded up, so that whatever waits for it does not end early.
    ///
    /// A span that is longer than the number can say is the longest that it can.
    public var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (fraction, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, carry) = whole.addingReportingOverflow(rest > 0 ? fraction + 1 : fraction)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }
}
