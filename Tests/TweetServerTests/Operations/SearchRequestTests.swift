import Testing
import TweetModel

@testable import TweetReactor
@testable import TweetServer

/// Searches as clients see them.
struct SearchRequestTests {
    @Test func anAcknowledgedTweetIsFoundAtOnce() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        for text in ["one two", "TWO", "three 東京"] { try client.expect(#"["u","\#(text)"]"#, "ok") }
        try client.send(#"["search",{"text":"two"}]"#)
        let lines = try client.next(3)
        #expect(lines.sequences("part") == [3, 2])
        #expect(lines[2] == #"["ok",{"count":2}]"#)
        try client.send(#"["search",{"text":"two","count":1,"before":3}]"#)
        #expect(try client.next(2).sequences("part") == [2])
        try client.send(#"["search",{"text":"東"}]"#)
        #expect(try client.next(2).sequences("part") == [4])
    }

    /// More than a turn's look-ups and more than a turn's output.
    @Test func aLongListIsSentWhole() throws {
        let fixture = try ServerFixture()
        let client = try fixture.connect()
        for _ in 0..<50 {
            for _ in 0..<10 { try client.send(#"["u","common \#(String(repeating: "x", count: 100))"]"#) }
            _ = try client.next(10)
        }
        try client.send(#"["search",{"text":"common","count":400}]"#)
        let lines = try client.next(401)
        #expect(lines.sequences("part") == (102...501).reversed())
        try client.expect(#"["search",{"text":"common nothing"}]"#, "ok")
    }

    @Test(arguments: [
        #""words""#, #"{"text":""}"#, #"{"text":"!"}"#, #"{"count":1}"#, #"{"text":"a","count":0}"#,
        #"{"text":"a","count":1001}"#, #"{"text":"a","before":-1}"#, #"{"text":"a","since":1}"#, #"{"text":7}"#,
    ])
    func aSearchOfAnotherFormIsRefused(body: String) throws {
        let fixture = try ServerFixture()
        try fixture.connect().expect(#"["search",\#(body)]"#, "bad_body")
    }
}
