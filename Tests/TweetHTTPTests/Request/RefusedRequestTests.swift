import Testing

@testable import TweetHTTP

/// Requests that are refused, among them those with which requests are smuggled past other servers.
///
/// The cases follow the tests of llhttp, the findings of the HTTP Garden, and the list of RFC 9112, 11.
struct RefusedRequestTests {
    private func expect(_ stream: String, _ status: HTTPStatus, bodyLimit: Int = 1000) {
        #expect(read(stream, bodyLimit: bodyLimit) == [.refused(status)])
    }

    @Test(
        arguments: [
            // Not a request line, or not this protocol's.
            (" GET / HTTP/1.1", HTTPStatus.badRequest), ("GET  / HTTP/1.1", .badRequest),
            ("GET / HTTP/1.1 ", .badRequest),
            ("GET /  HTTP/1.1", .badRequest), ("GET\t/ HTTP/1.1", .badRequest), ("GET /\tHTTP/1.1", .badRequest),
            ("GET /", .badRequest), ("GET", .badRequest), ("GET HTTP/1.1", .badRequest), ("/ HTTP/1.1", .badRequest),
            ("G@T / HTTP/1.1", .badRequest), ("GET:/ HTTP/1.1", .badRequest), ("G\u{E9}T / HTTP/1.1", .badRequest),
            ("GET / ICE/1.0", .badRequest), ("GET / IHTTP/1.0", .badRequest), ("PUT / RTSP/1.0", .badRequest),
            ("GET / http/1.1", .badRequest), ("GET / HTTP/1", .badRequest), ("GET / HTTP/1.11", .badRequest),
            ("GET / HTTP/11.1", .badRequest), ("GET / HTTP/+1.1", .badRequest), ("GET / HTTP/1,1", .badRequest),
            ("GET / HTTP/1.", .badRequest), ("GET / HTTP/.1", .badRequest), ("GET /HTTP/1.1", .badRequest),
            ("GET / HTTP/0.9", .versionNotSupported), ("GET / HTTP/1.2", .versionNotSupported),
            ("GET / HTTP/2.0", .versionNotSupported), ("GET / HTTP/5.6", .versionNotSupported),
            ("PRI * HTTP/2.0", .versionNotSupported), ("GETGETGETGETGETGE / HTTP/1.1", .notImplemented),
            // Targets that another reader may take for another path.
            ("GET http://a/ HTTP/1.1", .badRequest), ("GET a HTTP/1.1", .badRequest),
            ("CONNECT a:443 HTTP/1.1", .badRequest),
            ("GET * HTTP/1.1", .badRequest), ("OPTIONS ** HTTP/1.1", .badRequest), ("GET /a#b HTTP/1.1", .badRequest),
            ("GET /a b HTTP/1.1", .badRequest), ("GET /\u{0}HTTP/1.1", .badRequest),
            ("GET /a\u{0}b HTTP/1.1", .badRequest),
            ("GET /\u{7F} HTTP/1.1", .badRequest), ("GET /\u{E9} HTTP/1.1", .badRequest),
            ("GET /\\ HTTP/1.1", .badRequest),
            ("GET /\"<>^`{|}[] HTTP/1.1", .badRequest), ("GET ?a HTTP/1.1", .badRequest),
            ("GET /a\rb HTTP/1.1", .badRequest),
            ("GET / HTTP/1.1\r", .badRequest), ("\u{B}GET / HTTP/1.1", .badRequest),
            ("\u{FEFF}GET / HTTP/1.1", .badRequest),
        ] as [(String, HTTPStatus)])
    func aRequestLineIsRefused(line: String, status: HTTPStatus) {
        expect(line + "\r\nHost: a\r\n\r\n", status)
    }

    @Test(arguments: [
        // Names.
        "Fo@: a", "Foo\u{1}test: a", ": a", "Foo", "Foo : a", "Foo\t: a", " Foo: a", "\tFoo: a", "Foo bar: a",
        "Foo(a): b", "F\u{E9}: a", "Foo\rBar: a", "\rFoo: a", "Content\rLength: 3", "\u{0}: a", "\"Foo\": a",
        "Foo/1: a",
        // Values.
        "Foo: a\u{0}", "Foo: a\rBar: b", "Foo:\rTransfer-Encoding: chunked", "Foo: \u{1B}[0m", "Foo: a\u{7F}b",
        "Foo: 12345678\u{0}12345678", "Foo: 1234567\u{B}", "Foo: a\r", "Foo: \u{8}", "Foo: a\u{C}b",
        // Folded lines.
        "Foo: a\r\n b", "Foo: a\r\n\tb", "Foo: a\r\n Content-Length: 38", "Foo\r\n : a", "Foo:\r\n ", "Foo: a\r\n \r\n",
        // Line ends.
        "Foo: a\nBar: b", "Foo:\nTransfer-Encoding: chunked", "Foo: a\n", "\nFoo: a", "Foo: a\n\r\nBar: b",
        // Lengths.
        "Content-Length: ", "Content-Length: +3", "Content-Length: -3", "Content-Length: 3,3", "Content-Length: 3, 3",
        "Content-Length: 3 3", "Content-Length: 0x3", "Content-Length: 3.0", "Content-Length: 3e0", "Content-Length: a",
        "Content-Length: 3\r\nContent-Length: 3", "Content-Length: 3\r\ncontent-length: 4", "Content-Length: \u{663}",
        "Content-Length: 3;", "Content-Length: \"3\"", "Content-Length: 3_0", "Content-Length : 3",
        "Content-Length\t: 3",
        "Content-Length: 0\r\nContent-Length:", "Content-Length: 3\u{B}", "Content-Length: 99999999999999999999a",
        // Fields of which two readers could choose different ones.
        "Host: a", "Host: b", "HOST:", "Origin: http://a\r\nOrigin: http://b", "Authorization: a\r\nAuthorization: a",
        "Sec-WebSocket-Key: a\r\nSec-WebSocket-Key: b", "Idempotency-Key: a\r\nidempotency-key: b",
        "Content-Type: text/plain\r\nContent-Type: text/html", "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site",
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13", "Last-Event-ID: 1\r\nLast-Event-ID: 2",
        "Expect: 100-continue\r\nExpect: 100-continue",
    ])
    func aFieldIsRefused(lines: String) {
        expect("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", .badRequest)
    }

    @Test(arguments: [
        "chunked", "identity", "", "gzip, chunked", "xchunked", "\u{B}chunked",
        "chunked\r\nTransfer-Encoding: identity",
    ])
    func anyTransferEncodingIsRefused(value: String) {
        let status: HTTPStatus = value.utf8.contains(0xB) ? .badRequest : .lengthRequired
        for version in ["HTTP/1.0", "HTTP/1.1"] {
            for name in ["Transfer-Encoding", "transfer-encoding", "TRANSFER-ENCODING"] {
                expect("POST / \(version)\r\nHost: a\r\n\(name): \(value)\r\nContent-Length: 3\r\n\r\nabc", status)
                expect("POST / \(version)\r\nHost: a\r\nContent-Length: 3\r\n\(name): \(value)\r\n\r\nabc", status)
            }
        }
    }

    @Test func aSpaceHidesNoTransferEncoding() {
        expect(get("/", "Transfer-Encoding : chunked"), .badRequest)
        expect(get("/", " Transfer-Encoding: chunked"), .badRequest)
    }

    @Test(arguments: ["", "100-continue, a", "200-ok", "100"]) func anUnknownExpectationIsRefused(value: String) {
        expect(get("/", "Expect: \(value)"), .expectationFailed)
    }

    @Test func aHostIsNeededSinceVersion11() {
        expect("GET / HTTP/1.1\r\n\r\n", .badRequest)
        expect("GET / HTTP/1.1\r\nHosts: a\r\n\r\n", .badRequest)
        expect("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .badRequest)
    }

    @Test(arguments: ["\nGET / HTTP/1.1\r\n", "GET / HTTP/1.1\n", "GET / HTTP/1.1\nHost: a\n\n"])
    func aLineThatEndsWithLineFeedAloneIsRefusedAtOnce(start: String) {
        #expect(read(start, atEnd: false) == [.refused(.badRequest)])
    }

    // MARK: Limits

    @Test func aBodyHasALimit() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
        #expect(read(head + "3\r\n\r\nabc", bodyLimit: 3).count == 2)
        for length in ["4", "0004", "9223372036854775807", "9223372036854775808", "18446744073709551619"] {
            expect(head + length + "\r\n\r\nabc", .contentTooLarge, bodyLimit: 3)
        }
        #expect(read(head + "9223372036854775807\r\n\r\n", bodyLimit: .max) == [.refused(.contentTooLarge)])
        expect(head + String(repeating: "9", count: 5000) + "\r\n\r\n", .contentTooLarge)
        #expect(read(head + String(repeating: "0", count: 5000) + "3\r\n\r\nabc").count == 2)
    }

    @Test func aTargetHasALimit() {
        let longest = "/" + String(repeating: "a", count: HTTPLimits.targetBytes - 1)
        #expect(read(get(longest)).count == 2)
        expect(get(longest + "a"), .targetTooLong)
        expect("OPTIONSOPTIONSOP \(longest) HTTP/1.0\r\n" + String(repeating: "a", count: 9000), .headTooLarge)
    }

    @Test func aRequestLineIsRefusedForItsLengthBeforeItsEndComes() {
        let longest = String(repeating: "a", count: HTTPLimits.requestLineBytes)
        #expect(read(longest + "\r", atEnd: false) == [.partial])
        expect(longest + "\r\n", .badRequest)
        expect(longest + "a\n", .badRequest)
        #expect(read(longest + "aa", atEnd: false) == [.refused(.targetTooLong)])
        expect(longest + "a\r\n", .targetTooLong)
        let target = "/" + String(repeating: "a", count: HTTPLimits.targetBytes)
        #expect(read("GET " + target + String(repeating: "a", count: 50), atEnd: false) == [.refused(.targetTooLong)])
    }

    @Test func aHeadHasALimit() {
        func head(of count: Int) -> String {
            let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
            return start + String(repeating: "a", count: count - start.utf8.count - 4) + "\r\n\r\n"
        }
        #expect(read(head(of: HTTPLimits.headBytes)).count == 2)
        expect(head(of: HTTPLimits.headBytes + 1), .headTooLarge)
        func start(_ count: Int) -> [ReadStep] {
            read(Array(head(of: 9000).utf8.prefix(count)), sizes: [count], atEnd: false)
        }
        #expect(start(HTTPLimits.headBytes) == [.refused(.headTooLarge)])
        #expect(start(HTTPLimits.headBytes - 1) == [.partial])
    }

    @Test func theNumberOfFieldsHasALimit() {
        let lines = (2...HTTPLimits.fields).map { "X\($0): a\r\n" }.joined()
        #expect(read("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n").count == 2)
        expect("GET / HTTP/1.1\r\nHost: a\r\n\(lines)X: a\r\n\r\n", .headTooLarge)
        // It is that of one request.
        #expect(read(String(repeating: get(), count: 2 * HTTPLimits.fields)).last == .end)
    }
}
