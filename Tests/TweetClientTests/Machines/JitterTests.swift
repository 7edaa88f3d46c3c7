import Testing
import TweetClient
import TweetSystem

extension Jitter {
    /// Comes back when the server asks for it.
    static let none = Jitter { $0.lowerBound }
    /// Comes back as late as possible.
    static let most = Jitter { $0.upperBound }
}

/// Clients that were refused together come back one after the other.
struct JitterTests {
    @Test(
        arguments: [
            (4_000, 60_000, 5_000), (1_000, 60_000, 1_250), (100, 60_000, 150), (0, 60_000, 50),
            // Half of what is left after the span stays for the request.
            (4_000, 5_000, 4_500), (4_000, 4_001, 4_000), (4_000, 4_000, 4_000), (4_000, 0, 4_000),
            (4_000, -1, 4_000), (4_000, .max, 5_000),
        ] as [(Int64, Int64, Int64)])
    func aSpanIsExtendedByAQuarterAtMost(span: Int64, time: Int64, most: Int64) {
        let (span, time) = (Duration.milliseconds(span), Duration.milliseconds(time))
        #expect(Jitter.most.extend(span, within: time) == .milliseconds(most))
        #expect(Jitter.none.extend(span, within: time) == span)
    }

    @Test func theSystemsIsLeftToChance() {
        let pauses = Set((0..<100).map { _ in Jitter.system.extend(.seconds(4), within: .seconds(60)) })
        #expect(pauses.count > 10)
        #expect(pauses.allSatisfy { $0 >= .seconds(4) && $0 <= .seconds(5) })
    }
}
