import Testing

@testable import TweetHTTP

/// Answers as bytes.
struct ResponseWriterTests {
    private static let date = HTTPDate(secondsSince1970: 784_111_777)
    private static let lastLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"

    private func answer(
        _ head: ResponseHead, _ persistence: Persistence = .kept, body: String = "", isHead: Bool = false
    ) -> String {
        var bytes = Array("before".utf8)
        withBytes(body) { body in
            ResponseWriter.append(head, body: body, persistence, isHead: isHead, at: Self.date, to: &bytes)
        }
        return String(decoding: bytes.dropFirst(6), as: UTF8.self)
    }

    @Test func aWholeAnswerHasItsLength() {
        let head = ResponseHead(.ok, [("Content-Type", "text/plain"), ("Vary", "Accept")])
        let expected = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nVary: Accept\r\n"
        #expect(answer(head, body: "héllo") == expected + "Content-Length: 6\r\n\(Self.lastLine)héllo")
        #expect(answer(head) == expected + "Content-Length: 0\r\n\(Self.lastLine)")
    }

    @Test func theAnswerToHeadIsTheSameWithoutItsBody() {
        let head = ResponseHead(.ok)
        #expect(answer(head, body: "hello", isHead: true) + "hello" == answer(head, body: "hello"))
    }

    @Test(arguments: [
        (Persistence.kept, ""), (.keptByAgreement, "Connection: keep-alive\r\n"), (.close, "Connection: close\r\n"),
    ])
    func anAnswerSaysWhetherTheConnectionIsKept(persistence: Persistence, line: String) {
        let expected = "HTTP/1.1 404 Not Found\r\n\(line)Content-Length: 1\r\n\(Self.lastLine)x"
        #expect(answer(ResponseHead(.notFound), persistence, body: "x") == expected)
    }

    @Test(arguments: [HTTPStatus.noContent, .notModified]) func anAnswerWithoutContentHasNoLength(status: HTTPStatus) {
        let answer = answer(ResponseHead(status), .close, body: "hello")
        #expect(answer == status.line.description + "Connection: close\r\n" + Self.lastLine)
    }

    @Test(arguments: HTTPStatus.allCases) func aStatusLineHasItsCode(status: HTTPStatus) {
        let line = status.line.description
        #expect(line.hasPrefix("HTTP/1.1 \(status.rawValue) "))
        #expect(line.utf8.count > 15)
        #expect(line.hasSuffix("\r\n"))
    }

    @Test func aStreamEndsWithTheConnection() {
        var bytes = Array("before".utf8)
        ResponseWriter.appendStream(ResponseHead(.ok, [("A", "b")]), at: Self.date, to: &bytes)
        let expected = "beforeHTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\(Self.lastLine)"
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\u{0}b", "a\u{7F}", "\u{1B}"])
    func aValueCannotBeginAnotherField(value: String) {
        let before = ResponseHead(.ok).bytes.count
        let field = ResponseHead(.ok, [("X", value)]).bytes.dropFirst(before)
        #expect(field.dropLast(2).allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        #expect(field.count == value.utf8.count + 5)
    }

    // MARK: Date

    @Test(
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Thu, 01 Jan 1970 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (.min, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] as [(Int64, String)])
    func aDateHasTheFormOfTheRFC(time: Int64, expected: String) {
        var date = HTTPDate(secondsSince1970: 1)
        date.update(secondsSince1970: time)
        #expect(String(decoding: date.lastLine, as: UTF8.self) == "Date: \(expected)\r\n\r\n")
        #expect(date.lastLine == HTTPDate(secondsSince1970: time).lastLine)
    }
}
