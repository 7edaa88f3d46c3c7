import TweetSystem

/// A span of the loop's time.
///
/// Spans are added up for each event: `Duration` arithmetic costs some percent of it. So does a run-time check for
/// overlapping accesses, which a call within the change of a property causes.
struct WorkTime: Hashable, Sendable {
    private var nanoseconds: UInt64

    static let zero = WorkTime(nanoseconds: 0)

    private init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The span between two instants; zero if they are not in this order.
    init(from start: PreciseInstant, to end: PreciseInstant) {
        let (difference, isNegative) = end.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
        nanoseconds = isNegative ? 0 : difference
    }

    static func microseconds(_ count: UInt64) -> WorkTime { WorkTime(nanoseconds: count * 1000) }
    static func milliseconds(_ count: UInt64) -> WorkTime { WorkTime(nanoseconds: count * 1_000_000) }
    static func seconds(_ count: UInt64) -> WorkTime { WorkTime(nanoseconds: count * 1_000_000_000) }

    static func += (time: inout WorkTime, other: WorkTime) { time.nanoseconds &+= other.nanoseconds }

    /// Subtracts a span, down to zero.
    static func -= (time: inout WorkTime, other: WorkTime) {
        time.nanoseconds -= min(time.nanoseconds, other.nanoseconds)
    }

    static func / (time: WorkTime, divisor: UInt64) -> WorkTime { WorkTime(nanoseconds: time.nanoseconds / divisor) }
}

extension WorkTime: Comparable {
    static func < (one: WorkTime, other: WorkTime) -> Bool { one.nanoseconds < other.nanoseconds }
}
