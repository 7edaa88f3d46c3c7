import TestSupport
import Testing

/// A server that sends a chat more than it may keep.
@Suite(.ownThreads) struct ChatHostileServerTests {
    private static let long = String(repeating: "x", count: 8000)
    /// Lines that take more memory than a chat may, if all are kept.
    private static let lineCount = 3000

    /// The operation whose answer is flooded, and the line that is sent again and again before its end.
    @Test(arguments: [
        ("who", "[\"part\",{\"name\":\"\(long)\",\"status\":\"online\"}]"),
        ("inbox", "[\"part\",{\"seq\":1,\"from\":\"\(long)\",\"to\":[\"ana\"],\"text\":\"t\"}]"),
        ("tags", "[\"part\",{\"tag\":\"\(long)\",\"count\":1}]"),
        ("u", "[\"joined\",{\"name\":\"\(long)\"}]"), ("u", "[\"news\",{\"text\":\"\(long)\"}]"),
        ("u", "[\"tweet\",{\"seq\":12,\"text\":\"\(long)\"}]"),
        ("u", "[\"message\",{\"seq\":7,\"from\":\"\(long)\",\"to\":[\"ana\"],\"text\":\"t\"}]"),
    ])
    func itKeepsLittleOfIt(operation: String, flood: String) throws {
        let server = try ScriptedChatServer { _, line in
            guard line.hasPrefix("[\"\(operation)\"") else { return nil }
            guard case .lines(let answer) = ScriptedChatServer.plainAnswer(line) else { return nil }
            return .lines(Array(repeating: flood, count: Self.lineCount) + answer)
        }
        let limit = Sanitizer.isOn ? "" : "ulimit -d 16384; "
        let words = ["sh", "-c", limit + "exec \"$@\"", "-", Program.chat.path]
        let result = try run(
            words + ["127.0.0.1", String(server.port), "--user", "ana"], input: Array("/list\n/inbox\nhello\n".utf8))
        #expect(result.ending == .exit(0), "\(result.errors.suffix(500))")
    }
}
