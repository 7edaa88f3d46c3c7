import Testing
import TweetModel

/// Conversion between milliseconds since 1970 and the text of a moment, in both directions.
struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1, "1970-01-01T00:00:00.001Z"),
            (999, "1970-01-01T00:00:00.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-1000, "1969-12-31T23:59:59.000Z"),
            (-1001, "1969-12-31T23:59:58.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (1_795_237_380_123, "2026-11-21T05:03:00.123Z"),
            (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func aMomentIsWrittenAndReadBack(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test func everyMomentOfTenThousandYearsIsReadBack() {
        // A prime step changes all fields.
        for milliseconds in stride(from: -62_167_219_200_000 as Int64, through: 253_402_300_799_999, by: 50_000_000_021)
        {
            let text = Timestamp(milliseconds: milliseconds).text
            #expect(Timestamp(text)?.milliseconds == milliseconds, "\(text)")
        }
    }

    @Test(
        arguments: [
            (Int64.min, "0000-01-01T00:00:00.000Z"),
            (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (Int64.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func aMomentOutsideIsWrittenAsTheNearestInside(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
    }

    @Test(arguments: [
        "", "2026", "2026-11-21", "2026-11-21T05:03:00Z", "2026-11-21T05:03:00.12Z", "2026-11-21T05:03:00.1234Z",
        "2026-11-21T05:03:00.123", "2026-11-21T05:03:00.123z", "2026-11-21t05:03:00.123Z", "2026-11-21 05:03:00.123Z",
        "2026-11-21T05:03:00,123Z", "2026-11-21T05:03:00.123+", " 2026-11-21T05:03:00.12Z", "-026-11-21T05:03:00.123Z",
        "2026-11-21T05:03:00.123Z ", "２026-11-21T05:03:0.123Z", "2026/11/21T05:03:00.123Z", "2026-11-21T05:03:00.1é3",
    ])
    func anotherFormIsNoMoment(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        "2026-02-29T00:00:00.000Z", "2100-02-29T00:00:00.000Z", "2026-04-31T00:00:00.000Z", "2026-00-10T00:00:00.000Z",
        "2026-13-10T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-32T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:60:00.000Z", "2016-12-31T23:59:60.000Z", "2026-99-99T99:99:99.999Z",
    ])
    func aDateThatDoesNotExistIsNoMoment(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func anEarlierMomentIsSmaller() {
        #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0))
        #expect(!(Timestamp(milliseconds: 5) < Timestamp(milliseconds: 5)))
    }
}
