import Testing
import TweetSystem

/// Instants and the spans between them.
struct InstantTests {
    private func instant(_ milliseconds: UInt64) -> Instant { Instant(milliseconds: milliseconds) }

    @Test(
        arguments: [
            (1000, .zero, 1000), (1000, .milliseconds(5), 1005), (1000, .seconds(-1), 0),
            // A span is rounded up, so that no wait is too short.
            (1000, .nanoseconds(1), 1001), (1000, .microseconds(1500), 1002), (1000, .microseconds(-1500), 999),
            // Results stop at the first and the last instant.
            (1000, .seconds(-2), 0), (1000, .seconds(Int64.min), 0), (.max - 1000, .seconds(Int64.max), .max),
            (.max - 1, .milliseconds(1), .max), (.max - 1, .milliseconds(2), .max),
        ] as [(UInt64, Duration, UInt64)])
    func aSpanLaterIsRoundedUpAndStaysBetweenTheEnds(start: UInt64, span: Duration, end: UInt64) {
        #expect(instant(start) + span == instant(end))
    }

    @Test(arguments: [.zero, .seconds(-1), .seconds(1), .seconds(Int64.min), .seconds(Int64.max)] as [Duration])
    func neverStaysNever(span: Duration) {
        #expect(Instant.never + span == .never)
    }

    @Test func neverIsLaterThanAll() {
        #expect(Instant.now < .never)
        #expect(instant(.max - 1) < .never)
    }

    @Test func aDifferenceHasASign() {
        #expect(instant(1500) - instant(1000) == .milliseconds(500))
        #expect(instant(1000) - instant(1500) == .milliseconds(-500))
        // The difference is longer than any clock runs.
        #expect(Instant.never - instant(0) == .milliseconds(Int64.max))
        #expect(instant(0) - .never == .milliseconds(-Int64.max))
    }

    @Test func theClockDoesNotGoBack() {
        let moments = (0..<1000).map { _ in Instant.now }
        #expect(moments == moments.sorted())
        #expect(moments.allSatisfy { $0 > instant(0) })
    }

    /// Each connection of a server holds three instants.
    @Test func anInstantHasEightBytes() {
        #expect(MemoryLayout<Instant>.size == 8)
    }

    @Test(
        arguments: [
            (.zero, 0), (.seconds(2), 2000), (.microseconds(1), 1), (.microseconds(1001), 2), (.milliseconds(-3), -3),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)])
    func aSpanInMillisecondsIsRoundedUp(span: Duration, milliseconds: Int64) {
        #expect(span.inMilliseconds == milliseconds)
    }
}
