import Testing
import TweetWire

/// Objects of JSON that others define.
struct JSONObjectTests {
    private func object(_ text: String) -> JSONObject? {
        Array(text.utf8).withUnsafeBytes { JSONObject($0, keys: ["a", "b"]) }
    }

    @Test(
        arguments: [
            (#"{"a":"x"}"#, .string("x"), nil), (#" { "a" : "\u00e9\n" , "b" : 1 } "#, .string("é\n"), .other),
            (#"{"c":{"a":"no"},"d":[{}],"b":"y"}"#, nil, .string("y")), (#"{"a":null,"b":[]}"#, nil, .other),
            (#"{"a":"x","a":"y"}"#, .string("y"), nil), (#"{"a":"x","a":null}"#, nil, nil), ("{}", nil, nil),
            (#"{"\u0061":"x"}"#, .string("x"), nil),
        ] as [(String, JSONObject.Value?, JSONObject.Value?)])
    func theWantedMembersAreRead(text: String, a: JSONObject.Value?, b: JSONObject.Value?) throws {
        let found = try #require(object(text))
        #expect(found["a"] == a)
        #expect(found["b"] == b)
        #expect(found["c"] == nil)
    }

    @Test(
        arguments: [
            "", "[]", #""a""#, "null", "{", #"{"a"}"#, #"{"a":"x"} x"#, #"{"a":"x",}"#, #"{"a":"\x"}"#, "{'a':1}",
            String(repeating: #"{"a":"#, count: 40) + "1" + String(repeating: "}", count: 40),
        ])
    func anythingElseIsNone(text: String) {
        #expect(object(text).map { _ in "an object" } == nil)
    }

    @Test func aCutObjectIsNone() {
        let text = #"{"a":"é\u00e9","c":[1,{"d":true}],"b":null}"#
        let bytes = Array(text.utf8)
        for end in 0..<bytes.count {
            let object = bytes[..<end].withUnsafeBytes { JSONObject($0, keys: ["a"]) }
            #expect(object.map { _ in end } == nil)
        }
        #expect(object(text)?["a"] == .string("éé"))
    }
}
