import Testing

@testable import TweetReactor

/// The choice of a framing by the first bytes, and the end of a packet in each framing.
struct FramingTests {
    /// A frame in words: the packet and the number of its bytes, or another result.
    private func frame(_ framing: Framing, _ text: String, atEnd: Bool = false, limit: Int = 8) -> String {
        Array(text.utf8).withUnsafeBytes { bytes in
            switch framing.frame(bytes, atEnd: atEnd, limit: limit) {
            case .partial: "partial"
            case .packet(let packet, let taken): "\(String(decoding: packet, as: UTF8.self))/\(taken)"
            case .tooLong: "too long"
            case .cutOff: "cut off"
            case .end: "end"
            }
        }
    }

    @Test(
        arguments: [
            ("", false, nil), ("", true, nil), ("u", false, nil), ("d", false, nil), ("u", true, .lines),
            ("u\n", false, .original), ("d\n", false, .original), ("d\nx", false, .original), ("ux", false, .lines),
            ("[", false, .lines), ("\n", false, .lines), ("U\n", false, .lines), ("x", false, .lines),
        ] as [(String, Bool, Framing?)])
    func theFirstBytesTellIt(text: String, atEnd: Bool, expected: Framing?) {
        let told = Array(text.utf8).withUnsafeBytes { Framing(firstBytes: $0, atEnd: atEnd) }
        #expect(told == expected)
    }

    @Test(arguments: [
        ("", false, "partial"), ("", true, "end"), ("ab", false, "partial"), ("ab", true, "cut off"),
        ("ab\n", false, "ab/3"), ("ab\ncd\n", true, "ab/3"), ("\n", false, "/1"), ("1234567\n", false, "1234567/8"),
        ("1234567", false, "partial"), ("12345678", false, "too long"), ("12345678\n", false, "too long"),
    ])
    func aLineEndsWithALineFeed(text: String, atEnd: Bool, expected: String) {
        #expect(frame(.lines, text, atEnd: atEnd) == expected)
    }

    @Test(arguments: [
        ("d\n", false, "d\n/2"), ("d\nrest", false, "d\nrest/6"), ("u\n", false, "partial"),
        ("u\nab\nc", false, "partial"),
        ("u\nab\nc", true, "u\nab\nc/6"), ("u\n", true, "u\n/2"), ("u\n123456", false, "too long"),
        ("u\n123456", true, "too long"), ("u\n12345", true, "u\n12345/7"),
    ])
    func theOriginalsUploadEndsWithTheStream(text: String, atEnd: Bool, expected: String) {
        #expect(frame(.original, text, atEnd: atEnd) == expected)
    }

    // MARK: Rings

    @Test func aLineHasTheSameNumberInEachRing() {
        let rings = FeedRings(bytes: 100, lines: 10)
        #expect(rings.append([1, 10]) == 0)
        let lines = rings.ring(for: .lines)
        #expect(rings.append([2, 10]) == 1)
        let others = rings.ring(for: .original)
        #expect(rings.append([3, 10]) == 2)
        #expect((lines.start, lines.end) == (1, 3))
        #expect((others.start, others.end) == (2, 3))
        #expect(rings.ring(for: .lines) === lines)
        #expect(rings.end == 3)
        for ring in [lines, others] {
            #expect(Array(ring.bytes(from: ring.position(of: 2), to: ring.position(of: 3)).0) == [3, 10])
        }
    }

    /// Packets as followers by HTTP get them; a text cannot end its line or event.
    @Test(
        arguments: [
            (#"["tweet",{"seq":7,"text":"a\n\"b\""}]"#, #"{"seq":7,"text":"a\n\"b\""}"#, "id: 7\n"),
            (#"["tweet",{"text":"no sequence"}]"#, #"{"text":"no sequence"}"#, ""),
            (#"["lagged",{"seq":7}]"#, #"{"lagged":{"seq":7}}"#, "event: lagged\n"),
        ])
    func aPacketBecomesALineOrAnEvent(packet: String, line: String, fields: String) {
        let bytes = Array((packet + "\n").utf8)
        #expect(String(decoding: Framing.lines.bytes(of: bytes), as: UTF8.self) == packet + "\n")
        #expect(String(decoding: Framing.jsonLines.bytes(of: bytes), as: UTF8.self) == line + "\n")
        let data = line.hasPrefix(#"{"lagged""#) ? #"{"seq":7}"# : line
        #expect(
            String(decoding: Framing.eventStream.bytes(of: bytes), as: UTF8.self) == fields + "data: " + data + "\n\n")
    }

    @Test(arguments: ["", "[", #"["#, #"["x"#, #"["x""#, "\n", #"["x",]"#])
    func bytesThatAreNoPacketDoNoHarm(packet: String) {
        for framing in Framing.allCases { _ = framing.bytes(of: Array(packet.utf8)) }
    }
}
