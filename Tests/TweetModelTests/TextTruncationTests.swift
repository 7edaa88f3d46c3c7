import Testing
import TweetModel

private let family = "👩‍👩‍👧‍👦"

private func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

/// Texts cut to the length of a message.
struct TextTruncationTests {
    private func truncated(_ text: String) -> String {
        String(decoding: TextTruncation.truncated(Array(text.utf8)), as: UTF8.self)
    }

    @Test func aTextThatFitsStaysAsItIs() {
        for text in ["", "short", times(150, "x"), times(150, family), times(150, "e\u{301}"), "a\tb"] {
            #expect(truncated(text) == text)
        }
    }

    @Test func aTextThatIsTooLongEndsWithTheMark() {
        #expect(truncated(times(151, "x")) == times(149, "x") + "…")
        #expect(truncated(times(100_000, "x")) == times(149, "x") + "…")
        #expect(truncated(times(1_000_000, "é")) == times(149, "é") + "…")
    }

    @Test func aCharacterIsNeverHalf() {
        #expect(truncated(times(149, "x") + family + family) == times(149, "x") + "…")
        #expect(truncated(times(148, "x") + times(3, family)) == times(148, "x") + family + "…")
        #expect(truncated(times(151, "e\u{301}")) == times(149, "e\u{301}") + "…")
        #expect(truncated(times(151, "\r\n")) == times(149, "\r\n") + "…")
    }

    /// A text of 150 characters may have too many bytes.
    @Test func theBytesOfAMessageAreKeptToo() throws {
        let stacked = "e" + times(20, "\u{301}")
        let text = truncated(times(150, stacked))
        #expect(text.hasSuffix(stacked + "…"))
        #expect(text.utf8.count <= 4096 && text.utf8.count > 4096 - stacked.utf8.count - 3)
        #expect(try TweetText(text).string == text)
        // The last character starts within the limit of bytes and ends beyond it.
        #expect(truncated("ab" + times(5000, "\u{301}")) == "a…")
    }

    @Test func ofACharacterThatIsTooLongAlonePartIsLeft() throws {
        for length in 2040...2060 {
            let text = truncated("e" + times(length, "\u{301}") + "x")
            #expect(text.utf8.count <= 4096)
            #expect(try TweetText(text).string == text)
        }
        #expect(truncated("e" + times(9999, "\u{301}")) == "e" + times(2046, "\u{301}") + "…")
    }

    /// A cut may make a hashtag of what is none in the whole text.
    @Test(arguments: ["", "#b "])
    func aCutMakesNoHashtag(start: String) {
        let head = start + times(145 - start.count, "x") + " "
        #expect(truncated(head + "#foo://bar") == head + "…")
        #expect(truncated(head + "#1\u{FE0F}\u{20E3} bar") == head + "#1\u{FE0F}\u{20E3} …")
        #expect(truncated(head + "#fo#bar") == head + "#fo…")
    }

    @Test func aHashtagBeyondTheBytesOfHashtagsIsRemoved() throws {
        let marked = { (letter: String) in "#" + letter + times(500, "\u{301}") + " " }
        let text = truncated(marked("a") + marked("a") + marked("b") + marked("c") + times(150, "x"))
        #expect(text == marked("a") + marked("a") + marked("b") + "…")
        #expect(try TweetText(text).string == text)
    }

    @Test func aHashtagIsNeverHalf() throws {
        #expect(truncated(times(140, "x") + " #deployment failed") == times(140, "x") + " …")
        #expect(truncated(times(140, "x") + " #deploy failed") == times(140, "x") + " #deploy …")
        #expect(truncated(times(140, "x") + " #deployed failed") == times(140, "x") + " …")
        #expect(truncated(times(140, "x") + " #cs#325167") == times(140, "x") + " #cs…")
        #expect(truncated("#" + times(200, "x")) == "…")
    }

    /// The meaning of a mark between two letters, or of `://` behind a name, depends on the text that follows.
    @Test(arguments: [
        (140, " #スター・ウォーズだ x", " …"), (140, " #תנועצה״ל x y", " …"), (143, " #col·lecció x", " …"),
        (146, "#b://x.example #c", "…"),
    ])
    func noHashtagComesFromACut(count: Int, rest: String, end: String) throws {
        let text = times(count, "a") + rest
        #expect(truncated(text).hasSuffix(end))
        let tags = TweetText(stored: text).hashtags
        #expect(tags.starts(with: TweetText(stored: truncated(text)).hashtags), "\(truncated(text))")
    }

    /// The text has 140 characters and 3,080 bytes, of which 3,010 are in hashtags.
    @Test func theHashtagsOfACutTextFit() throws {
        let letters = (0..<70).compactMap { Unicode.Scalar(0x4E00 + $0) }
        let text = truncated(letters.map { "#\($0)" + times(20, "\u{301}") }.joined())
        #expect(text.hasSuffix("…"))
        #expect(try TweetText(text).hashtags.count == 47)
    }

    @Test func aScalarAtTheLastByteIsNeverHalf() throws {
        for marks in 2035...2050 {
            let text = truncated("e" + times(marks, "\u{301}") + times(100, "𝒳"))
            #expect(try TweetText(text).string == text)
            #expect(text.hasSuffix("…") && text.utf8.count > 4080)
        }
    }

    // MARK: Before a hashtag

    @Test(
        arguments: [
            ("short", "short #ops"), (times(145, "x"), times(145, "x") + " #ops"),
            (times(146, "x"), times(144, "x") + "… #ops"), (times(100_000, "x"), times(144, "x") + "… #ops"),
            (times(144, "x") + family + family, times(144, "x") + "… #ops"),
            (times(143, "x") + times(3, family), times(143, "x") + family + "… #ops"),
            (times(146, "e\u{301}"), times(144, "e\u{301}") + "… #ops"),
            (times(140, "x") + " #deployed", times(140, "x") + " … #ops"),
            ("#" + times(200, "x"), "… #ops"), ("", " #ops"),
        ])
    func aTextLeavesRoomForAHashtag(text: String, expected: String) throws {
        let bytes = TextTruncation.truncated(Array(text.utf8), before: " #ops")
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        #expect(try TweetText(expected).hashtags.last?.key == "ops")
    }

    /// Such a text has fewer characters than a message, and almost as many bytes.
    @Test func aTextLeavesRoomForAHashtagsBytes() throws {
        let end = " #" + times(10, "漢")
        for marks in stride(from: 1900, through: 2060, by: 1) {
            let bytes = TextTruncation.truncated(Array(("ab e" + times(marks, "\u{301}")).utf8), before: end)
            let text = try TweetText(String(decoding: bytes, as: UTF8.self))
            #expect(text.string.hasSuffix(end))
        }
        let tags = (0..<70).compactMap { Unicode.Scalar(0x4E00 + $0) }.map { "#\($0)" + times(20, "\u{301}") }
        let bytes = TextTruncation.truncated(Array(tags.joined().utf8), before: end)
        #expect(try TweetText(String(decoding: bytes, as: UTF8.self)).hashtags.last?.written == times(10, "漢"))
    }

    @Test func whatIsNoUTF8IsLeftToBeRefused() {
        let short: [UInt8] = Array(repeating: 0x78, count: 200) + [0xFF]
        #expect(TextTruncation.truncated(short) == short)
        let long = [0xFF] + [UInt8](repeating: 0x78, count: 9000)
        #expect(String(validating: TextTruncation.truncated(long), as: UTF8.self) == nil)
    }
}
