import CSystem
import Testing
import TweetSystem

@testable import TweetServer

/// A shortage of descriptors: the server reports it without filling the log.
struct ExhaustionTests {
    @Test func itIsReportedOnceASecondOfTheServersClock() throws {
        let fixture = try ServerFixture()
        for pause in [0, 999, 1, 999, 1] {
            fixture.pass(.milliseconds(pause))
            fixture.server.reportExhaustion(Errno(code: EMFILE))
        }
        fixture.server.log.flush()
        let count = fixture.reports.split(separator: "\n").count { $0.contains("accepting is paused") }
        #expect(count == 3)
    }
}
