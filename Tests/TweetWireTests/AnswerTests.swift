import Testing
import TweetModel
import TweetWire

/// Lines from the server, as a client parses them.
struct AnswerTests {
    private static let time = Timestamp(milliseconds: 1_795_237_380_123)

    static let full = WireTweet(
        sequence: 7, time: time, author: "anna", text: "hello #swift #C", tags: ["swift", "C"])

    static let fullBody =
        #"{"seq":7,"time":"2026-11-21T05:03:00.123Z","author":"anna","text":"hello #swift #C","tags":["swift","C"]}"#

    @Test(
        arguments: [
            (#"["ok",\#(fullBody)]"#, .one(.tweet(full))),
            (#"["part",\#(fullBody)]"#, .part(.tweet(full))),
            (#"["\u006fk",\#(fullBody)]"#, .one(.tweet(full))),
            (#"["ok",{"text":"a"}]"#, .one(.tweet(WireTweet(text: "a")))),
            (#"["ok",{"text":""}]"#, .one(.tweet(WireTweet(text: "")))),
            (
                #"["ok",{"seq":null,"time":null,"author":null,"text":"Empty Message","tags":[]}]"#,
                .one(.tweet(WireTweet(text: "Empty Message")))
            ),
            (#"["ok",{"tags":null,"text":"a"}]"#, .one(.tweet(WireTweet(text: "a")))),
            (#"["ok",{"text":"a","seq":-9223372036854775808}]"#, .one(.tweet(WireTweet(sequence: .min, text: "a")))),
            (#"["ok",{"text":"a","seq":9223372036854775807}]"#, .one(.tweet(WireTweet(sequence: .max, text: "a")))),
            (#"["ok",{"text":"\u0041\n","author":"\u00e9"}]"#, .one(.tweet(WireTweet(author: "é", text: "A\n")))),
            (#"["ok",{}]"#, .done(sequence: nil, name: nil, pending: nil)),
            (#"["ok",{"seq":7}]"#, .done(sequence: 7, name: nil, pending: nil)),
            (#"["ok",{"name":"Ana","pending":3}]"#, .done(sequence: nil, name: "Ana", pending: 3)),
            (#"["ok",{"count":0}]"#, .end(count: 0)),
            (#"["ok",{"count":1000}]"#, .end(count: 1000)),
            (#"["error",{"code":"too_long","message":"151"}]"#, .error(code: "too_long", message: "151")),
            (#"["error",{"message":"later","code":"of_2030"}]"#, .error(code: "of_2030", message: "later")),
            (#"["error",{"code":"busy"}]"#, .error(code: "busy", message: "")),
            (
                #"["error",{"code":"busy","message":"m","retry_after":7}]"#,
                .error(code: "busy", message: "m", retryAfter: 7)
            ),
            (#"["error",{"code":"busy","message":"m","retry_after":-7}]"#, .error(code: "busy", message: "m")),
            (#"["error",{"code":"busy","message":"m","retry_after":"7"}]"#, .error(code: "busy", message: "m")),
        ] as [(String, Answer)])
    func anAnswerIsRead(line: String, expected: Answer) {
        #expect(answer(line) == .success(expected))
    }

    @Test(
        arguments: [
            (
                #"["ok",{"text":"a","likes":3,"x":{"text":"b","y":[1,{}]},"z":[1,"a",null],"f":1.5e3,"t":true}]"#,
                .one(.tweet(WireTweet(text: "a")))
            ),
            (#"["part",{"new":"a","text":"a","newer":null}]"#, .part(.tweet(WireTweet(text: "a")))),
            (#"["ok",{"more":true,"count":3,"next":17}]"#, .end(count: 3)),
            (#"["error",{"retry":5,"code":"busy","message":"m","at":[0]}]"#, .error(code: "busy", message: "m")),
        ] as [(String, Answer)])
    func unknownMembersArePassedOver(line: String, expected: Answer) {
        #expect(answer(line) == .success(expected))
    }

    @Test(arguments: [(31, true), (32, false), (1000, false)])
    func aTweetHasUpTo32Members(others: Int, isUnderstood: Bool) {
        let members = (0..<others).map { "\"\($0)\":0," }.joined()
        let read = answer("[\"ok\",{\(members)\"text\":\"a\"}]")
        #expect((try? read.get()) == (isUnderstood ? .one(.tweet(WireTweet(text: "a"))) : nil))
    }

    @Test(arguments: [
        "", "ok", "null", #"["ok"]"#, #"["ok",""]"#, #"["ok","hello"]"#, #"["ok",[]]"#,
        #"["ok",{"text":null}]"#, #"["ok",{"text":1}]"#, #"["ok",{"text":["a"]}]"#, #"["ok",{"text":"a","seq":"7"}]"#,
        #"["ok",{"text":"a","seq":7.0}]"#, #"["ok",{"text":"a","seq":9223372036854775808}]"#,
        #"["ok",{"text":"a","time":0}]"#, #"["ok",{"text":"a","time":"yesterday"}]"#,
        #"["ok",{"text":"a","time":"2026-02-29T00:00:00.000Z"}]"#, #"["ok",{"text":"a","author":1}]"#,
        #"["ok",{"text":"a","tags":"ops"}]"#, #"["ok",{"text":"a","tags":[1]}]"#,
        #"["ok",{"text":"a","tags":["a",null]}]"#,
        #"["ok",{"text":"a","tags":{}}]"#, #"["ok",{"text":"a","text":"b"}]"#, #"["ok",{"count":"3"}]"#,
        #"["ok",{"count":1.0}]"#, #"["ok",{"count":-1}]"#, #"["part",{"count":3}]"#, #"["error",{}]"#, #"["error",""]"#,
        #"["error",{"code":1,"message":"m"}]"#, #"["error",{"code":"","message":"m"}]"#, #"["error",{"message":"m"}]"#,
        #"["tweet",{"seq":1}]"#, #"["lagged",{}]"#, #"["joined",{}]"#, #"["d",""]"#,
        #"["ok",{"text":"a"}]["ok",{"text":"a"}]"#,
        #"["ok",{"text":"\x"}]"#,
    ])
    func whatIsNoAnswerIsAnErrorWithAReason(line: String) throws {
        let error = try #require(answer(line).failure)
        #expect(!error.description.isEmpty)
    }

    @Test(
        arguments: [
            (#"["tweet",\#(fullBody)]"#, .tweet(full)), (#"["lagged",{"seq":9}]"#, .lagged(9)),
            (
                #"["joined",{"name":"Ana","time":"2026-11-21T05:03:00.123Z"}]"#,
                .joined(name: "Ana", time: AnswerTests.time)
            ), (#"["left",{"name":"Ana"}]"#, .left(name: "Ana", time: nil)),
            (
                #"["message",{"seq":3,"from":"ana","to":["bob"],"text":"hi","read":null}]"#,
                .message(WireMessage(sequence: 3, sender: "ana", recipients: ["bob"], text: "hi"))
            ), (#"["applause",{"text":1}]"#, .unknown), (#"["",{}]"#, .unknown),
        ] as [(String, Push)])
    func whatIsSaidWithoutBeingAskedIsAPush(line: String, expected: Push) {
        #expect(answer(line) == .success(.push(expected)))
    }

    @Test func aTweetIsWrittenAsTheProtocolSays() throws {
        let tweet = Tweet(sequence: 7, time: Self.time, author: Name("anna"), text: try TweetText("hello #swift #C"))
        #expect(String(decoding: PacketWriter.ok(tweet), as: UTF8.self) == #"["ok",\#(Self.fullBody)]"# + "\n")
        #expect(String(decoding: PacketWriter.part(tweet), as: UTF8.self) == #"["part",\#(Self.fullBody)]"# + "\n")
        let proved = Tweet(
            sequence: 7, time: Self.time, author: Name("anna"), isByAccount: true,
            text: try TweetText("hello #swift #C"))
        let body = Self.fullBody.dropLast() + #","account":true}"#
        #expect(String(decoding: PacketWriter.ok(proved), as: UTF8.self) == "[\"ok\",\(body)]\n")
        let plain = Tweet(sequence: 1, time: Self.time, author: nil, text: try TweetText(#"a "b" \c"#))
        #expect(
            String(decoding: PacketWriter.ok(plain), as: UTF8.self)
                == #"["ok",{"seq":1,"time":"2026-11-21T05:03:00.123Z","author":null,"text":"a \"b\" \\c","tags":[]}]"#
                + "\n")
        #expect(
            String(decoding: PacketWriter.okEmpty(), as: UTF8.self)
                == #"["ok",{"seq":null,"time":null,"author":null,"text":"Empty Message","tags":[]}]"# + "\n")
        #expect(String(decoding: PacketWriter.okCount(20), as: UTF8.self) == #"["ok",{"count":20}]"# + "\n")
        #expect(
            String(decoding: PacketWriter.error(WireError(.tooLong, "no")), as: UTF8.self)
                == #"["error",{"code":"too_long","message":"no"}]"# + "\n")
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), (#"""#, #""\"""#), (#"\"#, #""\\""#), ("/", #""/""#), ("é😀", #""é😀""#),
        ("\0\u{1}\u{F}\u{10}\u{1F}", ##""\u0000\u0001\u000f\u0010\u001f""##), ("\n\r\t", ##""\u000a\u000d\u0009""##),
        ("\u{7F}\u{2028}", "\"\u{7F}\u{2028}\""),
    ])
    func onlyWhatMustBeEscapedIs(text: String, json: String) {
        var bytes: [UInt8] = []
        bytes.appendJSON(text)
        #expect(String(decoding: bytes, as: UTF8.self) == json)
    }
}
