import Testing
import TweetModel

/// The output of programs, cleaned for use as a message.
struct TextCleaningTests {
    private func cleaned(_ text: String) -> String {
        String(decoding: TextCleaning.cleaned(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: ["", "plain", "  spaces  ", "👩‍👩‍👧‍👦 e\u{301} 日本 \u{200D}\u{FE0F}", "[31m", "a\\b"])
    func aTextWithNothingForbiddenStaysAsItIs(text: String) {
        #expect(TextCleaning.cleaned(Array(text.utf8)) == Array(text.utf8))
    }

    @Test(arguments: [
        ("1.2G\t/var", "1.2G /var"), ("\ta\t\tb", " a  b"), ("two\nlines", "two lines"),
        ("two\r\nlines\r\n", "two lines"),
        ("\n\na\n\nb\n\n", "a  b"), ("10%\r20%\r", "10% 20%"),
        ("a\u{85}b\u{2028}c\u{2029}d\u{B}e\u{C}f", "a b c d e f"),
        ("\n", ""), ("\r\n\r\n", ""), ("a\r\r\nb", "a  b"),
    ])
    func tabsAndLineEndsBecomeSpaces(text: String, expected: String) {
        #expect(cleaned(text) == expected)
    }

    @Test(arguments: [
        // Colours (SGR), cursor, private modes, intermediates, the C1 introducer.
        "\u{1B}[31m", "\u{1B}[1;38;2;10;20;30m", "\u{1B}[m", "\u{1B}[?25l", "\u{1B}[>0;276;0c", "\u{1B}[2 q",
        "\u{1B}[200~", "\u{9B}31m", "\u{1B}[1:3m",
        // Titles, hyperlinks, device control strings, the title of screen; with each kind of end.
        "\u{1B}]0;title\u{7}", "\u{1B}]8;;https://a.example/\u{1B}\\", "\u{9D}0;ü\u{9C}", "\u{1B}P1$r0m\u{1B}\\",
        "\u{1B}^private\u{1B}\\", "\u{1B}_command\u{9C}", "\u{1B}Xstring\u{1B}\\", "\u{1B}kname\u{1B}\\",
        "\u{1B}Ptmux;\u{1B}\u{1B}]0;t\u{7}\u{1B}\\",
        // Shifts, character sets, sequences of two characters.
        "\u{1B}OA", "\u{1B}O1;2P", "\u{8F}P", "\u{1B}Nx", "\u{1B}(B", "\u{1B}#8", "\u{1B}7", "\u{1B}=", "\u{1B}c",
        "\u{1B}%G", "\u{1B}\\",
        // Controls within sequences, sequences that begin within others, and characters that cancel a sequence.
        "\u{1B}[3\u{7}1m", "\u{1B}[3\u{1B}[31m", "\u{1B}[31\u{18}", "\u{1B}]0;t\u{1A}", "\u{1B}\u{1B}[A",
        // Single characters.
        "\u{0}", "\u{7}", "\u{8}", "\u{7F}", "\u{80}", "\u{9F}\u{9C}", "\u{202E}", "\u{2066}",
    ])
    func escapeSequencesAndControlCharactersGoWhole(sequence: String) {
        #expect(cleaned("a\(sequence)z") == "az")
        #expect(cleaned(sequence) == "")
    }

    /// The text's end, a line's end, or a character that no sequence may contain cuts the sequence off.
    @Test(arguments: ["\u{1B}", "\u{1B}[", "\u{1B}[31", "\u{1B}[31;", "\u{1B}O1;", "\u{1B}(", "\u{9B}1"])
    func aSequenceThatWasCutOffGoesToo(sequence: String) {
        #expect(cleaned("a\(sequence)") == "a")
        #expect(cleaned("a\(sequence)\nz") == "a z")
        #expect(cleaned("a\(sequence)é") == "aé")
    }

    @Test func aStringThatDoesNotEndGoesNoFurtherThanItsLine() {
        #expect(cleaned("a\u{1B}]0;title\nz") == "a z")
        #expect(cleaned("a\u{1B}]0;title") == "a")
    }

    @Test func everyCutOfAColouredTextIsClean() throws {
        let text = "\u{1B}]0;t\u{1B}\\\u{1B}[1;31mred\u{1B}[0m\t👩‍👩‍👧‍👦\u{9B}4mé\u{1B}OP\u{1B}(B\r\n"
        #expect(cleaned(text) == "red 👩‍👩‍👧‍👦é")
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            let result = TextCleaning.cleaned(Array(bytes[..<cut]))
            let string = try #require(String(validating: result, as: UTF8.self))
            #expect(string.unicodeScalars.allSatisfy { !$0.isForbiddenInText })
            #expect(TextCleaning.cleaned(result) == result, "cleaning again finds nothing")
        }
    }

    @Test func bytesThatAreNoUTF8AreMarked() {
        #expect(TextCleaning.cleaned([0x61, 0xFF, 0x62, 0xC3]) == Array("a\u{FFFD}b\u{FFFD}".utf8))
    }

    @Test func aLongTextIsCleanedAsAWhole() {
        let text = String(repeating: "\u{1B}[31mx\u{1B}[0m\t", count: 60_000)
        #expect(cleaned(text) == String(repeating: "x ", count: 60_000))
    }
}
