import Testing
import TweetModel
import TweetWire

/// Each form of a request, and the refused forms.
struct RequestTests {
    private static func upload(_ text: String?, id: String? = nil) throws -> Request {
        .upload(Upload(text: try text.map { try TweetText($0) }, id: id.flatMap(UploadID.init)))
    }

    private static func tag(_ written: String) throws -> Hashtag { try #require(Hashtag(written)) }

    // MARK: Downloads

    @Test(arguments: [
        #"["d",""]"#, #"["d",{}]"#, #" [ "d" , "" ] "#, "[\"d\",\"\"]\r",
        #"["\u0064",""]"#, #"["d",{"tag":null,"count":null}]"#,
        #"["d",{"since":null,"max_age":null}]"#,
    ])
    func aDownloadOfNothingInParticularIsTheLastMessage(line: String) {
        #expect(request(line) == .success(.lastMessage))
    }

    @Test func aDownloadSaysWhatItIsOf() throws {
        let ops = try Self.tag("ops")
        let expected: [(String, Download)] = [
            (##"["d","#ops"]"##, Download(tag: ops)),
            (#"["d","ops"]"#, Download(tag: ops)),
            (##"["d","#OPS"]"##, Download(tag: ops)),
            (#"["d","\u0023o\u0070s"]"#, Download(tag: ops)),
            (##"["d",{"tag":"#ops"}]"##, Download(tag: ops)),
            (#"["d",{"tag":"ops"}]"#, Download(tag: ops)),
            (#"["d",{"t\u0061g":"ops"}]"#, Download(tag: ops)),
            (##"["d",{"tag":"#ที่นี่"}]"##, Download(tag: try Self.tag("ที่นี่"))),
            (##"["d",{"tags":["#b","ops","B"]}]"##, Download(tags: [try Self.tag("b"), ops])),
            (#"["d",{"tags":["ops"],"tag":null}]"#, Download(tag: ops)),
            (#"["d",{"count":1}]"#, Download(count: 1)),
            (#"["d",{"count":1000}]"#, Download(count: 1000)),
            (#"["d",{"since":0}]"#, Download(since: 0)),
            (#"["d",{"since":-0}]"#, Download(since: 0)),
            (#"["d",{"since":9223372036854775807}]"#, Download(since: .max)),
            (#"["d",{"max_age":0}]"#, Download(maxAge: 0)),
            (#"["d",{"max_age":9223372036854775807}]"#, Download(maxAge: .max)),
            (
                ##"["d",{"since":3,"count":2,"tag":"#ops"}]"##,
                Download(tag: ops, count: 2, since: 3)
            ),
        ]
        for (line, download) in expected { #expect(request(line) == .success(.download(download)), "\(line)") }
    }

    @Test(arguments: [
        (Download(), false), (Download(count: 1), true), (Download(since: 0), true), (Download(maxAge: 1), false),
    ])
    func aDownloadWithCountOrSinceIsAList(download: Download, isList: Bool) {
        #expect(download.isList == isList)
    }

    @Test(arguments: [
        ##"["d","#"]"##, ###"["d","##ops"]"###, ##"["d","#a b"]"##, ##"["d","#a#b"]"##,
        ##"["d"," #a"]"##, ##"["d","a-b"]"##,
        #"["d","\n"]"#, #"["d","🎉"]"#, #"["d",{"tag":""}]"#, ##"["d",{"tag":"#"}]"##, #"["d",{"tag":1}]"#,
        #"["d",{"tag":["ops"]}]"#, #"["d",{"tag":true}]"#,
        #"["d",{"count":0}]"#, #"["d",{"count":-1}]"#, #"["d",{"count":1001}]"#, #"["d",{"count":1e2}]"#,
        #"["d",{"count":1E2}]"#, #"["d",{"count":1.0}]"#, #"["d",{"count":"1"}]"#, #"["d",{"count":true}]"#,
        #"["d",{"count":[1]}]"#, #"["d",{"count":{}}]"#, #"["d",{"count":9223372036854775808}]"#,
        #"["d",{"count":18446744073709551617}]"#, #"["d",{"count":100000000000000000000000000000001}]"#,
        #"["d",{"since":-1}]"#, #"["d",{"since":-9223372036854775808}]"#, #"["d",{"since":9223372036854775808}]"#,
        #"["d",{"since":"7"}]"#, #"["d",{"since":0.0}]"#, #"["d",{"max_age":-1}]"#, #"["d",{"max_age":"90s"}]"#,
        #"["d",{"max_age":1.5}]"#, #"["d",{"tags":"ops"}]"#, #"["d",{"tags":[]}]"#,
        #"["d",{"tags":["a"],"tag":"b"}]"#, ##"["d",{"tags":["#"]}]"##, #"["d",{"tags":[1]}]"#,
        "[\"d\",{\"tags\":[\((1...65).map { "\"t\($0)\"" }.joined(separator: ","))]}]", #"["d",{"Tag":"ops"}]"#,
        #"["d",{"":""}]"#,
        #"["d",{"tag":"a","tag":"a"}]"#, #"["d",{"tag":"a","t\u0061g":"b"}]"#,
        #"["d",{"tag":null,"tag":null}]"#, #"["d",{"x":null}]"#, #"["d",{"x":null,"count":1}]"#,
    ])
    func aWrongDownloadIsABadBody(line: String) {
        #expect(request(line).failure?.code == .badBody)
    }

    // MARK: Uploads

    @Test func anUploadHasATextAndPerhapsAnID() throws {
        let expected: [(String, Request)] = [
            (#"["u","hello #swift"]"#, try Self.upload("hello #swift")),
            (#"["\u0075","hello"]"#, try Self.upload("hello")),
            (#"["u","žluťoučký 😀"]"#, try Self.upload("žluťoučký 😀")),
            (#"["u","\u017Elu\u0165 \uD83D\uDE00"]"#, try Self.upload("žluť 😀")),
            (#"["u","\"\\\/"]"#, try Self.upload(#""\/"#)),
            (#"["u"," "]"#, try Self.upload(" ")),
            (#"["u",{"text":"hello"}]"#, try Self.upload("hello")),
            (#"["u",{"text":"hello","id":"a-1"}]"#, try Self.upload("hello", id: "a-1")),
            (#"["u",{"id":"a-1","text":"hello"}]"#, try Self.upload("hello", id: "a-1")),
            (#"["u",{"id":null,"text":"hello"}]"#, try Self.upload("hello")),
            (#"["u",{"id":"a\u002d1","text":"h\u00e9"}]"#, try Self.upload("hé", id: "a-1")),
            (#"["u",""]"#, try Self.upload(nil)),
            (#"["u",{"text":""}]"#, try Self.upload(nil)),
            (#"["u",{"text":"","id":"a-1"}]"#, try Self.upload(nil, id: "a-1")),
        ]
        for (line, upload) in expected { #expect(request(line) == .success(upload), "\(line)") }
    }

    @Test func aTextIsKeptByteForByte() throws {
        for text in ["e\u{301}", "\u{E9}", "\u{212B}"] {
            guard case .upload(let upload) = try request(#"["u","\#(text)"]"#).get() else {
                Issue.record("no upload")
                return
            }
            #expect(upload.text.map { Array($0.string.utf8) } == Array(text.utf8))
        }
    }

    @Test(arguments: [
        #"["u",{}]"#, #"["u",{"id":"a"}]"#, #"["u",{"text":null}]"#, #"["u",{"text":1}]"#, #"["u",{"text":["a"]}]"#,
        #"["u",{"text":"a","id":""}]"#, #"["u",{"text":"a","id":"a b"}]"#, #"["u",{"text":"a","id":"é"}]"#,
        #"["u",{"text":"a","id":7}]"#, #"["u",{"text":"a","id":"\#(String(repeating: "x", count: 65))"}]"#,
        #"["u",{"text":"a","text":"a"}]"#, #"["u",{"text":"a","id":"a","id":"a"}]"#,
        #"["u",{"text":"a","author":1}]"#, #"["u",{"text":"a","name":"b"}]"#,
        #"["u",{"message":"a"}]"#, #"["u",{"text":"a","x":null}]"#,
    ])
    func aWrongUploadIsABadBody(line: String) {
        #expect(request(line).failure?.code == .badBody)
    }

    static let refused: [(String, TextRefusal)] = [
        (String(repeating: "a", count: 151), .tooManyCharacters(151)),
        (String(repeating: "é", count: 151), .tooManyCharacters(151)),
        ("e" + String(repeating: "\u{301}", count: 2048), .tooManyBytes(4097)),
        ("#e" + String(repeating: "\u{301}", count: 1024), .tooManyHashtagBytes(2049)),
        ("a\u{202E}b", .forbidden("\u{202E}")), ("a\u{7F}", .forbidden("\u{7F}")), ("\u{9B}1m", .forbidden("\u{9B}")),
    ]

    @Test(arguments: refused)
    func aTextThatIsNoTweetIsRefusedWithTheReason(text: String, refusal: TextRefusal) {
        for line in [#"["u","\#(text)"]"#, #"["u",{"text":"\#(text)","id":"a"}]"#] {
            #expect(request(line) == .failure(WireError(refusal)))
        }
        #expect(original(Array(text.utf8)) == .failure(WireError(refusal)))
    }

    @Test(arguments: [(#"\n"#, "\n"), (#"\u001b"#, "\u{1B}"), (#"\u0000"#, "\0"), (#"\u2028"#, "\u{2028}")])
    func anEscapedControlCharacterIsForbiddenAsWell(escape: String, scalar: Unicode.Scalar) {
        for line in [#"["u","a\#(escape)b"]"#, #"["u",{"text":"a\#(escape)b"}]"#] {
            #expect(request(line) == .failure(WireError(.forbidden(scalar))))
        }
    }

    // MARK: The original's packet

    private func original(_ bytes: [UInt8]) -> Result<Upload, WireError> {
        bytes.withUnsafeBytes { bytes in Result { () throws(WireError) in try Upload(original: bytes) } }
    }

    @Test func theOriginalsPacketIsItsMessage() throws {
        #expect(original([]) == .success(Upload(text: nil, id: nil)))
        #expect(original(Array(#"["d",""]"#.utf8)) == .success(Upload(text: try TweetText(#"["d",""]"#), id: nil)))
        #expect(original(Array("ahoj ž #x".utf8)) == .success(Upload(text: try TweetText("ahoj ž #x"), id: nil)))
        #expect(original([0xFF]).failure?.code == .badBody)
        #expect(original(Array("a\n".utf8)).failure?.code == .forbiddenCharacter)
    }

    /// A line of 8 KiB has room for a thousand keys, and each key is compared with all before it.
    @Test(arguments: [33, 1000])
    func aBodyWithManyKeysIsRefused(count: Int) {
        let keys = (0..<count).map { "\"\($0)\":0" }.joined(separator: ",")
        for operation in ["d", "u"] {
            let expected = WireError(.badBody, "there are more than 32 keys")
            #expect(request("[\"\(operation)\",{\(keys)}]") == .failure(expected))
        }
    }

    /// Only bytes are compared: for normal forms, 32 keys of many marks cost thousands of times as much as a plain line.
    @Test(arguments: [
        (#"{"\u00e9":0,"e\u0301":0}"#, "is not known"), (#"{"e\u0301":0,"e\u0301":0}"#, "occurs twice"),
    ])
    func keysAreComparedAsBytes(body: String, expected: String) throws {
        #expect(try #require(request("[\"u\",\(body)]").failure).message.contains(expected))
    }

    @Test func aKeyThatIsLongerThanAnyIsNotKnown() {
        let key = String(repeating: "k", count: WireLimits.keyBytes + 1)
        #expect(
            request("[\"u\",{\"\(key)\":0}]")
                == .failure(WireError(.badBody, "the key \(key.prefix(32)) is not known")))
    }

    @Test func theHashtagsOfARequestHaveABoundTogether() {
        let half = String(repeating: "a", count: WireLimits.followedTagBytes / 4)
        func tags(_ count: Int) -> String {
            (0..<count).map { "\"\(half.dropFirst(2))1\($0)\"" }.joined(separator: ",")
        }
        for operation in ["d", "follow"] {
            #expect(request("[\"\(operation)\",{\"tags\":[\(tags(4))]}]").failure == nil)
            #expect(request("[\"\(operation)\",{\"tags\":[\(tags(5))]}]").failure?.code == .tooLong)
        }
    }

    // MARK: Operations

    @Test(arguments: [
        #"["x",""]"#, #"["",""]"#, #"["D",""]"#, #"["U","a"]"#, #"["dd",""]"#, #"["d ",""]"#,
        #"["ok",{}]"#, #"["é",{}]"#, #"["\n",""]"#,
        #"["\u0078",""]"#,
    ])
    func anUnknownOperationIsNamed(line: String) throws {
        let error = try #require(request(line).failure)
        #expect(error.code == .unknownOperation)
        #expect(error.message.hasPrefix("there is no operation \""))
    }
}
