import Testing
import TweetModel

@testable import TweetClient

/// Moments in local time, also those that no server should send.
struct LocalTimeTests {
    @Test(arguments: [.min, .min + 998, -1, 0, .max] as [Int64])
    func everyNumberOfMillisecondsHasAText(milliseconds: Int64) {
        #expect(!LocalTime.text(of: Timestamp(milliseconds: milliseconds)).isEmpty)
    }

    @Test func aMomentBefore1970IsRoundedDown() {
        let text = LocalTime.text(of: Timestamp(milliseconds: -1))
        #expect(text.hasSuffix(":59"))
        #expect(LocalTime.text(of: Timestamp(milliseconds: -1000)) == text)
        #expect(LocalTime.text(of: Timestamp(milliseconds: -1001)).hasSuffix(":58"))
    }
}
