import Testing
import TweetModel
import TweetWire

/// No packet exceeds the length limit of a line, whatever it carries.
struct LineLengthTests {
    private static let mark = "\u{301}"

    /// A text of 4,096 bytes: 150 characters that take two bytes each in JSON, and combining marks on the last.
    private static func escaped(_ character: String) -> String {
        let text = String(repeating: character, count: 150)
        return text + String(repeating: mark, count: (4096 - text.utf8.count) / mark.utf8.count)
    }

    /// A text of 4,096 bytes: as many hashtags as fit into 2,048 bytes, and the rest quotes.
    private static func tagged() -> String {
        // There are 73 hashtags: 72 of `#` and a CJK letter, and a last one that takes the rest of the bytes.
        let tags = (0..<72).map { "#" + String(UnicodeScalar(UInt16(0x4E00 + $0)) ?? "x") }.joined()
        let rest = 2048 - 72 * 3
        let last = "#é" + String(repeating: mark, count: (rest - 2) / 2)
        let quotes = "\"\"\"\""
        let filled = tags + last + quotes
        return filled + String(repeating: mark, count: (4096 - filled.utf8.count) / 2)
    }

    static let longest = [
        escaped("\""), escaped("\\"), escaped("a"), tagged(), String(repeating: "👨‍👩‍👧‍👦", count: 150),
        "#é" + String(repeating: mark, count: 1023),
        // These letters join the # before them, which gives 150 hashtags in 150 characters.
        (0..<150).map { $0.isMultiple(of: 2) ? "#\u{E33}" : "#\u{E33}" + String(repeating: mark, count: $0 / 12) }
            .joined(),
    ]

    @Test func theWorstTextsReachTheLimits() throws {
        for text in Self.longest[..<2] {
            #expect(text.utf8.count == 4096 && text.count == 150)
        }
        let tagged = try TweetText(Self.longest[3])
        #expect(tagged.string.utf8.count >= 4095 && tagged.string.count == 150)
        #expect(tagged.hashtags.count == 73)
        #expect(tagged.hashtags.reduce(0) { $0 + $1.written.utf8.count } == 2048)
    }

    @Test(arguments: longest)
    func theLongestTweetsAnswerIsALine(text: String) throws {
        let tweet = Tweet(
            sequence: .max, time: Timestamp(milliseconds: 253_402_300_799_999),
            author: Name(String(repeating: "W", count: 20)), isByAccount: true, text: try TweetText(text))
        for line in [PacketWriter.part(tweet), PacketWriter.ok(tweet)] {
            #expect(line.count <= WireLimits.lineBytes)
            #expect((try? answer(line.withoutLineFeed).get()) != nil)
        }
    }

    @Test(arguments: longest)
    func theLongestUploadIsALine(text: String) throws {
        let id = try #require(UploadID(String(repeating: "x", count: 64)))
        let sent = Request.upload(Upload(text: try TweetText(text), id: id))
        let line = PacketWriter.request(sent)
        #expect(line.count <= WireLimits.lineBytes)
        #expect(request(line.withoutLineFeed) == .success(sent))
    }

    @Test func theLongestDownloadIsALine() throws {
        let tag = try #require(Hashtag(String(repeating: "é", count: 1024)))
        let sent = Request.download(Download(tag: tag, count: 1000, since: .max))
        let line = PacketWriter.request(sent)
        #expect(line.count <= WireLimits.lineBytes)
        #expect(request(line.withoutLineFeed) == .success(sent))
    }

    /// Requests that make the error repeat as much of them as possible.
    static let echoed: [String] = [
        #"["\#(String(repeating: "x", count: 8000))",""]"#,
        #"["\#(String(repeating: #"\n"#, count: 4000))",""]"#,
        #"["e\#(String(repeating: mark, count: 4000))",""]"#,
        #"["d",{"\#(String(repeating: "x", count: 8000))":1}]"#,
        #"["d",{"e\#(String(repeating: mark, count: 4000))":1}]"#,
        #"["u",{"\#(String(repeating: #"\n"#, count: 4000))":1}]"#,
        #"["d",{"\#(String(repeating: #"\n"#, count: 2000))":1,"\#(String(repeating: #"\n"#, count: 2000))":1}]"#,
        #"["d",{"tag":"\#(String(repeating: #"\n"#, count: 4000))"}]"#,
        #"["u","\#(String(repeating: #"\n"#, count: 2000))"]"#,
        #"["u",{"text":"a","id":"\#(String(repeating: #"\n"#, count: 4000))"}]"#,
        "[" + String(repeating: "x", count: 8000),
    ]

    @Test(arguments: echoed)
    func anErrorRepeatsLittleOfTheRequest(line: String) throws {
        #expect(line.utf8.count < WireLimits.lineBytes)
        let error = try #require(request(line).failure)
        #expect(PacketWriter.error(error).count <= 512)
    }

    @Test func theLongestRefusalIsALine() {
        let longest = (0...0x10FFFF).lazy.compactMap(Unicode.Scalar.init).filter(\.isForbiddenInText)
            .map { PacketWriter.error(WireError(.forbidden($0))).count }.max()
        #expect(longest.map { $0 <= 512 } == true)
    }
}
