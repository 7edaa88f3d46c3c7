import TestSupport
import Testing

/// Uploads that are sent again with the same id.
@Suite(.ownThreads) struct UploadIdTests {
    private static let line = #"["u",{"text":"once #x","id":"0193-a"}]"#

    @Test func theAnswerIsTheTweetThatWasStoredThen() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let first = try client.request(Self.line)
        #expect(first?.hasPrefix(#"["ok",{"seq":2,"#) == true)
        #expect(try client.request(#"["u","between"]"#)?.contains("\"seq\":3") == true)
        #expect(try client.request(Self.line) == first)
        // The repeated upload does not make the message newer.
        #expect(try server.download("-n", "9", "-q").output == "once #x\nbetween\n")
        #expect(try server.download("-q").output == "between\n")
    }

    @Test func anIdThatWasUsedForAnotherTextIsRefused() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        _ = try client.request(Self.line)
        for text in ["another", ""] {
            let answer = try client.request("[\"u\",{\"text\":\"\(text)\",\"id\":\"0193-a\"}]")
            #expect(answer == #"["error",{"code":"id_reused","message":"the id was used for another message"}]"#)
        }
        #expect(try server.download("-q").output == "once #x\n")
        try server.awaitReports("id_reused", count: 2)
    }

    @Test func aResetThatIsSentAgainResetsOnce() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let reset = #"["u",{"text":"","id":"r-1"}]"#
        let empty = #"["ok",{"seq":null,"time":null,"author":null,"text":"Empty Message","tags":[]}]"#
        #expect(try client.request(reset) == empty)
        #expect(try client.request(#"["u","after the reset"]"#)?.hasPrefix(#"["ok""#) == true)
        #expect(try client.request(reset) == empty)
        #expect(try server.download("-q").output == "after the reset\n")
    }

    /// The uploads arrive at once, so that one commit holds several of them.
    @Test func manyAtOnceWithOneIdAreStoredOnce() throws {
        let server = try ServerProcess()
        let clients = try (0..<50).map { _ in try server.connect() }
        for client in clients { try client.send(Self.line + "\n" + Self.line + "\n") }
        var answers: [String?] = []
        for client in clients { answers += [try client.readLine(), try client.readLine()] }
        #expect(Set(answers).count == 1)
        #expect(answers.first??.hasPrefix(#"["ok",{"seq":2,"#) == true)
        #expect(try server.download("x", "-n", "9", "-q").output == "once #x\n")
    }
}
