import Testing
import TweetModel

@testable import TweetServer

/// A journal that fails under a running server: the server says so and ends, and acknowledges nothing more.
struct JournalFailureTests {
    @Test func anUploadUnderWayIsUnknownAndTheServerEnds() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        let other = try fixture.connect()
        try client.expect(#"["u","before"]"#, "ok")
        #expect(fixture.server.failure == nil)
        fixture.journal.fail("the store has failed: why")
        try client.expect(#"["u","after"]"#, "unknown")
        #expect(fixture.server.failure == "the store has failed: why")
        #expect(try client.next() == nil)
        #expect(try other.next() == nil)
        let reports = fixture.reports.split(separator: "\n").filter { $0.contains("failed: why; the server ends") }
        #expect(reports.count == 1)
        #expect(reports.first?.hasPrefix("SERVER [ERROR] ") == true)
    }
}
