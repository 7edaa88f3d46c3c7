import Testing
import TweetClient

/// Spans of time as they stand on a command line.
struct TimeSpanTests {
    @Test(
        arguments: [
            ("0s", 0), ("1ms", 1), ("90s", 90_000), ("15m", 900_000), ("25h", 90_000_000), ("2d", 172_800_000),
            ("007s", 7000), ("9223372036854775807ms", .max),
        ] as [(String, Int64)])
    func anAgeIsAWholeNumberWithAUnit(text: String, milliseconds: Int64) {
        #expect(TimeSpan.age(text) == milliseconds)
    }

    @Test(arguments: [
        "", "90", "s", "-1s", "+1s", "1.5h", "1 s", " 1s", "1s ", "1S", "1w", "1sec", "1e3s", "١s", "0x10s", "1ss",
        "9223372036854775808ms", "9223372036854775807s", "99999999999999999999d",
    ])
    func anotherAgeIsNotUnderstood(text: String) {
        #expect(TimeSpan.age(text) == nil)
    }

    @Test(
        arguments: [
            ("1", 1000), ("10", 10_000), ("0.25", 250), ("0.001", 1), ("0.0001", 1), ("1.0000", 1000), ("1.0009", 1001),
            ("2.5", 2500), ("86400", 86_400_000), ("86400.0", 86_400_000), ("0.9999", 1000), ("00.5", 500),
        ] as [(String, UInt64)])
    func aTimeoutIsSecondsWithAFraction(text: String, milliseconds: UInt64) {
        #expect(TimeSpan.timeout(text) == milliseconds)
    }

    @Test(arguments: [
        "", "0", "0.0", "-1", "+1", ".", ".5", "1.", "1..2", "1.2.3", "1,5", "1e1", "0x1", "inf", "nan", "10s", " 1",
        "1 ",
        "86401", "86400.001", "86400.0001", "99999999999999999999", "٣",
    ])
    func anotherTimeoutIsNotUnderstood(text: String) {
        #expect(TimeSpan.timeout(text) == nil)
    }
}
