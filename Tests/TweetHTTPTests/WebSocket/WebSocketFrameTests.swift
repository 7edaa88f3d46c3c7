import Testing

@testable import TweetHTTP

/// Frames of the server.
struct WebSocketFrameTests {
    @Test func theExamplesOfTheRFCAreWritten() {
        #expect(withBytes("Hello") { WebSocketFrame.text($0) } == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(withBytes("Hello") { WebSocketFrame.ping($0) } == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(withBytes("") { WebSocketFrame.pong($0) } == [0x8A, 0])
    }

    /// The example of RFC 6455, 5.7: a message in two parts.
    @Test func aTextMayHaveTwoParts() {
        #expect(withBytes("Hel") { WebSocketFrame.firstPart($0) } == [0x01, 0x03, 0x48, 0x65, 0x6C])
        #expect(withBytes("lo") { WebSocketFrame.lastPart($0) } == [0x80, 0x02, 0x6C, 0x6F])
    }

    @Test(
        arguments: [
            (0, [0x82, 0]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (256, [0x82, 126, 1, 0]),
            (65_535, [0x82, 126, 0xFF, 0xFF]), (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func theLengthHasItsShortestForm(count: Int, header: [UInt8]) {
        let payload = [UInt8](repeating: 0x61, count: count)
        #expect(payload.withUnsafeBytes { WebSocketFrame.binary($0) } == header + payload)
        var bytes: [UInt8] = [7]
        WebSocketFrame.appendTextHeader(length: count, to: &bytes)
        #expect(bytes == [7, 0x81] + header.dropFirst())
    }

    @Test func aCloseFrameHasItsCodeAndReason() {
        #expect(WebSocketFrame.close(.goingAway, "bye") == [0x88, 5, 0x03, 0xE9, 0x62, 0x79, 0x65])
        #expect(WebSocketFrame.close(.normal) == [0x88, 2, 0x03, 0xE8])
        #expect(WebSocketFrame.close(nil, "bye") == [0x88, 0])
    }

    @Test func whatDoesNotFitIntoAControlFrameIsCutOff() {
        let payload = [UInt8](repeating: 0x61, count: 126)
        #expect(payload.withUnsafeBytes { WebSocketFrame.pong($0) } == [0x8A, 125] + payload.dropLast())
        // 124 bytes, the last two of them one character.
        let frame = WebSocketFrame.close(
            .normal,
            """
            aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
            aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé
            """)
        #expect(frame == [0x88, 124, 0x03, 0xE8] + [UInt8](repeating: 0x61, count: 122))
    }
}
