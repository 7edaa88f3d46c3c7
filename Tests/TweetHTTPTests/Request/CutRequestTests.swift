import Testing

@testable import TweetHTTP

/// Streams of requests in pieces: where they are cut changes nothing.
struct CutRequestTests {
    static let streams = [
        get() + get("/a?b=c", "Accept: text/html", "X-Y:  z\t"),
        "\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nhello\r\n\r\nabc" + get("/b"),
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nHEAD /c HTTP/1.0\r\n\r\n\r\n",
        get("/", "Foo : bar"), get("/", "Foo: a\rb"), "GET / HTTP/1.1\nHost: a\n\n", "\r\n\r\n" + get(),
        get() + "GET / HTTP/3.0\r\n\r\n", get() + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
        get("/", "Transfer-Encoding: chunked") + "0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", get("/", " folded"), "\r\n",
        "GET / HTTP/1.1\r\nHost: a", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", "\u{16}\u{3}\u{1}",
        get("/" + String(repeating: "a", count: 2100)), get("/", "X: " + String(repeating: "a", count: 8200)),
        "GET /" + String(repeating: "a", count: 2100), "GET / HTTP/1.1\r\n" + String(repeating: "a", count: 8200),
    ]

    @Test(arguments: streams) func aStreamByteByByteIsReadAsOne(stream: String) {
        let bytes = Array(stream.utf8)
        #expect(read(bytes, sizes: [1]) == read(stream))
    }

    @Test(arguments: streams) func aStreamCutInTwoIsReadAsOne(stream: String) {
        let bytes = Array(stream.utf8)
        let whole = read(stream)
        // The long streams are cut around their ends and limits only.
        for cut in 1...bytes.count where bytes.count < 1000 || cut < 40 || (2040...2130).contains(cut) || cut > 8180 {
            #expect(read(bytes, sizes: [cut, bytes.count]) == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: streams.prefix(3)) func aRequestWithAnotherByteIsReadOrRefused(stream: String) {
        let bytes = Array(stream.utf8)
        var refused = 0
        for index in bytes.indices {
            var copy = bytes
            for byte in UInt8.min...UInt8.max {
                copy[index] = byte
                let steps = read(copy, sizes: [copy.count])
                if case .refused? = steps.last { refused += 1 }
            }
        }
        #expect(refused > bytes.count)
    }
}
