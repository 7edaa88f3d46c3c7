import Testing

@testable import TweetHTTP

/// Answers as bytes.
struct ResponseWriterTests {
    private static let date = HTTPDate(secondsSince1970: 784_111_777)
    private static let dateLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    private func answer(
        _ status: HTTPStatus, _ fields: ResponseFields = .none, _ persistence: Persistence = .kept, body: String = "",
        isHead: Bool = false
    ) -> String {
        var bytes: [UInt8] = []
        withBytes(body) { body in
            ResponseWriter.append(
                ResponseHead(status, fields, persistence), body: body, isHead: isHead, at: Self.date, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aWholeAnswerHasItsLength() {
        let fields = ResponseFields([("Content-Type", "text/plain"), ("Vary", "Accept")])
        let head = "HTTP/1.1 200 OK\r\n\(Self.dateLine)Content-Type: text/plain\r\nVary: Accept\r\n"
        #expect(answer(.ok, fields, body: "héllo") == head + "Content-Length: 6\r\n\r\nhéllo")
        #expect(answer(.ok, fields) == head + "Content-Length: 0\r\n\r\n")
    }

    @Test func theAnswerToHeadIsTheSameWithoutItsBody() {
        #expect(answer(.ok, body: "hello", isHead: true) + "hello" == answer(.ok, body: "hello"))
    }

    @Test(arguments: [
        (Persistence.kept, ""), (.keptByAgreement, "Connection: keep-alive\r\n"), (.close, "Connection: close\r\n"),
    ])
    func anAnswerSaysWhetherTheConnectionIsKept(persistence: Persistence, line: String) {
        let expected = "HTTP/1.1 404 Not Found\r\n\(Self.dateLine)\(line)Content-Length: 1\r\n\r\nx"
        #expect(answer(.notFound, .none, persistence, body: "x") == expected)
    }

    @Test(arguments: [HTTPStatus.noContent, .notModified]) func anAnswerWithoutContentHasNoLength(status: HTTPStatus) {
        #expect(answer(status, body: "hello").hasSuffix(Self.dateLine + "\r\n"))
    }

    @Test(arguments: HTTPStatus.allCases) func aStatusLineHasItsCode(status: HTTPStatus) {
        let line = status.line.description
        #expect(line.hasPrefix("HTTP/1.1 \(status.rawValue) "))
        #expect(line.utf8.count > 15)
        #expect(line.hasSuffix("\r\n"))
    }

    @Test func aStreamEndsWithTheConnection() {
        var bytes = Array("before".utf8)
        ResponseWriter.appendStream(.ok, ResponseFields([("A", "b")]), at: Self.date, to: &bytes)
        let expected = "beforeHTTP/1.1 200 OK\r\n\(Self.dateLine)A: b\r\nConnection: close\r\n\r\n"
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\u{0}b", "a\u{7F}", "\u{1B}"])
    func aValueCannotBeginAnotherField(value: String) {
        let fields = ResponseFields([("X", value)])
        #expect(fields.bytes.dropLast(2).allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        #expect(fields.bytes.count == value.utf8.count + 5)
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
        #expect(String(decoding: date.line, as: UTF8.self) == "Date: \(expected)\r\n")
        #expect(date.line == HTTPDate(secondsSince1970: time).line)
    }
}
