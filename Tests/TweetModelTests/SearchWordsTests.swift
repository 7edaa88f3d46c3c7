import Testing
import TweetModel

/// Which texts a search finds, and by which terms.
struct SearchWordsTests {
    @Test(
        arguments: [
            ("backup", "Backup done", true), ("BACKUP done", "done: backup", true), ("backup", "backups", false),
            ("back", "backup", false), ("ops", "see #Ops!", true), ("#ops", "ops", true), ("a b", "a", false),
            ("ｄｂ１", "DB1", true), ("straße", "STRASSE", true), ("cafe\u{301}", "café", true), ("cafe", "café", false),
            ("db1 disk_full", "disk_full on db1", true), ("disk", "disk_full", false), ("東京", "東京都", true),
            ("京都", "東京都", true), ("都", "東京都", true), ("東都", "東京都", false), ("東京都", "東京と京都", false),
            ("ﾄｳｷｮｳ", "トウキョウ駅", true), ("iPhone東京", "東京で iphone を買う", true), ("東京 駅", "駅は東京", true),
            ("서울", "서울에서", true), ("สวัสดี", "คำว่าสวัสดีครับ", true), ("𠮷", "𠮷野家", true), ("a\u{200D}b", "ab", true),
            ("ab* OR", "or ab", true), ("\"ab\"", "ab", true),
        ])
    func aTextIsFoundByAllWordsOfASearch(words: String, text: String, isFound: Bool) throws {
        let query = try #require(SearchQuery(words))
        #expect(query.finds(text) == isFound)
        // The index must have each term of each text that is found.
        let terms = SearchWords(of: text).terms.utf8.split(separator: UInt8(ascii: " ")).map(Array.init)
        if isFound { #expect(query.terms.allSatisfy { terms.contains(Array($0.utf8)) }, "\(query.terms) of \(terms)") }
    }

    @Test(arguments: [
        "", " ", "!?", "\u{301}", String(repeating: "x", count: 1025), (0...16).map { "w\($0)" }.joined(separator: " "),
    ])
    func aSearchWithoutWordsOrWithTooManyIsNone(words: String) {
        #expect(SearchQuery(words) == nil)
    }

    /// The terms are separated by FTS5's tokenizer, for which ASCII other than these is no part of a term.
    @Test(arguments: ["a\"b'c", "x-y z", "ª½ﬁ＂＇", "東\"京", "a\u{0}b", "#_a_"])
    func aTermHasOnlyLettersOfWords(text: String) {
        let ascii = Set("abcdefghijklmnopqrstuvwxyz0123456789_ ".utf8)
        #expect(SearchWords(of: text).terms.utf8.allSatisfy { $0 >= 0x80 || ascii.contains($0) })
    }

    @Test func theTermsOfARunAreItsLettersAndPairs() {
        #expect(SearchWords(of: "b 東京都 a").terms == "a b 京 京都 東 東京 都")
    }

    @Test func aLongSearchLooksUpAFewTermsAndComparesAll() throws {
        let run = String(String.UnicodeScalarView((0..<100).compactMap { Unicode.Scalar(0x4E00 + $0) }))
        let query = try #require(SearchQuery(run))
        #expect(query.terms.count == TextLimits.searchTerms)
        #expect(query.finds("x" + run))
        #expect(!query.finds(String(run.dropLast()) + "x"))
    }
}
