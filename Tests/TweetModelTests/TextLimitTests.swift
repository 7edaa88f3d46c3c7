import Testing
import TweetModel

/// The maximum length of a message: characters as a person counts them, and bytes.
struct TextLimitTests {
    /// Each is one character for a person, but one to seven scalars and one to 25 bytes.
    static let characters = [
        "a", "\"", "é", "e\u{301}", "ß", "ж", "한", "\u{1112}\u{1161}\u{11AB}", "ที่", "กำ", "नि", "ع", "日", "が",
        "か\u{3099}", "😀", "👍🏽", "🇨🇿", "1️⃣", "👨‍👩‍👧‍👦", "❤️", "\u{FFFD}", "\u{10FFFF}", "\u{1F3F4}\u{200D}\u{2620}\u{FE0F}",
    ]

    @Test(arguments: characters)
    func aMessageOf150CharactersIsAccepted(character: String) throws {
        let text = String(repeating: character, count: 150)
        #expect(Array(try TweetText(text).string.utf8) == Array(text.utf8))
    }

    @Test(arguments: characters)
    func aMessageOf151CharactersIsRefused(character: String) {
        #expect(throws: TextRefusal.tooManyCharacters(151)) {
            try TweetText(String(repeating: character, count: 151))
        }
    }

    @Test(arguments: [(300, 150), (301, 151), (302, 151)])
    func twoRegionalIndicatorsAreOneFlag(indicators: Int, characters: Int) {
        let text = String(repeating: "\u{1F1E6}", count: indicators)
        if characters <= 150 {
            #expect(throws: Never.self) { try TweetText(text) }
        } else {
            #expect(throws: TextRefusal.tooManyCharacters(characters)) { try TweetText(text) }
        }
    }

    @Test(arguments: [151, 152, 4096, 4097, 100_000])
    func aLongMessageOfASCIIIsRefusedForItsCharacters(count: Int) {
        #expect(throws: TextRefusal.tooManyCharacters(count)) { try TweetText(String(repeating: "a", count: count)) }
    }

    @Test func stackedMarksAreOneCharacterUpTo4096Bytes() throws {
        let text = "é" + String(repeating: "\u{301}", count: 2047)
        try #require(text.count == 1)
        #expect(try TweetText(text).string.utf8.count == 4096)
    }

    @Test(arguments: [
        ("a" + String(repeating: "\u{301}", count: 2048), 4097),
        (String(repeating: "a\u{302}\u{303}", count: 1000), 5000),
        (String(repeating: "👨‍👩‍👧‍👦", count: 164), 4100),
    ])
    func aMessageOfMoreThan4096BytesIsRefused(text: String, bytes: Int) {
        #expect(throws: TextRefusal.tooManyBytes(bytes)) { try TweetText(text) }
    }

    /// An earlier rule did not count `＃` as a hashtag; with such a hashtag the answer would be longer than a line may
    /// be.
    @Test func aStoredTextHasNoMoreHashtagsThanAMessageMayHave() {
        let long = "＃a" + String(repeating: "\u{301}", count: 2040)
        #expect(throws: TextRefusal.self) { try TweetText(long) }
        #expect(TweetText(stored: long).hashtags == [])
        #expect(TweetText(stored: "#ops " + long).hashtags.map(\.written) == ["ops"])
    }

    @Test(arguments: ["a", " ", "#", "\u{A0}", "\u{301}", "\u{200D}"])
    func oneCharacterIsAMessage(text: String) throws {
        #expect(try TweetText(text).string == text)
    }

    @Test func anEmptyMessageIsRefused() {
        #expect(throws: TextRefusal.empty) { try TweetText("") }
        #expect(throws: TextRefusal.empty) { try TweetText(validating: UnsafeRawBufferPointer(start: nil, count: 0)) }
    }

    @Test(arguments: ["e\u{301}", "\u{E9}", "A\u{30A}", "\u{212B}", "\u{1100}\u{1161}", "ﬁ"])
    func aMessageKeepsTheFormItWasWrittenIn(text: String) throws {
        #expect(Array(try TweetText(text).string.utf8) == Array(text.utf8))
    }
}
