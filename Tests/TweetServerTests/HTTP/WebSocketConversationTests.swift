import TestSupport
import Testing
import TweetModel
import TweetWire

@testable import TweetServer

/// The protocol state of a WebSocket, without I/O: frames become the same requests as lines.
struct WebSocketConversationTests {
    /// Frames and the actions that they cause.
    static let scripts: [(frames: [ClientFrame], actions: [String])] = [
        (
            [ClientFrame(1, #"["u","eins ä #ß"]"#), ClientFrame(1, #"["d",""]"#), ClientFrame(1, #"["d","ß"]"#)],
            ["upload \"eins ä #ß\"", "last message", "download tag=ß", "finish"]
        ),
        (
            [
                ClientFrame(1, #"["u","#, isFinal: false), ClientFrame(9, "p"), ClientFrame(0, "", isFinal: false),
                ClientFrame(10, "late"), ClientFrame(0, #""a"]"#), ClientFrame(1, #"["ping",""]"#),
            ],
            ["frame [138, 1, 112]", "upload \"a\"", "perform ping", "finish"]
        ),
        (
            [ClientFrame(1, #"["u","a"]"# + "\n" + #"["u","b"]"#), ClientFrame(1, #"["u","c"]"#)],
            ["refuse not_packet", "upload \"c\"", "finish"]
        ),
        ([ClientFrame(1, #"["u","a"]"# + "\n")], ["refuse not_packet", "finish"]),
        (
            [ClientFrame(1, #"["u"]"#), ClientFrame(1, #"["join",""]"#)],
            ["refuse not_packet", "refuse name_needed", "finish"]
        ),
        ([ClientFrame(1, ""), ClientFrame(1, #"["d",""]"#)], ["end not_json"]),
        ([ClientFrame(1, #"["u","a"]"#), ClientFrame(2, #"["u","b"]"#)], ["upload \"a\"", "close 1003"]),
        ([ClientFrame(1, #"["u","a"]"#), ClientFrame(1, [0xFF])], ["upload \"a\"", "close 1007"]),
        ([ClientFrame(0, #"["u","a"]"#)], ["close 1002"]),
        ([.close(1000, "bye"), ClientFrame(1, #"["u","a"]"#)], ["close 1000"]),
        ([ClientFrame(1, #"["u","a"]"#), ClientFrame(8)], ["upload \"a\"", "close 0"]),
        ([ClientFrame(1, #"["u","a"]"#, isFinal: false)], ["finish"]),
        ([], ["finish"]),
    ]

    private static func actions(_ pieces: [ArraySlice<UInt8>], isLazy: Bool = true) -> [String] {
        var driver = ConversationDriver.webSocket()
        for piece in pieces {
            driver.receive(Array(piece))
            if !isLazy { driver.answerUploads(driver.uploads.count) }
        }
        driver.end()
        while !driver.uploads.isEmpty { driver.answerUploads(1) }
        return driver.actions
    }

    @Test(arguments: scripts) func aMessageIsAPacket(frames: [ClientFrame], actions: [String]) {
        #expect(Self.actions([frames.flatMap(\.bytes)[...]]) == actions)
    }

    @Test(arguments: scripts) func framesCutAtEveryByteAskForTheSame(frames: [ClientFrame], actions: [String]) {
        let bytes = frames.flatMap(\.bytes)
        for cut in 0...bytes.count {
            #expect(Self.actions([bytes[..<cut], bytes[cut...]]) == actions, "cut at \(cut)")
        }
        for isLazy in [true, false] {
            #expect(Self.actions(bytes.indices.map { bytes[$0...$0] }, isLazy: isLazy) == actions)
        }
    }

    @Test func anUnmaskedFrameEndsTheWebSocket() {
        var frame = ClientFrame(1, #"["u","a"]"#)
        frame.mask = nil
        #expect(Self.actions([frame.bytes[...]]) == ["close 1002"])
    }

    @Test func aMessageIsAsLongAsALine() {
        let packet = #"["u","a"]"#
        let longest = packet + String(repeating: " ", count: WireLimits.lineBytes - 1 - packet.utf8.count)
        #expect(Self.actions([ClientFrame(1, longest).bytes[...]]).first == "upload \"a\"")
        #expect(Self.actions([ClientFrame(1, longest + " ").bytes[...]]) == ["close 1009"])
        let half = String(longest.prefix(4000))
        let fragments = [ClientFrame(1, half, isFinal: false), ClientFrame(0, String(longest.dropFirst(4000)) + " ")]
        #expect(Self.actions([fragments.flatMap(\.bytes)[...]]) == ["close 1009"])
    }

    /// Uploads may be under way together; whatever else comes waits for them, with its frame.
    @Test func aRequestWaitsForTheUploadsBeforeIt() {
        var driver = ConversationDriver.webSocket()
        driver.receive([ClientFrame(1, #"["u","a"]"#), ClientFrame(1, #"["u","b"]"#)].flatMap(\.bytes))
        #expect(driver.actions == ["upload \"a\"", "upload \"b\""])
        let last = ClientFrame(0, #",""]"#).bytes
        driver.receive(ClientFrame(1, #"["d""#, isFinal: false).bytes + last)
        #expect(driver.isWaiting)
        #expect(driver.unread == last)
        driver.answerUploads(1)
        #expect(driver.isWaiting)
        driver.answerUploads(1)
        #expect(driver.actions.last == "last message")
        #expect(driver.unread.isEmpty)
    }

    @Test func theEndWaitsForAnswers() {
        for end in [ClientFrame.close(1000), ClientFrame(2, "")] {
            var driver = ConversationDriver.webSocket()
            driver.receive(ClientFrame(1, #"["u","a"]"#).bytes + end.bytes)
            #expect(driver.actions == ["upload \"a\""])
            driver.answerUploads(1)
            #expect(driver.isOver)
        }
    }

    @Test func aStoppingServerTakesNoMorePackets() {
        var driver = ConversationDriver.webSocket()
        driver.stop()
        driver.receive(ClientFrame(1, #"["u","a"]"#).bytes)
        #expect(driver.actions == ["end stopping"])
    }
}
