import Testing
import TweetModel

/// The request that each form of a line makes.
struct ConversationRequestTests {
    @Test(arguments: [
        (#"["d",""]"#, "last message"),
        (#"["d",{}]"#, "last message"),
        (#" [ "d" , "" ] "#, "last message"),
        (##"["d","#ops"]"##, "download tag=ops"),
        (#"["d","ops"]"#, "download tag=ops"),
        (
            ##"["d",{"tag":"#ops","count":20,"since":7}]"##,
            "download tag=ops count=20 since=7"
        ),
        (#"["d",{"count":1000}]"#, "download count=1000"),
        (#"["d",{"tag":null,"count":1}]"#, "download count=1"),
        (#"["u","hello #swift"]"#, #"upload "hello #swift""#),
        (#"["u","a \"quote\""]"#, #"upload "a "quote"""#),
        (#"["u",""]"#, "upload reset"),
        (#"["u",{"text":"hello","id":"0193-a"}]"#, #"upload "hello" id=0193-a"#),
        (#"["u",{"text":"","id":"r.1"}]"#, "upload reset id=r.1"),
        (#"["u",{"text":"hello","id":null}]"#, #"upload "hello""#),
    ])
    func aRequestIsUnderstood(line: String, action: String) {
        #expect(ConversationDriver.actions(for: line + "\n") == [action, "finish"])
    }

    @Test(arguments: [
        (#"["u"]"#, "not_packet"),
        ("[]", "not_packet"),
        (#"["d","",""]"#, "not_packet"),
        (#"{"d":""}"#, "not_packet"),
        ("7", "not_packet"),
        (#"["d",7]"#, "not_packet"),
        (#"[7,"d"]"#, "not_packet"),
        (#"["shout","hello"]"#, "unknown_operation"),
        (#"["",""]"#, "unknown_operation"),
        (#"["ok",{}]"#, "unknown_operation"),
        (#"["d","two words"]"#, "bad_body"),
        (###"["d","##"]"###, "bad_body"),
        (#"["d",{"count":0}]"#, "bad_body"),
        (#"["d",{"count":1001}]"#, "bad_body"),
        (#"["d",{"count":1.0}]"#, "bad_body"),
        (#"["d",{"since":-1}]"#, "bad_body"),
        (#"["d",{"max_age":-1}]"#, "bad_body"),
        (#"["d",{"max_age":1000,"since":7}]"#, "bad_body"),
        (#"["d",{"tag":"a","tag":"b"}]"#, "bad_body"),
        (#"["d",{"colour":"red"}]"#, "bad_body"),
        (#"["u",{}]"#, "bad_body"),
        (#"["u",{"text":7}]"#, "bad_body"),
        (#"["u",{"text":"a","id":""}]"#, "bad_body"),
        (#"["u",{"text":"a","id":"a b"}]"#, "bad_body"),
        (#"["tags","ops"]"#, "bad_body"),
        (#"["tags",{"count":0}]"#, "bad_body"),
        (#"["tags",{"count":1001}]"#, "bad_body"),
        (#"["tags",{"tag":"ops"}]"#, "bad_body"),
        (#"["u","a bell \u0007"]"#, "forbidden_character"),
        (#"["u","a NUL \u0000"]"#, "forbidden_character"),
        (#"["u","two\nlines"]"#, "forbidden_character"),
        (#"["u","\u202Eright to left"]"#, "forbidden_character"),
        ("[\"u\",\"\(String(repeating: "x", count: 151))\"]", "too_long"),
    ])
    func aWrongRequestIsRefusedAndTheNextOneServed(line: String, code: String) {
        let actions = ConversationDriver.actions(for: line + "\n" + #"["d",""]"# + "\n")
        #expect(actions == ["refuse \(code)", "last message", "finish"])
    }

    @Test(arguments: [
        ("hello", "not_json"),
        ("", "not_json"),
        ("\r", "not_json"),
        (#"["d","" "#, "not_json"),
        (#"["d",""]["d",""]"#, "not_json"),
        ("GET / HTTP/1.1\r", "not_json"),
        ("\0", "not_json"),
        ("[\"u\",\"a\0b\"]", "not_json"),
        (String(repeating: "[", count: 17) + String(repeating: "]", count: 17), "not_json"),
    ])
    func whatIsNoJSONEndsTheConnection(line: String, code: String) {
        #expect(ConversationDriver.actions(for: line + "\n" + #"["d",""]"# + "\n") == ["end \(code)"])
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        ] as [[UInt8]])
    func invalidUTF8EndsTheConnection(bytes: [UInt8]) {
        let line = Array(#"["u",""#.utf8) + bytes + Array("\"]\n".utf8)
        #expect(ConversationDriver.actions(for: line) == ["end not_utf8"])
    }

    @Test func aTextOf150CharactersIsTaken() {
        let text = String(repeating: "é", count: TextLimits.textCharacters)
        #expect(ConversationDriver.actions(for: "[\"u\",\"\(text)\"]\n") == ["upload \"\(text)\"", "finish"])
    }

    @Test func aCarriageReturnBeforeTheLineFeedIsAllowed() {
        let actions = ConversationDriver.actions(for: "[\"d\",\"\"]\r\n[\"u\",\"x\"]\r\n")
        #expect(actions == ["last message", "upload \"x\"", "finish"])
    }
}
