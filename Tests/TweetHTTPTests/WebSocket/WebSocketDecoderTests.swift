import TestSupport
import Testing

@testable import TweetHTTP

/// Frames of clients.
struct WebSocketDecoderTests {
    /// The examples of RFC 6455, 5.7, that a client may send.
    @Test func theExamplesOfTheRFCAreRead() {
        let hello: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(decode(hello).events == [.text("Hello")])
        let pong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(decode(pong).events == [.pong(Array("Hello".utf8))])
        let unmasked: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        #expect(decode(unmasked).events == [.failed(.protocolError)])
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 65_535, 65_536, 100_000]) func aPayloadHasAnyLength(count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 % 251) }
        #expect(decode([ClientFrame(2, payload)]) == [.binary(payload)])
        #expect(decode([ClientFrame(1, payload.map { $0 & 0x7F })]) == [.text(payload.map { $0 & 0x7F })])
    }

    @Test func messagesAndControlFramesKeepTheirOrder() {
        let frames = [
            ClientFrame(1, "a"), ClientFrame(9, "b"), ClientFrame(2, [0xFF]), ClientFrame(10, ""), ClientFrame(1, ""),
        ]
        #expect(decode(frames) == [.text("a"), .ping([0x62]), .binary([0xFF]), .pong([]), .text("")])
    }

    // MARK: Fragments

    @Test func fragmentsBecomeOneMessage() {
        let frames = [
            ClientFrame(1, "Hel", isFinal: false), ClientFrame(0, "", isFinal: false), ClientFrame(9, "p"),
            ClientFrame(0, "l", isFinal: false), ClientFrame(10, "q"), ClientFrame(0, "o"), ClientFrame(1, "x"),
            ClientFrame(2, "", isFinal: false), ClientFrame(0, ""), ClientFrame(2, "a", isFinal: false),
            ClientFrame(0, "b"),
        ]
        let expected: [ReadEvent] = [
            .ping([0x70]), .pong([0x71]), .text("Hello"), .text("x"), .binary([]), .binary([0x61, 0x62]),
        ]
        #expect(decode(frames) == expected)
    }

    @Test func aCharacterMayBeCutBetweenFragments() {
        let bytes = Array("é😀".utf8)
        for cut in 0...bytes.count {
            let frames = [ClientFrame(1, Array(bytes[..<cut]), isFinal: false), ClientFrame(0, Array(bytes[cut...]))]
            #expect(decode(frames) == [.text("é😀")])
        }
    }

    @Test(arguments: [
        [ClientFrame(0, "a")], [ClientFrame(0, "a", isFinal: false)],
        [ClientFrame(1, "a", isFinal: false), ClientFrame(1, "b")],
        [ClientFrame(1, "a", isFinal: false), ClientFrame(2, "b", isFinal: false)],
        [ClientFrame(1, "a", isFinal: false), ClientFrame(0, "b"), ClientFrame(0, "c")],
    ])
    func aFragmentOutOfPlaceIsRefused(frames: [ClientFrame]) {
        #expect(decode(frames).last == .failed(.protocolError))
    }

    // MARK: Rules

    @Test(arguments: UInt8.min...UInt8.max) func theFirstByteHasAKnownOpcodeAndNoExtension(first: UInt8) {
        var frame = ClientFrame(0, "")
        frame.firstByte = first
        let isKnown = [0x01, 0x02, 0x81, 0x82, 0x88, 0x89, 0x8A].contains(first)
        #expect((decode([frame]) == [.failed(.protocolError)]) == !isKnown)
    }

    @Test(arguments: [8, 9, 10] as [UInt8]) func aControlFrameIsShortAndWhole(opcode: UInt8) {
        let longest =
            opcode == 8 ? [3, 0xE8] + [UInt8](repeating: 0x61, count: 123) : [UInt8](repeating: 0, count: 125)
        #expect(decode([ClientFrame(opcode, longest)]).first != .failed(.protocolError))
        #expect(decode([ClientFrame(opcode, longest + [0x61])]) == [.failed(.protocolError)])
        #expect(decode([ClientFrame(opcode, longest, isFinal: false)]) == [.failed(.protocolError)])
    }

    @Test(arguments: [(0, 2), (125, 2), (0, 8), (125, 8), (126, 8), (65_535, 8)])
    func aLengthInALongerFormThanNeededIsRefused(count: Int, lengthBytes: Int) {
        var frame = ClientFrame(2, [UInt8](repeating: 0, count: count))
        frame.lengthBytes = lengthBytes
        #expect(decode([frame]) == [.failed(.protocolError)])
    }

    @Test(
        arguments: [
            ([0x80, 0, 0, 0, 0, 0, 0, 0], WebSocketCloseCode.protocolError),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .protocolError),
            ([0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .messageTooLong),
            ([0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xF0], .messageTooLong),
            ([0, 0, 0, 0, 0, 1, 0x86, 0xA1], .messageTooLong),
        ] as [([UInt8], WebSocketCloseCode)])
    func aHugeLengthIsRefusedAtItsHeader(length: [UInt8], code: WebSocketCloseCode) {
        #expect(decode([0x82, 0xFF] + length + [1, 2, 3, 4]).events == [.failed(code)])
    }

    @Test func aMessageHasALimit() {
        let ten = [UInt8](repeating: 0x61, count: 10)
        #expect(decode([ClientFrame(1, ten)], messageLimit: 10) == [.text(ten)])
        #expect(decode([ClientFrame(1, ten + ten)], messageLimit: 19) == [.failed(.messageTooLong)])
        let fragments = [ClientFrame(1, ten, isFinal: false), ClientFrame(0, ten)]
        #expect(decode(fragments, messageLimit: 20) == [.text(ten + ten)])
        #expect(decode(fragments, messageLimit: 19) == [.failed(.messageTooLong)])
        // A message begins anew; control frames do not count.
        #expect(decode(fragments + [ClientFrame(9, ten)] + fragments, messageLimit: 20).count == 3)
        #expect(decode([ClientFrame(9, ten)], messageLimit: 0) == [.ping(ten)])
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
            Array("12345678".utf8) + [0x80],
        ] as [[UInt8]])
    func aTextThatIsNotUTF8IsRefused(payload: [UInt8]) {
        #expect(decode([ClientFrame(1, payload)]) == [.failed(.invalidText)])
        #expect(decode([ClientFrame(1, payload, isFinal: false), ClientFrame(0)]) == [.failed(.invalidText)])
        #expect(decode([ClientFrame(2, payload)]) == [.binary(payload)])
    }

    // MARK: The end

    @Test(arguments: [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])
    func aCloseCodeThatMayBeSentIsRead(code: UInt16) {
        #expect(decode([.close(code, "bye")]) == [.close(code)])
    }

    @Test(arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    func anotherCloseCodeIsRefused(code: UInt16) {
        #expect(decode([.close(code)]) == [.failed(.protocolError)])
    }

    @Test func theReasonOfACloseFrameIsChecked() {
        #expect(decode([ClientFrame(8)]) == [.close(nil)])
        #expect(decode([ClientFrame(8, [3])]) == [.failed(.protocolError)])
        #expect(decode([ClientFrame(8, [3, 0xE8, 0xFF])]) == [.failed(.invalidText)])
    }

    @Test(arguments: [ClientFrame.close(1000), ClientFrame(3, "")]) func nothingIsReadBehindTheEnd(last: ClientFrame) {
        let result = decode(([last, ClientFrame(1, "a"), ClientFrame(8)]).flatMap(\.bytes) + [0, 0])
        #expect(result.events.count == 1)
        #expect(result.unread == 0)
    }

    // MARK: Cuts

    private static let streams: [[ClientFrame]] = [
        [ClientFrame(1, "hello"), ClientFrame(9, "x"), .close(1000, "bye"), ClientFrame(1, "late")],
        [ClientFrame(1, "a", isFinal: false), ClientFrame(9), ClientFrame(0, "é")],
        [ClientFrame(2, [UInt8](repeating: 7, count: 200)), ClientFrame(3)],
        [ClientFrame(1, [0xFF]), ClientFrame(1, "a")],
        [ClientFrame(1, "a"), ClientFrame(2, [UInt8](repeating: 7, count: 300))],
    ]

    @Test(arguments: streams) func framesCutAtAnyByteAreReadAsWholeOnes(frames: [ClientFrame]) {
        let stream = frames.flatMap(\.bytes)
        let whole = decode(stream, messageLimit: 250)
        let byteByByte = decode(stream, sizes: [1], messageLimit: 250)
        #expect(byteByByte.events == whole.events)
        for cut in 1..<stream.count {
            let inTwo = decode(stream, sizes: [cut, .max], messageLimit: 250)
            #expect(inTwo.events == whole.events, "cut at \(cut)")
            #expect(inTwo.unread == whole.unread)
        }
    }

    @Test(arguments: streams) func anEventThatIsPutBackComesAgain(frames: [ClientFrame]) {
        let stream = frames.flatMap(\.bytes)
        let whole = decode(stream, messageLimit: 250)
        for cut in 1..<stream.count {
            let postponed = decode(stream, sizes: [cut, .max], messageLimit: 250, postponing: true)
            #expect(postponed.events == whole.events, "cut at \(cut)")
            #expect(postponed.unread == whole.unread)
        }
    }

    @Test(arguments: streams) func aStreamThatEndsAnywhereGivesTheEventsBefore(frames: [ClientFrame]) {
        let stream = frames.flatMap(\.bytes)
        let whole = decode(stream, messageLimit: 250).events
        for count in stream.indices {
            #expect(whole.starts(with: decode(Array(stream[..<count]), messageLimit: 250).events))
        }
    }
}
