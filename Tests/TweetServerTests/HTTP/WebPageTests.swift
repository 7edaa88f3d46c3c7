import TestSupport
import Testing

@testable import TweetServer

/// The page for browsers and its files.
@Suite struct WebPageTests {
    let client: HTTPTestClient

    let fixture: ServerFixture

    init() throws {
        fixture = try ServerFixture()
        client = try HTTPTestClient(fixture)
    }

    private static let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    // MARK: The page

    @Test func aBrowserGetsThePageAndOthersTheLastMessage() throws {
        let page = try client.request("GET", "/", [Self.browser])
        #expect(page.status == 200)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.fields["cache-control"] == "no-cache")
        #expect(page.fields["vary"] == "Accept")
        #expect(page.body.hasPrefix("<!doctype html>"))
        #expect(!page.body.contains("HASH"))
        for accept in ["*/*", "text/plain", "text/*", "text/html;q=0.5, text/plain", "text/html;q=0"] {
            #expect(try client.request("GET", "/", ["Accept: \(accept)"]).body == "Empty Message\n", "\(accept)")
        }
        #expect(try client.request("GET", "/").body == "Empty Message\n")
        #expect(
            try client.request("GET", "/", ["Accept: application/json"]).fields["content-type"] == "application/json")
    }

    /// Other sites add such keys to a link to the page.
    @Test(arguments: ["?utm=x", "?utm=%ff&fbclid", "?"]) func thePageIgnoresKeysOfAQueryThatItDoesNotKnow(
        query: String
    ) throws {
        for method in ["GET", "HEAD"] {
            let response = try client.request(method, "/" + query, [Self.browser])
            #expect(response.status == 200)
            #expect(response.fields["content-type"] == "text/html; charset=utf-8")
        }
        #expect(try client.request("GET", "/?max_age=1h", [Self.browser]).status == 404)
        #expect(try client.request("POST", "/?utm=x", [Self.browser], body: "text").status == 400)
        if query.count > 1 { #expect(try client.request("GET", "/" + query).status == 400) }
    }

    @Test func thePageThatABrowserHasIsNotSentAgain() throws {
        let tag = try #require(try client.request("GET", "/", [Self.browser]).fields["etag"])
        for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
            let response = try client.request("HEAD", "/", [Self.browser, "If-None-Match: \(known)"])
            #expect(response.status == 304)
            #expect(response.fields["etag"] == tag)
            #expect(response.fields["content-length"] == nil)
            #expect(response.fields["vary"] == "Accept")
        }
        for other in ["\"other\"", String(tag.dropLast()), "W/"] {
            #expect(try client.request("GET", "/", [Self.browser, "If-None-Match: \(other)"]).status == 200)
        }
        // The tag is the page's, not the last message's.
        #expect(try client.request("GET", "/", ["If-None-Match: \(tag)"]).body == "Empty Message\n")
    }

    @Test func answersWithoutABodyEndWithTheirHead() throws {
        let get = try client.request("GET", "/", [Self.browser])
        let tag = try #require(get.fields["etag"])
        let head = try client.request("HEAD", "/", [Self.browser])
        #expect(head.fields == get.fields)
        try client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\(Self.browser)\r\nIf-None-Match: \(tag)\r\n\r\n")
        #expect(try client.next(isHead: true).status == 304)
        #expect(try client.request("GET", "/").body == "Empty Message\n")
    }

    // MARK: Its files

    @Test func theFilesOfThePageMayBeKeptForEver() throws {
        let page = try client.request("GET", "/", [Self.browser]).body
        let paths = page.split(separator: "\"").filter { $0.hasPrefix("app/\(WebPage.shared.hash)/") }
        #expect(!paths.isEmpty)
        for path in paths {
            let file = try client.request("GET", "/\(path)")
            #expect(file.status == 200, "\(path)")
            #expect(file.fields["cache-control"] == "public, max-age=31536000, immutable")
            #expect(!file.body.isEmpty)
            #expect(try client.request("HEAD", "/\(path)").fields == file.fields)
        }
    }

    @Test func otherFilesAreNotThere() throws {
        let hash = WebPage.shared.hash
        for target in [
            "/app/\(hash)/none.js", "/app/\(hash)/index.html", "/app/0123456789abcdef/style.css", "/app/HASH/style.css",
            "/app/\(hash)", "/app/\(hash)/", "/app/\(hash)/a/b", "/app/\(hash)/..%2Findex.html", "/app//style.css",
        ] {
            #expect(try client.request("GET", target).status == 404, "\(target)")
        }
        #expect(try client.request("POST", "/app/\(hash)/style.css").status == 405)
        #expect(try client.request("GET", "/app/\(hash)/style.css?x=1").status == 400)
    }

    /// The figures of HTTP.md, with some room for mends.
    @Test func thePageIsNoLargerThanItsDocumentSays() throws {
        let page = try client.request("GET", "/", [Self.browser]).body
        let files = Set(page.matches(of: /"(app\/[0-9a-f]{16}\/[\w.]+)"/).map { String($0.1) })
        var bytes = page.utf8.count
        // The script loads the manifest.
        let manifest = "app/\(WebPage.shared.hash)/manifest.webmanifest"
        for file in files.union([manifest]) { bytes += try client.request("GET", "/" + file).body.utf8.count }
        #expect(files.count == 3)
        #expect((100_000...106_000).contains(bytes), "\(bytes)")
    }

    @Test func theHashIsThatOfAllContents() {
        func page(_ style: String, _ index: String = "<a href=\"app/HASH/a.css\"><b src=\"app/HASH/\">") -> WebPage {
            WebPage([
                WebPage.Source(path: "a.css", type: "text/css", bytes: Array(style.utf8)),
                WebPage.Source(path: "index.html", type: "text/html", bytes: Array(index.utf8)),
            ])
        }
        let one = page("x")
        #expect(one.hash == page("x").hash)
        #expect(one.hash != page("y").hash)
        #expect(one.hash != page("x", "").hash)
        #expect(one.hash.utf8.count == 16)
        let text = String(decoding: one.page.body, as: UTF8.self)
        #expect(text == "<a href=\"app/\(one.hash)/a.css\"><b src=\"app/\(one.hash)/\">")
        #expect(one.file("a.css", hash: one.hash)?.body == [UInt8(ascii: "x")])
    }

    // MARK: Safety

    @Test func aBrowserIsToldWhatThePageMayDo() throws {
        let page = try client.request("GET", "/", [Self.browser])
        let file = try client.request("GET", "/app/\(WebPage.shared.hash)/style.css")
        for response in [page, file] {
            let policy = try #require(response.fields["content-security-policy"]).split(separator: "; ")
            let rules = [
                "default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
                "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
            ]
            for rule in rules { #expect(policy.contains(Substring(rule)), "\(rule)") }
            #expect(response.fields["x-content-type-options"] == "nosniff")
            #expect(response.fields["referrer-policy"] == "no-referrer")
            #expect(response.fields["cross-origin-opener-policy"] == "same-origin")
            #expect(response.fields["cross-origin-resource-policy"] == "same-origin")
        }
    }

    @Test func aHostThatIsNotKnownGetsNoPage() throws {
        #expect(try client.request("GET", "/", [Self.browser, "Host: evil.example"]).status == 421)
    }

    @Test func aStoppingServerSendsNoPage() throws {
        let fixture = try ServerFixture()
        let client = try HTTPTestClient(fixture)
        try client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\(Self.browser)\r\n\r\n")
        fixture.server.stop()
        #expect(try client.next().status == 503)
    }
}
