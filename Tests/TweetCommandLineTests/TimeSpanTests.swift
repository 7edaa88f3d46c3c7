import Testing
import TweetSystem

@testable import TweetCommandLine

/// Spans of time as a user writes them on a command line.
struct TimeSpanTests {
    @Test(
        arguments: [
            ("0", 0), ("0s", 0), ("1ms", 1), ("1", 1000), ("10", 10_000), ("90s", 90_000), ("15m", 900_000),
            ("25h", 90_000_000), ("2d", 172_800_000), ("007s", 7000), ("3650d", 315_360_000_000),
            ("315360000000ms", 315_360_000_000),
        ] as [(String, Int)])
    func aSpanIsANumberWithAUnitAndSecondsWithout(text: String, milliseconds: Int) {
        #expect(TimeSpan.duration(text) == .milliseconds(milliseconds))
    }

    @Test(
        arguments: [
            ("0.25", 250), ("0.001", 1), ("0.0001", 1), ("1.0000", 1000), ("1.0009", 1001), ("2.5", 2500),
            ("0.9999", 1000), ("00.5", 500), ("1.5h", 5_400_000), ("0.5ms", 1), ("0.25m", 15_000), ("0.1d", 8_640_000),
            ("0.000000000001d", 1), ("1.000000000000000s", 1000), ("1.00000000000000000000000001s", 1001),
            ("0.333333333333333333333m", 20_000),
        ] as [(String, Int)])
    func aFractionIsRoundedUpToAMillisecond(text: String, milliseconds: Int) {
        #expect(TimeSpan.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "-1s", "+1s", "-1", "+1", ".", ".5", "1.", "1.s", "1..2", "1.2.3", "1,5", "1e1", "1e3s", "0x1",
        "0x10s", "inf", "nan", " 1", "1 ", "1 s", " 1s", "1s ", "1S", "1w", "1sec", "1ss", "1 m", "١s", "٣", "1.٣",
        "3651d", "3650.0001d", "315360000.001", "9223372036854775807", "9223372036854775807ms", "99999999999999999999d",
    ])
    func anythingElseIsNotUnderstood(text: String) {
        #expect(TimeSpan.duration(text) == nil)
    }
}
