import Testing

@testable import TweetHTTP

/// Fields, query and path of a request that was read.
struct RequestHeadTests {
    @Test(arguments: FieldName.allCases) func aFieldIsFoundInAnyCase(field: FieldName) throws {
        let name = field.text.description
        for spelled in [name, name.uppercased(), name.prefix(1).uppercased() + name.dropFirst()] {
            #expect(withBytes(spelled) { FieldName($0) } == field)
        }
        for other in [name + "x", "y" + name.dropFirst(), String(name.dropLast()) + "_", String(name.dropLast())] {
            #expect(withBytes(other) { FieldName($0) } != field)
        }
    }

    @Test(arguments: FieldName.allCases.filter { ![.transferEncoding, .host].contains($0) })
    func theValueOfAFieldIsAtHand(field: FieldName) throws {
        let value = field == .contentLength ? "0" : field == .expect ? "100-continue" : "x"
        try withRequest(get("/", "\(field.text): \(value)")) { head in
            #expect(
                FieldName.allCases.filter { head[$0] != nil } == [field, .host].sorted { $0.rawValue < $1.rawValue })
            #expect(head[field].map(text) == value)
        }
    }

    @Test func aFieldIsFoundByName() throws {
        try withRequest(get("/", "X-Title: one", "Accept: */*", "x-title: two", "Origin:")) { head in
            #expect(head.value(named: "x-TITLE").map(text) == "one")
            #expect(head.value(named: "host").map(text) == "a")
            #expect(head.value(named: "X-Titl").map(text) == nil)
            #expect(head[.accept].map(text) == "*/*")
            #expect(head[.origin].map(text) == "")
            #expect(head[.authorization].map(text) == nil)
        }
    }

    @Test func theElementsOfAListAreFoundOverAllItsLines() throws {
        let request = get("/", "X-Forwarded-For: 10.0.0.1, ,10.0.0.2", "Via: x", "x-forwarded-for:\t10.0.0.3")
        try withRequest(request) { head in
            var elements: [String] = []
            head.forEachElement(of: .xForwardedFor) { elements.append(text($0)) }
            #expect(elements == ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
            #expect(head.has("10.0.0.3", in: .xForwardedFor))
            #expect(!head.has("10.0.0.3", in: .accept))
        }
    }

    @Test(arguments: [
        ("a,b", ["a", "b"]), ("", []), (" , ,, ", []), ("a", ["a"]), (#""a,b" ,c"#, [#""a,b""#, "c"]),
        (#""\",",d"#, [#""\",""#, "d"]), (#""a,b"#, [#""a,b"#]), (#""\"#, [#""\"#]), ("\ta b\t,", ["a b"]),
    ])
    func aListIsSplitAtCommas(list: String, elements: [String]) {
        #expect(withBytes(list) { ListElements(of: $0).map(text) } == elements)
    }

    @Test(arguments: [
        (#""a""#, true), (#"W/"a""#, true), ("*", true), (#""b", W/"a""#, true), (#""b""#, false), ("a", false),
        (#""a,b""#, false), ("W/", false),
    ])
    func anEntityTagIsComparedWeakly(value: String, isNamed: Bool) throws {
        #expect(try withRequest(get("/", "If-None-Match: \(value)")) { $0.ifNoneMatch(names: #""a""#) } == isNamed)
    }

    // MARK: Path and query

    @Test(arguments: [
        ("/", [""]), ("/tag/ops", ["tag", "ops"]), ("/tag/", ["tag", ""]), ("//", ["", ""]),
        ("/a%2Fb/c", ["a%2Fb", "c"]),
    ])
    func aPathHasSegments(path: String, segments: [String]) {
        #expect(withBytes(path) { $0.pathSegments.map(text) } == segments)
    }

    @Test(
        arguments: [
            ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%A9", "é"), ("%c3%a9", "é"), ("%F0%9F%98%80", "😀"), ("", ""),
            ("%25", "%"),
            ("%2525", "%25"), ("%", nil), ("%1", nil), ("a%1", nil), ("%zz", nil), ("%1g", nil), ("%+1", nil),
            ("%00", nil),
            ("a%00b", nil), ("%FF", nil), ("%C3", nil), ("%C0%AF", nil), ("%ED%A0%80", nil), ("%F4%90%80%80", nil),
            ("%%41", nil), ("% 41", nil),
        ] as [(String, String?)])
    func escapesAreChecked(escaped: String, expected: String?) {
        #expect(withBytes(escaped) { $0.unescaped(plusIsSpace: false) } == expected)
    }

    @Test(arguments: [("a+b", "a b"), ("a%2Bb", "a+b"), ("++", "  "), ("a", "a"), ("+%", nil)])
    func aPlusInAQueryIsASpace(escaped: String, expected: String?) {
        #expect(withBytes(escaped) { $0.unescaped(plusIsSpace: true) } == expected)
    }

    @Test(
        arguments: [
            ("a=1&b=2", "1"), ("b=2&a=1", "1"), ("a", ""), ("a=", ""), ("&&a=1&", "1"), ("a=b=c", "b=c"), ("aa=1", nil),
            ("A=1", nil), ("", nil), ("=1", nil), ("%61=1", "1"), ("b=%zz&a=1", "1"), ("a=x+y%2B", "x y+"),
            ("a;b=1", nil),
        ] as [(String, String?)])
    func aValueOfTheQueryIsFoundByItsKey(query: String, value: String?) throws {
        #expect(try withRequest(get("/?" + query)) { try $0.queryItems.value(of: "a") } == value)
    }

    @Test(arguments: ["a=1&a=1", "a&a", "a=1&%61=2", "a=%", "a=%ff", "a=%00", "%zz=1"])
    func aQueryWithTwoMeaningsOrWithoutAnyIsRefused(query: String) throws {
        let error = #expect(throws: RequestRefusal.self) {
            try withRequest(get("/?" + query.replacing("%zz", with: "%25%"))) { try $0.queryItems.value(of: "a") }
        }
        #expect(error?.status == .badRequest)
    }

    @Test func aRequestWithoutQueryHasNoItems() throws {
        #expect(try withRequest(get("/")) { try $0.queryItems.value(of: "a") } == nil)
    }
}
