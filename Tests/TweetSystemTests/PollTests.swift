import CSystem
import Testing
import TweetSystem

/// Waiting for one descriptor.
struct PollTests {
    @Test func anEmptyPipeCanBeWrittenAndNotRead() throws {
        let ends = try Ends.ofPipe()
        #expect(try Poll.wait(for: ends.writing, toWrite: true, milliseconds: 0))
        #expect(try !Poll.wait(for: ends.reading, toWrite: false, milliseconds: 0))
    }

    @Test(arguments: [0, 1, 60_000, UInt64(Int32.max) + 1, .max])
    func whatIsReadyIsNotWaitedFor(milliseconds: UInt64) throws {
        let ends = try Ends.ofPipe()
        #expect(try Array("x".utf8).withUnsafeBytes { try ends.writing.write($0) } == 1)
        #expect(try Poll.wait(for: ends.reading, toWrite: false, milliseconds: milliseconds))
    }

    @Test func anEndIsReady() throws {
        let reading = try Ends.ofPipe().closeWriting()
        #expect(try Poll.wait(for: reading, toWrite: false, milliseconds: 60_000))
        #expect(try reading.text(atMost: 1) == "")
    }

    @Test func theTimeIsWaitedOut() throws {
        let ends = try Ends.ofPipe()
        let start = Clock.monotonicMilliseconds
        #expect(try !Poll.wait(for: ends.reading, toWrite: false, milliseconds: 5))
        #expect(Clock.monotonicMilliseconds - start >= 5)
    }
}
