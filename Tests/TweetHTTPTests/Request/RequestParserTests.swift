import Testing

@testable import TweetHTTP

/// Requests that are understood, and where each ends in the stream.
struct RequestParserTests {
    private func only(_ stream: String) throws -> ReadRequest {
        let steps = read(stream)
        guard case .request(let request)? = steps.first, steps.count == 2, steps.last == .end else {
            throw NoRequest(text: "\(steps)")
        }
        #expect(request.totalBytes == stream.utf8.count)
        return request
    }

    @Test func theRequestOfCurlIsRead() throws {
        let request = try only(
            "GET /tag/ops?max_age=25h HTTP/1.1\r\nHost: localhost:13001\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"
        )
        #expect(request.method == .get)
        #expect(request.path == "/tag/ops")
        #expect(request.query == "max_age=25h")
        #expect(request.fields == ["Host=localhost:13001", "User-Agent=curl/7.88.1", "Accept=*/*"])
        #expect(request.body == "")
        #expect(request.isVersion11)
        #expect(request.persistence == .kept)
    }

    @Test func aBodyHasTheLengthThatTheRequestSays() throws {
        let request = try only("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhe\r\nl")
        #expect(request.method == .post)
        #expect(request.body == "he\r\nl")
    }

    @Test(arguments: HTTPMethod.allCases) func aMethodIsKnownInCapitalsOnly(method: HTTPMethod) throws {
        let name = method == .other ? "BREW" : "\(method)".uppercased()
        #expect(try only("\(name) / HTTP/1.1\r\nHost: a\r\n\r\n").method == method)
        #expect(try only("\(name.lowercased()) / HTTP/1.1\r\nHost: a\r\n\r\n").method == .other)
    }

    @Test(
        arguments: [
            ("OPTIONS * HTTP/1.1", "*", nil), ("GET /? HTTP/1.1", "/", ""), ("GET /a?b?c HTTP/1.1", "/a", "b?c"),
            ("GET //a/../b HTTP/1.1", "//a/../b", nil), ("GET /%zz HTTP/1.1", "/%zz", nil),
            ("GET /-._~!$&'()*+,;=:@ HTTP/1.1", "/-._~!$&'()*+,;=:@", nil),
        ] as [(String, String, String?)])
    func theTargetIsKeptAsWritten(line: String, path: String, query: String?) throws {
        let request = try only(line + "\r\nHost: a\r\n\r\n")
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(
        arguments: [
            ("HTTP/1.1", nil, Persistence.kept), ("HTTP/1.1", "close", .close), ("HTTP/1.1", "keep-alive", .kept),
            ("HTTP/1.1", "Keep-Alive, CLOSE", .close), ("HTTP/1.1", "closed", .kept), ("HTTP/1.1", ",,close,", .close),
            ("HTTP/1.1", "TE\r\nConnection: close", .close), ("HTTP/1.0", nil, .close),
            ("HTTP/1.0", "Keep-Alive", .keptByAgreement), ("HTTP/1.0", "keep-alive, close", .close),
        ] as [(String, String?, Persistence)])
    func theConnectionIsKeptAsItsFieldAndTheVersionSay(version: String, field: String?, expected: Persistence) throws {
        let line = field.map { "Connection: \($0)\r\n" } ?? ""
        #expect(try only("GET / \(version)\r\nHost: a\r\n\(line)\r\n").persistence == expected)
    }

    @Test func aHostIsNotNeededInTheOldVersion() throws {
        #expect(try !only("GET / HTTP/1.0\r\n\r\n").isVersion11)
    }

    @Test(arguments: [
        ("X:", ""), ("X:a", "a"), ("X: \t a \t ", "a"), ("X: a \t b", "a \t b"), ("X: \u{80}é", "????"),
        ("!#$%&'*+-.^_`|~09azAZ: :", ":"), ("X: a:b: c", "a:b: c"),
    ])
    func theValueOfAFieldIsTrimmed(line: String, value: String) throws {
        #expect(try only(get("/", line)).fields.last?.split(separator: "=", maxSplits: 1).dropFirst().joined() == value)
    }

    @Test func oneEmptyLineBeforeARequestIsSkipped() throws {
        #expect(try only("\r\n" + get("/a")).path == "/a")
        #expect(read("\r\n\r\n" + get()) == [.refused(.badRequest)])
    }

    // MARK: The stream

    @Test func pipelinedRequestsAreReadInTheirOrder() {
        let second = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET"
        let paths = read(get("/a") + second + "\r\n" + get("/c")).map { step in
            if case .request(let request) = step { request.path } else { "\(step)" }
        }
        #expect(paths == ["/a", "/b", "/c", "end"])
    }

    @Test func nothingOfARequestIsLeftInTheNextOne() {
        var parser = RequestParser(bodyLimit: 10)
        func next(_ text: String, _ use: (RequestHead) -> Void) {
            withBytes(text.replacing("\n", with: "\r\n")) { bytes in
                guard case .request(let head) = parser.next(bytes, atEnd: false) else {
                    Issue.record("no request"); return
                }
                #expect(head.totalBytes == bytes.count)
                use(head)
            }
        }
        let connection = "Connection: close, keep-alive, upgrade\nUpgrade: websocket\n"
        let lists = "X-Forwarded-For: 1\nX-Forwarded-For: 2\n"
        next("PUT /a?b HTTP/1.1\nHost: a\n\(connection)\(lists)Expect: 100-continue\nContent-Length: 1\n\nx") { head in
            #expect(head.asksForUpgrade && head.isRepeated(.xForwardedFor) && head.persistence == .close)
        }
        next("GET / HTTP/1.0\n\n") { head in
            #expect(
                head.query == nil && head.contentLength == nil && !head.asksForUpgrade && head.persistence == .close)
            #expect(FieldName.allCases.allSatisfy { head[$0] == nil && !head.isRepeated($0) })
        }
        next("GET / HTTP/1.1\nHost: a\n\n") { #expect($0.persistence == .kept) }
        let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"
        let step = withBytes(post) { bytes in
            if case .partial = parser.next(bytes, atEnd: false) { true } else { false }
        }
        #expect(step, "the first request's expectation is still there")
    }

    @Test(arguments: [
        ("", ReadStep.end), ("\r\n", .end), ("\r", .cutOff), ("G", .cutOff), ("GET / HTTP/1.1\r\nHost: a\r\n", .cutOff),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", .cutOff),
    ])
    func theStreamEndsBetweenRequestsOrWithinOne(stream: String, expected: ReadStep) {
        #expect(read(stream) == [expected])
        #expect(read(stream, atEnd: false) == [.partial])
        #expect(read(get() + stream).last == expected)
    }

    // MARK: Interim answers

    private func post(_ lines: String, version: String = "HTTP/1.1") -> String {
        "POST / \(version)\r\nHost: a\r\n\(lines)\r\n\r\n"
    }

    @Test func aClientThatWaitsForAnInterimAnswerIsToldOfOnce() {
        let head = Array(post("Expect: 100-Continue\r\nContent-Length: 3").utf8)
        let steps = read(head + Array("abc".utf8), sizes: [head.count, 1])
        #expect(steps.first == .awaitsContinue)
        #expect(
            steps.dropFirst().first.map { if case .request(let read) = $0 { read.body == "abc" } else { false } }
                == true)
        #expect(steps.count == 3)
    }

    @Test func eachRequestMayWaitForAnInterimAnswer() {
        let head = Array(post("Expect: 100-continue\r\nContent-Length: 1").utf8)
        let steps = read(head + [0x61] + head + [0x62], sizes: [head.count, 1, head.count, 1])
        #expect(steps.filter { $0 == .awaitsContinue }.count == 2)
        #expect(steps.count == 5)
    }

    @Test func aClientThatSendsItsBodyAtOnceDoesNotWait() {
        let head = Array(post("Expect: 100-continue\r\nContent-Length: 3").utf8)
        for size in [head.count + 1, head.count + 3] {
            #expect(!read(head + Array("abc".utf8), sizes: [size, 1]).contains(.awaitsContinue))
        }
    }

    @Test(arguments: [("Expect: 100-continue", "HTTP/1.1"), ("Expect: 100-continue\r\nContent-Length: 3", "HTTP/1.0")])
    func nobodyWaitsWithoutABodyOrInTheOldVersion(lines: String, version: String) {
        #expect(!read(post(lines, version: version), atEnd: false).contains(.awaitsContinue))
    }

    @Test func theHeadIsAtHandBeforeTheBodyComes() throws {
        var parser = RequestParser(bodyLimit: 10)
        try withBytes(post("Expect: 100-continue\r\nContent-Length: 3")) { bytes in
            guard case .awaitsContinue(let head) = parser.next(bytes, atEnd: false) else { throw NoRequest(text: "") }
            #expect(head.method == .post)
            #expect(head.contentLength == 3)
            #expect(head.body.isEmpty)
        }
    }
}
