import Testing
import TweetModel

@testable import TweetChat

/// A moment as another time zone's clock shows it.
struct ShiftedTimeTests {
    @Test(
        arguments: [
            (0, 3600, 3_600_000), (0, -3600, -3_600_000), (.max, 3600, .max), (.min, -3600, .min),
            (0, .max, .max), (0, .min, .min),
        ] as [(Int64, Int, Int64)])
    func aShiftEndsAtTheEndsOfTime(milliseconds: Int64, seconds: Int, shifted: Int64) {
        let moment = Timestamp(milliseconds: milliseconds)
        #expect(moment.shifted(bySeconds: seconds) == Timestamp(milliseconds: shifted))
        #expect(!LineStyle(secondsFromUTC: seconds).day(moment).isEmpty)
    }
}
