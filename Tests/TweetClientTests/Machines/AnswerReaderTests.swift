import Testing
import TweetModel
import TweetWire

@testable import TweetClient

/// Lines and answers read from a stream that comes in pieces.
struct AnswerReaderTests {
    /// Feeds the pieces, and describes the answers in order.
    private func answers(_ pieces: [[UInt8]]) throws -> [String] {
        var reader = AnswerReader()
        var found: [String] = []
        for piece in pieces {
            try piece.withUnsafeBytes { bytes in
                var rest = bytes
                while let answer = try reader.next(from: &rest) { found.append("\(answer)") }
                #expect(rest.isEmpty)
            }
        }
        return found
    }

    private let stream = Array(
        """
        ["part",{"seq":1,"text":"é #a","tags":["a"]}]
        ["part",{"seq":2,"text":"b","more":[1,{"x":null}]}]
        ["ok",{"count":2}]
        ["error",{"code":"busy","message":"not now"}]

        """.utf8)

    @Test func linesAreReadAlikeWhereverTheStreamIsCut() throws {
        let whole = try answers([stream])
        #expect(whole.count == 4)
        for first in 0...stream.count {
            for second in stride(from: first, through: stream.count, by: 7) {
                let pieces = [stream[..<first], stream[first..<second], stream[second...]].map { Array($0) }
                #expect(try answers(pieces) == whole)
            }
        }
        #expect(try answers(stream.map { [$0] }) == whole)
    }

    @Test func aLineOfTheWiresLengthIsRead() throws {
        let frame = #"["ok",{"text":""}]"#.utf8.count + 1
        let text = String(repeating: "x", count: WireLimits.lineBytes - frame)
        let line = Array("[\"ok\",{\"text\":\"\(text)\"}]\n".utf8)
        #expect(line.count == WireLimits.lineBytes)
        #expect(try answers([line]).count == 1)
        #expect(try answers(line.map { [$0] }).count == 1)
    }

    @Test(arguments: [1, 100, 8191, 8192, 8193, 20_000])
    func aLineOfOneByteMoreIsNotUnderstood(pieceBytes: Int) {
        let line = [UInt8](repeating: 0x5B, count: WireLimits.lineBytes) + [0x0A]
        let pieces = stride(from: 0, to: line.count, by: pieceBytes).map {
            Array(line[$0..<min($0 + pieceBytes, line.count)])
        }
        let error = #expect(throws: ClientError.self) { try answers(pieces) }
        #expect(error?.exitCode == .notUnderstood)
        #expect(error?.text.contains("8192") == true)
    }

    @Test func aLineWithoutEndIsNotWaitedFor() {
        var reader = AnswerReader()
        let piece = [UInt8](repeating: 0x5B, count: 4096)
        let error = #expect(throws: ClientError.self) {
            for _ in 0..<3 {
                try piece.withUnsafeBytes { bytes in
                    var rest = bytes
                    _ = try reader.next(from: &rest)
                }
            }
        }
        #expect(error?.exitCode == .notUnderstood)
    }

    @Test(arguments: [
        "\n", "ok\n", "HTTP/1.1 400 Bad Request\r\n", "{}\n", "[]\n", "[\"ok\"]\n", "[\"ok\",\"\"]\n",
        "[\"error\",{}]\n", "[\"ok\",{\"text\":7}]\n", "[\"ok\",{\"text\":\"a\",\"time\":\"b\"}]\n",
        "[\"ok\",{\"text\":\"a\"}] x\n",
        // The lines that an echo server sends back.
        "[\"u\",{\"text\":\"a\"}]\n", "[\"d\",\"\"]\n", "[\"login\",{\"name\":\"a\",\"password\":\"b\"}]\n",
    ])
    func garbageIsNotUnderstood(line: String) {
        let error = #expect(throws: ClientError.self) { try answers([Array(line.utf8)]) }
        #expect(error?.exitCode == .notUnderstood)
    }

    @Test func invalidUTF8IsNotUnderstood() {
        let line = Array("[\"ok\",{\"text\":\"".utf8) + [0xFF] + Array("\"}]\n".utf8)
        let error = #expect(throws: ClientError.self) { try answers([line]) }
        #expect(error?.exitCode == .notUnderstood)
    }

    // MARK: Other protocols

    /// The first bytes from the server, and their description in the error; with a cut, the first piece is described.
    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\nServer: x\r\n", "`HTTP/1.1 400 Bad Request`: it speaks HTTP"),
        ("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", "`SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3`"),
        ("220 mail.example.org ESMTP Postfix (Debian/GNU) ready\r\n", "`220 mail.example.org ESMTP Postfix (Debi…`"),
        ("<!DOCTYPE HTML>", "`<!DOCTYPE HTML>`"), ("\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}F", "bytes that are not text"),
        ("hello \u{1B}[31m\n", "bytes that are not text"), ("\r\n", "an empty line"),
        ("né\n", "bytes that are not text"),
        (" [\"ok\",{}]\n", "` [\"ok\",{}]`"),
    ])
    func aServerOfAnotherProtocolIsShownByItsFirstLine(answer: String, shown: String) {
        let error = #expect(throws: ClientError.self) { try answers([Array(answer.utf8)]) }
        #expect(error?.exitCode == .notUnderstood)
        #expect(error?.text == "the server is not a ttweet server (it answered \(shown))")
        #expect(error?.naming("h:1").text == "h:1 is not a ttweet server (it answered \(shown))")
    }

    @Test func onlyTheFirstBytesTellAnotherProtocol() {
        let error = #expect(throws: ClientError.self) { try answers([Array("[\"ok\",{}]\nHTTP/1.1 400\n".utf8)]) }
        #expect(error?.naming("h:1").text.hasPrefix("h:1: the server's answer is not understood: ") == true)
        #expect(ClientError(.refused, "x").naming("h:1").text == "x")
    }
}
