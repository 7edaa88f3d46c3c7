import Testing

@testable import TweetModel

/// The hashtags of a text, and their equality.
struct HashtagTests {
    @Test(
        arguments: [
            ("no hashtag", []),
            ("backup done #ops", ["ops"]),
            ("#cs#3251", ["cs", "3251"]),
            ("#", []), ("##", []), ("###", []), ("# #", []), ("a #", []), ("# ops", []),
            ("##ops", ["ops"]),
            ("(#a) #b, #c. #d! #e-f #g's", ["a", "b", "c", "d", "e", "g"]),
            ("#_ #a_b #__init__", ["_", "a_b", "__init__"]),
            ("#Ops stays as written", ["Ops"]),
            ("#b #a #b #c #A", ["b", "a", "c"]),
            ("#a\"#b\"", ["a", "b"]), ("#a/#b,#c", ["a", "b", "c"]),
            ("#a@b", ["a"]),
        ] as [(String, [String])])
    func hashtagsOfAText(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    @Test(
        arguments: [
            ("#ที่นี่ ดี", ["ที่นี่"]),
            ("#ทำ", ["ทำ"]),
            ("#हिन्दी में", ["हिन्दी"]),
            ("#مرحبا بكم", ["مرحبا"]),
            ("#مُحَمَّد", ["مُحَمَّد"]),
            ("#שָׁלוֹם", ["שָׁלוֹם"]),
            ("#日本語。", ["日本語"]),
            ("#コーヒー、#がぎ", ["コーヒー", "がぎ"]),
            ("#Ελλάδα·", ["Ελλάδα"]),
            ("#Ёлка,", ["Ёлка"]),
            ("#한국어", ["한국어"]),
            ("#தமிழ்", ["தமிழ்"]),
            ("#ქართული", ["ქართული"]),
            ("#Tiếng_Việt", ["Tiếng_Việt"]),
            ("#๑๒๓ #१२३ #٣", ["๑๒๓", "१२३", "٣"]),
            ("#𐐀 #𝒜 #𠮷", ["𐐀", "𝒜", "𠮷"]),
            ("#e\u{301}te\u{301}", ["e\u{301}te\u{301}"]),
            ("#二〇二六年 #Ⅷ #a‿b", ["二〇二六年", "Ⅷ", "a‿b"]),
            ("#ops＿2 #ﾃｽﾄ #ガ", ["ops＿2", "ﾃｽﾄ", "ガ"]),
        ] as [(String, [String])])
    func aHashtagHasLettersMarksAndDigitsOfAnyScript(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map { Array($0.written.utf8) } == expected.map { Array($0.utf8) })
    }

    @Test(arguments: [
        "#️⃣", "#\u{20E3}", "#️⃣a", "#\u{20E3}a", "＃\u{FE0F}\u{20E3}", "#\u{FE0F}", "#\u{200D}️⃣a", "#\u{301}a",
        "#\u{200D}\u{301}a", "#\u{200B} a", "#1️⃣", "#1\u{20E3}", "#\u{200D}0️⃣a", "#️⃣1️⃣", "#*️⃣",
        "#\u{903}a", "#🎉", "#½", "#²", "#ⓐ", "#-a", "#«a»", "#·a", "#་ཀ", "#\u{E000}", "#\u{FFFD}", "#\u{378}",
        // Nobody could see a hashtag that consists of invisible letters alone.
        "#\u{3164}", "#\u{115F}\u{1160}", "#\u{FFA0}", "#\u{34F}", "#\u{180B}", "#\u{AD}", "#\u{200C}\u{200D}",
        "#\u{E0061}",
    ])
    func noHashtagStartsWithAMarkASymbolOrAnEmoji(text: String) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == [])
    }

    @Test(arguments: [
        ("＃ops", ["ops"]), ("﹟ops", ["ops"]), ("東京は＃晴れ", []), ("東京は、＃晴れ＃夏", ["晴れ", "夏"]), ("＃＃ops", ["ops"]), ("＃", []),
    ])
    func theSignMayBeFullWidthOrSmall(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
        if text == "＃ops" || text == "﹟ops" { #expect(Hashtag(text)?.written == "ops") }
    }

    // MARK: Text before and between hashtags

    /// `a#b` is one word; before the sign may stand another hashtag, or anything but a letter.
    @Test(
        arguments: [
            ("a#b", []), ("7#b", []), ("_#b", []), ("é#b", []), ("e\u{301}#b", []), ("日本#b", []), ("का#b", []),
            ("a#b#c", []),
            ("a\u{200D}#b", []), ("a\u{FE0F}#b", []), ("a\u{AD}\u{200B}#b", []), ("ａ#b", []), ("C#", []),
            ("issue#7", []),
            ("&#39;", []), ("it&#39;s &#x27;", []), ("Q&A #b", ["b"]), ("a #b", ["b"]), ("a.#b", ["b"]),
            ("a,#b", ["b"]),
            ("\"#b\"", ["b"]), ("'#b'", ["b"]), ("，#b", ["b"]), ("。＃b", ["b"]), ("🎉#b", ["b"]), ("❤️#b", ["b"]),
            ("👩\u{200D}🚒#b", ["b"]), ("1️⃣#b", ["b"]), ("#️⃣#b", ["b"]), ("a·#b", ["b"]), ("(#b)", ["b"]), ("|#b", ["b"]),
            ("-#b", ["b"]), ("²#b", ["b"]), ("##b", ["b"]), ("a##b", ["b"]), (" \u{301}#b", ["b"]),
            ("\u{200D}#b", ["b"]),
            ("#cs#3251", ["cs", "3251"]), ("#a#b#c", ["a", "b", "c"]), ("#a_#b", ["a_", "b"]),
            ("#می\u{200C}#b", ["می", "b"]),
            ("#a!x#b", ["a"]), ("#a-x#b", ["a"]),
        ] as [(String, [String])])
    func noHashtagBeginsBehindALetter(text: String, expected: [String]) throws {
        #expect(try TweetText(text).hashtags.map(\.written) == expected)
    }

    /// Invisible characters and the punctuation within words belong to a hashtag between its letters, but not at its
    /// end.
    @Test(
        arguments: [
            ("#می\u{200C}خواهم!", "می\u{200C}خواهم"), ("#ශ්\u{200D}රී ලංකා", "ශ්\u{200D}රී"), ("#ক্\u{200D}ষ", "ক্\u{200D}ষ"),
            ("#de\u{AD}ploy", "de\u{AD}ploy"), ("#a\u{2060}\u{FEFF}b", "a\u{2060}\u{FEFF}b"),
            ("#ᠮᠣ\u{180B}ᠩ", "ᠮᠣ\u{180B}ᠩ"),
            ("#ops\u{FE0F}", "ops"), ("#ops\u{200D}", "ops"), ("#ops\u{200C} b", "ops"), ("#top1️⃣", "top"),
            ("#1\u{FE0F}", "1"), ("#٣\u{20E3}", "٣"), ("#a\u{20E3}", "a"), ("#12️⃣3", "1"), ("#1\u{200D}\u{20E3}", "1"),
            ("#ops\u{FE0F}🎉", "ops"), ("#paral·lel", "paral·lel"), ("#foo· bar", "foo"), ("#a··b", "a"),
            ("#בצה״ל", "בצה״ל"), ("#צ׳יפס", "צ׳יפס"), ("#བོད་ཡིག་", "བོད་ཡིག"), ("#東京・大阪・", "東京・大阪"),
        ])
    func whatJoinsLettersBelongsToTheHashtag(text: String, written: String) throws {
        let found = try TweetText(text).hashtags
        #expect(found.map { Array($0.written.utf8) } == [Array(written.utf8)])
    }

    /// A reader of `#word` cannot see a joiner in it, and joiners come along when text is copied.
    @Test(arguments: ["\u{200D}", "\u{200B}", "\u{FE0F}", "\u{2060}\u{FEFF}", "\u{AD}", "\u{3164}", "\u{E0061}"])
    func invisibleCharactersBehindTheSignAreLeftOut(invisible: String) throws {
        for sign in ["#", "＃", "﹟"] {
            let text = "see \(sign)\(invisible)word\(invisible) #a"
            let places = Hashtag.places(in: text)
            #expect(places.map { Array($0.tag.written.utf8) } == [Array("word".utf8), Array("a".utf8)])
            #expect(places.first.map { Array(text[$0.range].utf8) } == Array("\(sign)\(invisible)word".utf8))
            #expect(Hashtag("\(sign)\(invisible)word")?.written == "word")
        }
    }

    @Test(arguments: [
        ("می\u{200C}خواهم", "میخواهم"), ("ශ්\u{200D}රී", "ශ්රී"), ("de\u{AD}ploy", "deploy"), ("a\u{FE0F}b", "ab"),
        ("a\u{FFF2}b", "ab"),
        ("e\u{34F}\u{301}", "é"), ("q\u{301}\u{34F}\u{323}", "q\u{323}\u{301}"),
        ("a\u{200B}\u{2060}\u{180E}\u{FEFF}b", "ab"),
        ("가\u{3164}나", "가나"), ("가\u{115F}\u{1160}\u{FFA0}나", "가나"), ("a\u{E0100}\u{180C}b", "ab"),
    ])
    func invisibleCharactersAreNotCompared(first: String, second: String) throws {
        #expect(try #require(Hashtag(first)) == #require(Hashtag(second)))
        #expect(try TweetText("#\(first) #\(second)").hashtags.count == 1)
    }

    /// These letters join the `#` into one grapheme, so `Character` does not see the `#`.
    @Test(arguments: ["\u{E33}", "\u{EB3}", "\u{FF9E}", "\u{FF9F}a"])
    func aLetterThatJoinsTheCharacterBeforeItStartsAHashtag(letter: String) throws {
        let text = "#" + letter
        try #require(text.first != "#")
        #expect(try TweetText(text).hashtags.map(\.written) == [letter])
        #expect(Hashtag(text)?.written == letter)
    }

    static let same = [
        ("ops", "OPS"), ("ops", "oPs"), ("ä", "Ä"), ("Ä", "A\u{308}"), ("ä", "A\u{308}"), ("Å", "\u{212B}"),
        ("straße", "STRASSE"), ("straße", "STRAẞE"), ("ẞ", "ss"), ("ß", "SS"), ("οδος", "ΟΔΟΣ"), ("οδοσ", "οδος"),
        ("ﬃ", "FFI"), ("Ǆ", "ǅ"), ("Ω", "\u{2126}"), ("K", "\u{212A}"), ("ſ", "S"), ("ёлка", "ЁЛКА"),
        ("ꭰ", "Ꭰ"), ("𐐀", "𐐨"), ("ა", "Ა"), ("한", "\u{1112}\u{1161}\u{11AB}"), ("が", "か\u{3099}"),
        ("q\u{323}\u{307}", "q\u{307}\u{323}"), ("ᾳ", "αι"),
        ("α\u{301}\u{345}", "α\u{345}\u{301}"), ("ᾴ", "α\u{345}\u{301}"), ("Α\u{345}\u{301}", "ᾴ"),
        ("İ", "i\u{307}"), ("a", "ａ"), ("OPS", "ｏｐｓ"), ("カ", "ｶ"), ("ガ", "ｶﾞ"), ("ガ", "カ\u{3099}"), ("a_1", "Ａ＿１"),
        ("viii", "Ⅷ"),
        ("𝒜", "a"), ("ﷲ", "الله"), ("ﻻ", "لا"), ("9", "９"),
    ]

    @Test(arguments: same)
    func hashtagsThatDifferInCaseOrNormalFormAreOne(first: String, second: String) throws {
        let tags = [try #require(Hashtag(first)), try #require(Hashtag(second))]
        #expect(tags[0] == tags[1])
        #expect(Array(tags[0].key.utf8) == Array(tags[1].key.utf8))
        #expect(Set(tags).count == 1)
        #expect(try TweetText("#\(first) #\(second)").hashtags.map(\.written) == [first])
    }

    /// The order of marks of different classes has no meaning; the order of marks of one class has.
    @Test func manyMarksAreOrdered() throws {
        let dot = "\u{323}"
        let acute = "\u{301}"
        let mixed = try #require(Hashtag("q" + String(repeating: acute + dot, count: 500)))
        let sorted = try #require(
            Hashtag("q" + String(repeating: dot, count: 500) + String(repeating: acute, count: 500)))
        #expect(mixed == sorted)
        #expect(Array(sorted.key.utf8) == Array(sorted.written.utf8))
        #expect(Hashtag("q\u{301}\u{300}") != Hashtag("q\u{300}\u{301}"))
    }

    @Test(arguments: [
        ("a", "á"), ("i", "ı"), ("I", "ı"), ("i", "İ"), ("fi", "f_i"), ("1", "١"), ("ss", "s"), ("e", "е"),
        ("か", "が"), ("か", "カ"), ("a·b", "ab"), ("a_b", "ab"), ("नि", "नी"), ("ที", "ที่"),
    ])
    func hashtagsThatDifferOtherwiseAreTwo(first: String, second: String) throws {
        #expect(try #require(Hashtag(first)) != #require(Hashtag(second)))
        #expect(try TweetText("#\(first) #\(second)").hashtags.map(\.written) == [first, second])
    }

    @Test(arguments: [
        ("OPS", "ops"), ("A\u{308}", "\u{E4}"), ("STRAẞE", "strasse"), ("ΣΑΣ", "σασ"), ("İ", "i\u{307}"), ("ı", "ı"),
        ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"), ("ẖ", "\u{1E96}"), ("ŉ", "\u{2BC}n"), ("٣", "٣"), ("_", "_"),
    ])
    func aKeyIsFoldedAndComposed(written: String, key: String) throws {
        let tag = try #require(Hashtag(written))
        #expect(Array(tag.key.utf8) == Array(key.utf8))
        #expect(Array(try #require(Hashtag(tag.key)).key.utf8) == Array(key.utf8))
        #expect(Array(tag.written.utf8) == Array(written.utf8))
    }

    @Test(arguments: [
        ("ops", "ops"), ("#ops", "ops"), ("#Ä", "Ä"), ("_", "_"), ("#3251", "3251"), ("#ที่", "ที่"),
        ("می\u{200C}خواهم", "می\u{200C}خواهم"), ("\u{200E}#ops\u{200F}", "ops"), ("ops\u{FE0F}", "ops"),
        ("\u{FEFF}ops", "ops"),
        ("＃ops", "ops"), ("﹟ops", "ops"),
    ])
    func aHashtagIsReadWithOrWithoutItsSign(text: String, written: String) {
        #expect(Hashtag(text)?.written == written)
    }

    @Test(arguments: [
        "", "#", "##", "##ops", "#ops#", "a#b", "a b", " ops", "ops ", "#ops\n", "a-b", "#a.b", "#\u{301}", "\u{301}a",
        "🎉", "#️⃣", "1️⃣", "top1️⃣", "%", "a\0", "\u{200D}", "\u{3164}", "#\u{200D}", "＃＃ops", "ops://x", "a·", "&#39;",
    ])
    func whatIsNotOneHashtagIsNone(text: String) {
        #expect(Hashtag(text) == nil)
    }

    @Test func aHashtagLongerThanAnyTweetHoldsIsNone() {
        #expect(Hashtag(String(repeating: "é", count: 1024))?.written.utf8.count == 2048)
        #expect(Hashtag(String(repeating: "é", count: 1025)) == nil)
        #expect(Hashtag("#" + String(repeating: "a", count: 2048))?.written.utf8.count == 2048)
        #expect(Hashtag("#" + String(repeating: "𠮷", count: 513)) == nil)
    }

    /// One character with marks, of `bytes` bytes in all.
    private static func stacked(bytes: Int) -> String {
        "é" + String(repeating: "\u{301}", count: (bytes - 2) / 2)
    }

    /// A key may be longer than the hashtag as written; the limit covers both.
    @Test func keysHave2048BytesTogether() throws {
        let tag = try #require(Hashtag("\u{FDF2}"))
        #expect(tag.written.utf8.count == 3)
        #expect(tag.key.utf8.count == 8)
        #expect(Hashtag(String(repeating: "\u{FDF2}", count: 256))?.key.utf8.count == 2048)
        #expect(Hashtag(String(repeating: "\u{FDF2}", count: 257)) == nil)
    }

    @Test(arguments: [2048, 2050, 3000])
    func hashtagsHave2048BytesTogether(bytes: Int) {
        for text in [
            "#" + Self.stacked(bytes: bytes), "#é #\(Self.stacked(bytes: 1000)) #\(Self.stacked(bytes: bytes - 1002))",
        ] {
            if bytes <= 2048 {
                #expect(throws: Never.self) { try TweetText(text) }
            } else {
                #expect(throws: TextRefusal.tooManyHashtagBytes(bytes)) { try TweetText(text) }
            }
        }
    }

    @Test func aHashtagThatStandsTwiceCountsOnce() throws {
        let tag = Self.stacked(bytes: 2000)
        #expect(try TweetText("#\(tag) #\(tag)").hashtags.count == 1)
    }

    @Test func everyHashtagHasItsPlace() {
        let text = "ž #Ops, ＃日本 https://x.y/#a #ops\u{200D}!"
        let places = Hashtag.places(in: text)
        #expect(places.map { String(text.unicodeScalars[$0.range]) } == ["#Ops", "＃日本", "#ops"])
        #expect(places.map(\.tag.key) == ["ops", "日本", "ops"])
    }

    @Test func aTweetHasAsManyHashtagsAsFit() throws {
        let text = (0..<75).map { "#" + String(UnicodeScalar(UInt16(0x4E00 + $0)) ?? "x") }.joined()
        #expect(try TweetText(text).hashtags.count == 75)
    }
}
