import Foundation
import TestSupport
import Testing

/// Texts from a malicious server, which must not affect a terminal.
@Suite(.ownThreads) struct ClientTerminalTests {
    private static let sequences = "\u{1B}[2J\u{1B}]0;owned\u{7} \u{9B}31m \u{202E}txt.exe \r over"
    private static let escaped = #"\u{1B}[2J\u{1B}]0;owned\u{7} \u{9B}31m \u{202E}txt.exe \u{D} over"#

    /// A server that answers with a text that ttweetsrv would not store.
    private func malicious() throws -> ScriptedServer {
        let tweet =
            ["seq": 7, "time": "2026-11-21T05:03:00.123Z", "author": NSNull(), "text": Self.sequences, "tags": []]
            as [String: Any]
        let data = try JSONSerialization.data(withJSONObject: ["ok", tweet])
        return try ScriptedServer(repeatingLast: .answerAndFinish(String(decoding: data, as: UTF8.self) + "\n"))
    }

    /// Runs the client with a terminal as standard output; the terminal turns each line feed into two characters.
    private func onTerminal(_ arguments: [String]) throws -> String {
        let quoted = ([Program.client.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        let result = try run(["script", "-qec", quoted, "/dev/null"], environment: ["SHELL": "/bin/sh"])
        #expect(result.exitCode == 0)
        return result.output.replacing("\r\n", with: "\n")
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script(1) is not installed"))
    func nothingThatSteersATerminalGetsThrough() throws {
        let server = try malicious()
        let address = ["127.0.0.1", String(server.port)]
        #expect(try onTerminal(["-d"] + address + ["-q"]) == Self.escaped + "\n")
        #expect(
            try onTerminal(["-d"] + address) == "Received Message: \(Self.escaped)\nTransmission Successfull...\n")
        let json = try onTerminal(["-d"] + address + ["--json"])
        #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value < 0x7F) })
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(object?["text"] as? String == Self.sequences)
    }

    /// A pipe is not a terminal, so its reader gets the unchanged text.
    @Test func aPipeGetsTheTextAsItIs() throws {
        let server = try malicious()
        #expect(try run(.client, ["-d", "127.0.0.1", String(server.port), "-q"]).output == Self.sequences + "\n")
    }

    @Test func standardErrorAndTheLogAreEscapedInAnyCase() throws {
        let error = ["error", ["code": "bad_\u{1B}[2J", "message": Self.sequences]] as [Any]
        let data = try JSONSerialization.data(withJSONObject: error)
        let server = try ScriptedServer(repeatingLast: .answerAndFinish(String(decoding: data, as: UTF8.self) + "\n"))
        let directory = try TemporaryDirectory()
        let result = try run(.client, ["-d", "127.0.0.1", String(server.port), "--log", "log"], in: directory)
        #expect(result.exitCode == 76)
        let pattern = /CLIENT \[ERROR\] \S{24} the server says: .*\n/
        #expect(result.errors.wholeMatch(of: pattern) != nil)
        #expect(result.errors.contains(Self.escaped))
        #expect(
            !result.errors.unicodeScalars.contains {
                $0 != "\n" && ($0.value < 0x20 || $0 == "\u{9B}" || $0 == "\u{202E}")
            })
        #expect(directory.content("log")?.hasSuffix(result.errors) == true)
    }
}
