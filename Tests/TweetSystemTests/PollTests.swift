import CSystem
import Testing
import TweetSystem

/// Waiting for one descriptor.
struct PollTests {
    @Test func anEmptyPipeCanBeWrittenAndNotRead() throws {
        let ends = try Ends.ofPipe()
        #expect(try Poll.wait(for: ends.writing, toWrite: true, until: .now))
        #expect(try !Poll.wait(for: ends.reading, toWrite: false, until: .now))
    }

    @Test(
        arguments: [.zero, .milliseconds(1), .seconds(60), .milliseconds(Int64(Int32.max) + 1), .seconds(Int64.max)]
            as [Duration])
    func whatIsReadyIsNotWaitedFor(time: Duration) throws {
        let ends = try Ends.ofPipe()
        #expect(try Array("x".utf8).withUnsafeBytes { try ends.writing.write($0) } == 1)
        #expect(try Poll.wait(for: ends.reading, toWrite: false, until: .now + time))
    }

    @Test func anEndIsReady() throws {
        let reading = try Ends.ofPipe().closeWriting()
        #expect(try Poll.wait(for: reading, toWrite: false, until: .now + .seconds(60)))
        #expect(try reading.text(atMost: 1) == "")
    }

    @Test func theTimeIsWaitedOut() throws {
        let ends = try Ends.ofPipe()
        let start = Instant.now
        #expect(try !Poll.wait(for: ends.reading, toWrite: false, until: start + .milliseconds(5)))
        #expect(Instant.now - start >= .milliseconds(5))
    }

    @Test func aPauseEndsAtItsDeadline() {
        let start = Instant.now
        Poll.pause(until: start)
        Poll.pause(until: start + .milliseconds(5))
        #expect(Instant.now - start >= .milliseconds(5))
    }
}
