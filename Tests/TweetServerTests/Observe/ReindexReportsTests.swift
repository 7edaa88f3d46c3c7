import Testing
import TweetStore
import TweetSystem

@testable import TweetServer

struct ReindexReportsTests {
    private func progress(_ sequence: Int64) -> ReindexProgress { ReindexProgress(sequence: sequence, newest: 9000) }

    @Test func aSmallStoreReportsNothing() {
        var reports = ReindexReports(now: Instant(milliseconds: 500))
        #expect(reports.line(for: progress(8000), now: Instant(milliseconds: 1499)) == nil)
        #expect(reports.endLine == nil)
    }

    @Test func aLargeOneReportsEverySecondAndItsEnd() {
        let start = Instant.now
        var reports = ReindexReports(now: start)
        let lines = (1...25).compactMap {
            reports.line(for: progress($0 * 100), now: start + .milliseconds(100 * $0))
        }
        #expect(
            lines == [
                "indexing hashtags anew: message 1000 of 9000", "indexing hashtags anew: message 2000 of 9000",
            ])
        #expect(reports.endLine == "all hashtags are indexed anew")
    }
}
