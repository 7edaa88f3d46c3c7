import TweetWire
import Testing
import TweetModel

@testable import TweetServer

/// Input in pieces, lines at their limit, and an end of the stream at any place.
struct ConversationCutTests {
    /// Streams of several requests, some of them malformed, with the actions that they cause.
    static let scripts: [(stream: String, actions: [String])] = [
        (
            "[\"u\",\"eins ä #ß\"]\n[\"d\",\"\"]\r\n[\"d\",\"ß\"]\n",
            ["upload \"eins ä #ß\"", "last message", "download tag=ß", "finish"]
        ),
        (
            "[\"u\",\"a\"]\n[\"u\",\"b\"]\n[\"u\"]\n[\"u\",{\"text\":\"c\",\"id\":\"7\"}]\n[\"d\",{\"count\":2}]\n",
            ["upload \"a\"", "upload \"b\"", "refuse not_packet", "upload \"c\" id=7", "download count=2", "finish"]
        ),
        ("[\"d\",\"\"]\nnonsense\n[\"d\",\"\"]\n", ["last message", "end not_json"]),
        ("[\"d\",\"\"]\n[\"u\",\"cut", ["last message", "end incomplete"]),
        ("u\nfrom the original ä\n", ["original upload \"from the original ä\""]),
        ("u\n", ["original upload reset"]),
        ("u\n\n", ["original upload reset"]),
        ("d\n", ["original download"]),
        ("d\nwhatever follows", ["original download"]),
        ("u", ["end incomplete"]),
        ("d", ["end incomplete"]),
        ("ux\n", ["end not_json"]),
        ("d \n", ["end not_json"]),
        ("", ["finish"]),
    ]

    @Test(arguments: scripts)
    func aWholeStreamIsUnderstood(stream: String, actions: [String]) {
        #expect(ConversationDriver.actions(for: stream) == actions)
    }

    @Test(arguments: scripts)
    func aCutAtEveryByteChangesNothing(stream: String, actions: [String]) {
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            #expect(ConversationDriver.actions(for: [bytes[..<cut], bytes[cut...]]) == actions, "cut at \(cut)")
        }
    }

    @Test(arguments: scripts)
    func oneByteAtATimeChangesNothing(stream: String, actions: [String]) {
        let bytes = Array(stream.utf8)
        #expect(ConversationDriver.actions(for: bytes.indices.map { bytes[$0...$0] }) == actions)
    }

    /// Each whole line before the cut gets an answer, and then the connection ends.
    @Test func aStreamThatEndsAnywhereIsAnsweredAsFarAsItCame() {
        let lines = ["[\"u\",\"a\"]\n", "[\"d\",\"\"]\n", "[\"d\",\"#a\"]\n"]
        let answers = ["upload \"a\"", "last message", "download tag=a"]
        let bytes = Array(lines.joined().utf8)
        for end in 0...bytes.count {
            let whole = bytes[..<end].count { $0 == UInt8(ascii: "\n") }
            let isCut = end > 0 && bytes[end - 1] != UInt8(ascii: "\n")
            let expected = answers[..<whole] + [isCut ? "end incomplete" : "finish"]
            #expect(ConversationDriver.actions(for: [bytes[..<end]]) == Array(expected), "ended at \(end)")
        }
    }

    // MARK: The longest line

    /// A request of a number of bytes, including its line feed.
    private static func line(of count: Int) -> [UInt8] {
        let packet = Array(#"["d",""]"#.utf8)
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: count - packet.count - 1)
        return packet + spaces + [UInt8(ascii: "\n")]
    }

    @Test(arguments: [(8191, "last message"), (8192, "last message"), (8193, "end line_too_long")])
    func aLineHasAtMost8192Bytes(count: Int, action: String) {
        let bytes = Self.line(of: count)
        #expect(ConversationDriver.actions(for: bytes).first == action)
        #expect(ConversationDriver.actions(for: [bytes[..<8191], bytes[8191...]]).first == action)
        #expect(ConversationDriver.actions(for: [bytes[..<8190], bytes[8190..<8191], bytes[8191...]]).first == action)
        #expect(ConversationDriver.actions(for: bytes.indices.map { bytes[$0...$0] }).first == action)
    }

    @Test func aLineThatIsTooLongIsRefusedBeforeItsEndComes() {
        var driver = ConversationDriver()
        driver.receive([UInt8](repeating: UInt8(ascii: "x"), count: WireLimits.lineBytes - 1))
        #expect(driver.actions == [])
        driver.receive("x")
        #expect(driver.actions == ["end line_too_long"])
        #expect(driver.reason == "a line has more than 8192 bytes")
    }

    @Test(arguments: [1000, 8192, 16384, 100_000])
    func tenMegabytesWithoutALineFeedKeepNoMoreThanALine(pieceBytes: Int) {
        var conversation = Conversation()
        var unread: [UInt8] = []
        var ends = 0
        let piece = [UInt8](repeating: UInt8(ascii: "["), count: pieceBytes)
        for _ in 0..<(10 << 20) / pieceBytes {
            unread += piece
            let (action, taken) = unread.withUnsafeBytes { conversation.next($0, atEnd: false) }
            unread.removeFirst(taken)
            if case .end = action { ends += 1 }
            #expect(unread.count < WireLimits.lineBytes)
        }
        #expect(ends == 1)
        #expect(unread.isEmpty)
    }

    @Test func nothingIsTakenOfARequestThatIsNotWhole() {
        var conversation = Conversation()
        let (action, taken) = Array(#"["d",""#.utf8).withUnsafeBytes { conversation.next($0, atEnd: false) }
        #expect(taken == 0)
        guard case .awaitInput = action else {
            Issue.record("\(action)")
            return
        }
    }

    @Test func theFirstLineEndsTheSilence() {
        var driver = ConversationDriver()
        driver.receive(#"["d",""#)
        #expect(driver.conversation.isSilent)
        driver.receive("]\n")
        #expect(!driver.conversation.isSilent)
    }
}
