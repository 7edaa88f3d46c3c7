import Testing

@testable import TweetHTTP

/// Server-sent events as bytes.
struct EventStreamTests {
    @Test(
        arguments: [
            ("hello", nil, nil, "data: hello\n\n"), ("", nil, nil, "data: \n\n"),
            ("{}", "tweet", 7, "id: 7\nevent: tweet\ndata: {}\n\n"), ("x", nil, -1, "id: -1\ndata: x\n\n"),
            ("a\nb", nil, nil, "data: a\ndata: b\n\n"),
            ("a\r\nb\rc\n", nil, nil, "data: a\ndata: b\ndata: c\ndata: \n\n"),
            ("\n\nevent: x", nil, nil, "data: \ndata: \ndata: event: x\n\n"),
            ("\r\r\n\n", nil, nil, "data: \ndata: \ndata: \ndata: \n\n"),
        ] as [(String, ByteTextTests.StaticText?, Int64?, String)])
    func eachLineOfTheDataIsAFieldOfItsOwn(data: String, name: ByteTextTests.StaticText?, id: Int64?, expected: String)
    {
        let event = withBytes(data) { EventStream.event($0, name: name?.text, id: id) }
        #expect(String(decoding: event, as: UTF8.self) == expected)
    }

    @Test func aHeartbeatIsAComment() {
        #expect(EventStream.heartbeat.first == UInt8(ascii: ":"))
        #expect(EventStream.heartbeat.suffix(2) == [.lineFeed, .lineFeed])
        #expect(EventStream.lineHeartbeat == [.lineFeed])
    }
}
