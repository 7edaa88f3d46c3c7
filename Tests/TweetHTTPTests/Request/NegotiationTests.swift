import Testing

@testable import TweetHTTP

/// Media types that a client accepts or sends.
struct NegotiationTests {
    private static let offers = [
        MediaType("text", "plain"), MediaType("text", "html"), MediaType("application", "json"),
    ]

    @Test(
        arguments: [
            ("*/*", 0), ("", nil), ("text/html", 1), ("TEXT/HTML", 1), ("application/json", 2), ("application/*", 2),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", 1),
            ("application/json, text/plain, */*", 0), ("application/json, */*;q=0.1", 2), ("image/png", nil),
            ("text/*;q=0.5, application/json;q=0.4", 0), ("text/*;q=0.5, text/html", 1), ("*/*;q=0", nil),
            ("text/plain;q=0, */*", 1), ("text/plain;q=0,text/html;q=0,*/*;q=0.001", 2), ("text/html;q=0.000", nil),
            // RFC 9110, 12.5.1: the closer range counts, even if its quality is lower.
            ("text/*;q=0.3, text/plain;q=0.7, text/html;q=0.2, */*;q=0.5", 0), ("*/*, text/plain;q=0.2", 1),
            ("application/json;charset=utf-8", 2), ("text/html;level=1;q=0.9, text/html;q=0.1, text/plain;q=0.5", 0),
            (#"text/html;a="b,c;q=0.1",text/plain;q=0.9"#, 1), ("text/html ; q=0.5 , text/plain;Q=0.4", 1),
            // Of two that are equally close the first counts.
            ("text/html;q=0.2, text/plain;q=0.1, text/html;q=0", 1), ("text/plain;q=0.1, text/plain, text/*;q=0.5", 1),
            // Elements that are invalid are ignored.
            ("text/html;q=1.1", nil), ("text/html;q=2", nil), ("text/html;q=0.1234", nil), ("text/html;q=", nil),
            ("text/html;q=.5", nil), ("text/html;q=-0", nil), ("text/html;q=1.001", nil), ("text/html;q=0.x", nil),
            ("text", nil), ("text/", nil), ("/html", nil), ("*/html", nil), ("text/html/x", nil), (";q=1", nil),
            ("text/html;q=1.000", 1), ("text/html;q=1.", 1), ("text/html;q=0.", nil), ("*", nil), ("text/ html", nil),
        ] as [(String, Int?)])
    func theClientsPreferenceIsSelected(accept: String, expected: Int?) throws {
        #expect(try withRequest(get("/", "Accept: \(accept)")) { $0.preferred(among: Self.offers) } == expected)
    }

    @Test func withoutTheFieldTheServersPreferenceIsSelected() throws {
        #expect(try withRequest(get("/")) { $0.preferred(among: Self.offers) } == 0)
    }

    @Test func twoFieldsCountAsOne() throws {
        for lines in [("*/*", "text/plain;q=0.1"), ("text/plain;q=0.1", "*/*")] {
            let request = get("/", "Accept: \(lines.0)", "Accept: \(lines.1)")
            #expect(try withRequest(request) { $0.preferred(among: Self.offers) } == 1)
        }
    }

    @Test(
        arguments: [
            ("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/json;", true),
            ("application/json ;a=\"b;c\"", true), ("application/jsonp", false), ("application/problem+json", false),
            ("", false), ("application", false), ("application/json, text/plain", false), ("text/json", false),
        ] as [(String, Bool)])
    func theTypeOfTheBodyIsReadWithoutItsParameters(value: String, isJSON: Bool) throws {
        let json = MediaType("application", "json")
        #expect(try withRequest(get("/", "Content-Type: \(value)")) { $0.hasContent(json) } == isJSON)
        #expect(try !withRequest(get("/")) { $0.hasContent(json) })
    }
}
