import Testing

@testable import TweetChat

struct ColumnWidthTests {
    @Test(arguments: [
        ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("ｱ", 1), ("한", 2), ("👍", 2), ("👍🏽", 4), ("👨‍👩‍👧", 6),
        ("🇩🇪", 2), ("❤\u{FE0F}", 1), ("ا", 1), ("नि", 2), ("नमस्ते", 4), ("\u{1112}\u{1161}\u{11AB}", 2), ("\u{600}", 1),
        ("\u{200B}", 0), ("", 0), ("日本 é", 6),
    ])
    func aTextTakesItsColumns(text: String, columns: Int) {
        #expect(text.columns == columns)
        #expect(text.flatMap(\.cells).reduce(0) { $0 + $1.columns } == columns)
    }

    @Test func joinedPicturesBecomeSeveralCells() {
        let cells = Character("👨‍👩‍👧").cells
        #expect(cells.map(\.scalars) == [["👨"], ["👩"], ["👧"]])
    }

    @Test func marksStayOnTheirLetter() {
        #expect(Character("e\u{301}\u{302}").cells == [Cell(scalars: ["e", "\u{301}", "\u{302}"], columns: 1)])
        #expect(Character("❤\u{FE0F}").cells == [Cell(scalars: ["❤"], columns: 1)])
    }

    @Test func aMarkWithoutALetterTakesNoCell() {
        #expect(Character("\u{301}").cells.isEmpty)
    }

    @Test(arguments: [
        ("hello", 3, "hel"), ("日本語", 3, "日"), ("日本語", 4, "日本"), ("e\u{301}x", 1, "e\u{301}"), ("日", 1, ""),
    ])
    func aPrefixFits(text: String, columns: Int, expected: String) {
        #expect(text.prefix(columns: columns) == expected)
    }
}
