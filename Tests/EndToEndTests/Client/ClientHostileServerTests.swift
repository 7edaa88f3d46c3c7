import CSystem
import TestSupport
import Testing

/// A server that sends what it should not, in each mode: the client ends by its time, and keeps little.
@Suite(.ownThreads) struct ClientHostileServerTests {
    /// The modes of ttweetcl that read answers.
    static let modes: [[String]] = [
        ["-u", "x"], ["-u", "--lines"], ["-u", "x", "--to", "bob", "--user", "ana"], ["-d"], ["-d", "ops"],
        ["-d", "-n", "1000"], ["-d", "-n", "1000", "--json"], ["-d", "--since", "0"], ["-d", "--max-age", "1h"],
        ["-d", "--follow"], ["-d", "--wait"], ["-d", "--inbox", "--user", "ana"], ["-d", "--sent", "--user", "ana"],
        ["-d", "--inbox", "--count", "--user", "ana"], ["--who"], ["--who", "--json"], ["--who", "bob"],
        ["--signup", "--user", "ana"], ["--passwd", "--user", "ana"],
    ]

    static let floods: [String] = {
        let long = String(repeating: "x", count: 8000)
        let empty = Array(repeating: "\"\"", count: 2600).joined(separator: ",")
        let keys = (0..<600).map { "\"k\($0)\":0" }.joined(separator: ",")
        let nested = String(repeating: "[", count: 4000) + String(repeating: "]", count: 4000)
        let bodies = [
            #""part",{"name":"n","status":"online"}"#, "\"part\",{\"name\":\"\(long)\",\"status\":\"online\"}",
            #""part",{"seq":1,"text":"t"}"#, "\"part\",{\"seq\":1,\"text\":\"\(long)\"}",
            "\"part\",{\"seq\":1,\"text\":\"t\",\"tags\":[\(empty)]}",
            "\"part\",{\"seq\":1,\"from\":\"\(long)\",\"to\":[\"ana\"],\"text\":\"t\"}",
            #""joined",{"name":"n"}"#, "\"news\",{\"text\":\"\(long)\"}", #""tweet",{"seq":1,"text":"t"}"#,
            #""tweet",{"seq":"1","text":7}"#, #""ok",{"count":"7"}"#, "\"ok\",{\(keys)}", "\"ok\",\(nested)",
            "\"ok\",{\"text\":\(nested)}", #""lagged",{"seq":1}"#, #""ok",{}"#,
        ]
        // The last ones are a line without an end, and bytes that are no packet.
        return bodies.map { "[\($0)]\n" } + ["[\"", "["]
    }()

    /// Runs a client whose data may take 16 MiB of memory: beyond, an allocation fails and the process crashes.
    private func run(
        _ mode: [String], _ server: ScriptedServer, _ arguments: [String] = ["--timeout", "1"]
    ) throws -> Completed {
        let limit = Sanitizer.isOn ? "" : "ulimit -d 16384; "
        let words = ["sh", "-c", limit + "exec \"$@\"", "-", Program.client.path] + mode
        return try EndToEndTests.run(
            words + ["--server", "127.0.0.1:\(server.port)"] + arguments, input: Array("a line\n".utf8),
            environment: ["TTWEET_PASSWORD": "correct horse", "TTWEET_NEW_PASSWORD": "battery staple"])
    }

    @Test(arguments: modes) func itEndsWhateverComesWithoutEnd(mode: [String]) throws {
        for flood in Self.floods {
            let server = try ScriptedServer(repeatingLast: .flood(flood))
            let result = try run(mode, server)
            guard case .exit(let code) = result.ending else {
                Issue.record("\(flood.prefix(60)): \(result.ending) \(result.errors)")
                continue
            }
            // A flood of answers may answer a request; no other run succeeds.
            let mayAnswer = flood.hasPrefix(#"["ok",{}]"#) || mode.contains("--wait") && flood.hasPrefix(#"["tweet""#)
            #expect(code == 75 || code == 76 || code == 69 || mayAnswer, "\(flood.prefix(60)): \(result.errors)")
        }
    }

    /// The longest answer that a server may give is printed.
    @Test(arguments: [["-q"], ["--json"]]) func aPageOfTheLongestMessagesIsPrinted(form: [String]) throws {
        let text = String(repeating: "x", count: 4096)
        let parts = (1...1000).map { "[\"part\",{\"seq\":\($0),\"text\":\"\(text)\"}]\n" }.joined()
        let server = try ScriptedServer([.answerAndFinish(parts + "[\"ok\",{\"count\":1000}]\n")])
        let result = try run(["-d", "-n", "1000", "--timeout", "100"] + form, server, [])
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(result.standardOutput.count { $0 == UInt8(ascii: "\n") } == 1000)
        #expect(result.standardOutput.count { $0 == UInt8(ascii: "x") } >= 1000 * 4096)
    }

    @Test func anOutputThatNobodyReadsIsGivenUpInTime() throws {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        ends.forEach { _ = csystem_set_close_on_exec($0) }
        let long = String(repeating: "x", count: 4000)
        let tweets = (1...100).map { "[\"tweet\",{\"seq\":\($0),\"text\":\"\(long)\"}]\n" }.joined()
        let server = try ScriptedServer(repeatingLast: .answer(Array((tweets + "[\"ok\",{\"seq\":100}]\n").utf8)))
        let directory = try TemporaryDirectory()
        let client = try ClientProcess(
            ["--follow", "--timeout", "1"], port: server.port, in: directory, output: ends[1])
        #expect(try client.process.wait() == .exit(75))
        #expect(client.errors.hasSuffix(" timed out: standard output is not read\n"))
    }
}
