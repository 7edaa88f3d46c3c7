import Foundation
import TestSupport
import Testing
import TweetModel

/// Malformed input: the server sends an error or disconnects, reports it, and still serves the other clients.
@Suite(.ownThreads) struct BadInputTests {
    private static let long = String(repeating: "x", count: 8192)

    /// Sends bad bytes, and expects an error code and a connection that stays open or ends.
    @Test(arguments: [
        (long + "\n", "line_too_long", false),
        (long, "line_too_long", false),
        ("[\"d\",\"\(String(repeating: "x", count: 8186))\"]\n", "line_too_long", false),
        ("hello\n", "not_json", false),
        ("\n", "not_json", false),
        ("\0\n", "not_json", false),
        ("[\"u\",\"a\0b\"]\n", "not_json", false),
        ("get / HTTP/1.1\r\nHost: localhost\r\n\r\n", "not_json", false),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\n", "not_json", false),
        (#"["d",""]["d",""]"# + "\n", "not_json", false),
        (String(repeating: "[", count: 8000) + "\n", "not_json", false),
        ("{}\n", "not_packet", true),
        ("[]\n", "not_packet", true),
        ("[\"d\",\"\",\"\"]\n", "not_packet", true),
        ("[\"shout\",\"hello\"]\n", "unknown_operation", true),
        ("[\"d\",{\"count\":0}]\n", "bad_body", true),
        ("[\"d\",{\"count\":\"many\"}]\n", "bad_body", true),
        ("[\"d\",{\"tag\":\"a b\"}]\n", "bad_body", true),
        ("[\"u\",{\"id\":\"x\"}]\n", "bad_body", true),
        ("[\"u\",\"\\u0000\"]\n", "forbidden_character", true),
        ("[\"u\",\"\\u001b[2J\"]\n", "forbidden_character", true),
        ("[\"u\",\"\(String(repeating: "x", count: 151))\"]\n", "too_long", true),
    ])
    func badInputIsAnsweredAndReported(input: String, code: String, goesOn: Bool) throws {
        let server = try ServerProcess()
        let other = try server.connect()
        let client = try server.connect()
        try client.send(input)
        #expect(try client.readLine()?.hasPrefix("[\"error\",{\"code\":\"\(code)\",\"message\":\"") == true)
        if goesOn {
            #expect(try client.request(#"["d",""]"#)?.hasPrefix(#"["ok""#) == true)
        } else {
            #expect(try client.readLine() == nil)
        }
        let report = try server.awaitReports("was refused")[0]
        #expect(
            report.wholeMatch(of: /SERVER \[ERROR\] \S{24} client 127\.0\.0\.1:\d+ was refused: (\w+), .*/)?.1 ?? ""
                == code)
        #expect(try other.request(#"["d",""]"#)?.hasPrefix(#"["ok""#) == true)
    }

    @Test func invalidUTF8EndsTheConnection() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send(Array(#"["u",""#.utf8) + [0xC3, 0x28] + Array("\"]\n".utf8))
        #expect(try client.readLine() == #"["error",{"code":"not_utf8","message":"the line is not valid UTF-8"}]"#)
        #expect(try client.readLine() == nil)
        try server.awaitReports("was refused: not_utf8")
    }

    @Test func halfARequestAndTheEndIsAnsweredAsIncomplete() throws {
        let server = try ServerProcess()
        for input in [#"["d","#, "u", #"["d",""]"#] {
            let client = try server.connect()
            try client.send(input)
            client.finishSending()
            #expect(
                try client.readToEnd() == #"["error",{"code":"incomplete","message":"the stream ended within a line"}]"#
                    + "\n")
        }
    }

    /// The answer arrives although the client keeps sending, since no reset overtakes it.
    @Test func tenMegabytesWithoutALineFeedAreRefused() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let gathered = client.gatherLines()
        let piece = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        for _ in 0..<105 {
            guard (try? client.send(piece)) != nil else { break }
        }
        client.finishSending()
        let lines = try #require(gathered.wait { $0?.lines })
        #expect(lines == [#"["error",{"code":"line_too_long","message":"a line has more than 8192 bytes"}]"#])
        try server.awaitReports("was refused: line_too_long")
        #expect(try server.download("-q").output == "Empty Message\n")
    }

    @Test func whatComesFromOutsideIsEscapedInReports() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        _ = try client.request(#"["\u001b[2J\u202e\nSERVER [GENERAL] forged","x"]"#)
        _ = try client.request(#"["d",{"\u001b]0;x\u0007":1}]"#)
        client.close()
        try server.awaitReports("disconnected")
        let pattern = /SERVER \[ERROR\] \S{24} client \S+ was refused: unknown_operation, there is no operation "(.*)"/
        let report = try server.awaitReports("unknown_operation")[0]
        #expect(report.wholeMatch(of: pattern)?.1 == #"\u{1B}[2J\u{202E}\u{A}SERVER [GENERAL] forged"#)
        #expect(
            server.log.split(separator: "\n").allSatisfy { $0.wholeMatch(of: /SERVER \[[A-Z]+\] \S{24} .*/) != nil })
        let isHarmful = { (scalar: Unicode.Scalar) in scalar.isForbiddenInText && scalar != "\n" }
        #expect(!server.log.unicodeScalars.contains(where: isHarmful))
    }

    /// The server answers the complete lines of every prefix of a script, and keeps running.
    @Test func aStreamThatIsCutAtAnyByteIsAnsweredAsFarAsItCame() throws {
        let server = try ServerProcess()
        let script = Array("[\"u\",\"ä #ü\"]\n[\"d\",\"#ü\"]\n[\"d\",{\"count\":1}]\n".utf8)
        for end in 0...script.count {
            let client = try server.connect()
            try client.send(Array(script[..<end]))
            client.finishSending()
            let lines = try client.readToEnd().split(separator: "\n")
            let whole = script[..<end].count { $0 == UInt8(ascii: "\n") }
            let isCut = end > 0 && script[end - 1] != UInt8(ascii: "\n")
            // The third request gets two lines, since its answer is a list.
            let answers = whole == 3 ? 4 : whole
            #expect(lines.count == answers + (isCut ? 1 : 0), "cut at \(end)")
            #expect(lines.last?.contains("\"incomplete\"") == (end == 0 ? nil : isCut), "cut at \(end)")
        }
        #expect(try server.stop() == .exit(0))
    }

    @Test func oneByteAtATimeIsUnderstood() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        for byte in ("[\"u\",\"slowly\"]\n" + "[\"d\",\"\"]\n").utf8 { try client.send([byte]) }
        for _ in 0..<2 { #expect(try client.readLine()?.contains("\"slowly\"") == true) }
    }

    @Test func halfACloseIsStillAnswered() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        try client.send("[\"u\",\"one\"]\n[\"d\",\"\"]\n[\"u\",\"two\"]\n[\"d\",{\"count\":9}]\n")
        client.finishSending()
        let lines = try client.readToEnd().split(separator: "\n").map { $0.firstMatch(of: /"text":"(\w+)"/)?.1 ?? $0 }
        #expect(lines == ["one", "one", "two", "one", "two", #"["ok",{"count":2}]"#])
    }

    @Test func manyPipelinedRequestsAreAnsweredInTheirOrder() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        let gathered = client.gatherLines()
        for number in 0..<2000 {
            try client.send("[\"u\",\"message \(number)\"]\n[\"d\",\"\"]\n[\"d\",{\"count\":1}]\n")
        }
        client.finishSending()
        let lines = try #require(gathered.wait { $0?.lines })
        #expect(lines.count == 8000)
        var number = 0
        for start in stride(from: 0, to: lines.count, by: 4) {
            let group = lines[start..<min(start + 4, lines.count)]
            let isRight = group.prefix(3).allSatisfy { $0.contains("\"message \(number)\"") }
            try #require(isRight && group.last == #"["ok",{"count":1}]"#, "after \(number): \(group)")
            number += 1
        }
    }

    /// An upload behind a list that takes several writes must not wait for an event that never comes.
    @Test func anUploadBehindALongListIsAnswered() throws {
        let server = try ServerProcess()
        let client = try server.connect()
        for number in 0..<300 { try client.send("[\"u\",\"\(number) \(String(repeating: "x", count: 140))\"]\n") }
        for _ in 0..<300 { #expect(try client.readLine() != nil) }
        for round in 0..<50 {
            try client.send("[\"d\",{\"count\":300}]\n[\"u\",\"after list \(round)\"]\n")
            for _ in 0..<300 { #expect(try client.readLine()?.hasPrefix(#"["part""#) == true) }
            #expect(try client.readLine() == #"["ok",{"count":300}]"#)
            #expect(try client.readLine()?.contains("\"after list \(round)\"") == true)
        }
    }
}
