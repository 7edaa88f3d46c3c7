import Testing

@testable import TweetHTTP

/// The signs of life in streams.
struct EventStreamTests {
    @Test func aHeartbeatIsAComment() {
        #expect(EventStream.heartbeat.first == UInt8(ascii: ":"))
        #expect(EventStream.heartbeat.suffix(2) == [.lineFeed, .lineFeed])
        #expect(EventStream.lineHeartbeat == [.lineFeed])
    }
}
