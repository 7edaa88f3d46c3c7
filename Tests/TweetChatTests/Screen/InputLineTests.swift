import Testing

@testable import TweetChat

struct InputLineTests {
    private func line(_ text: String) -> InputLine {
        var line = InputLine()
        for scalar in text.unicodeScalars { line.insert(scalar) }
        return line
    }

    /// The text, with a bar at the cursor.
    private func marked(_ line: InputLine) -> String { String(line.before) + "|" + String(line.after) }

    @Test(
        arguments: [
            ([], "one two|"), ([.left, .left], "one t|wo"), ([.home], "|one two"), ([.home, .right], "o|ne two"),
            ([.home, .end], "one two|"), ([.wordLeft], "one |two"), ([.wordLeft, .wordLeft], "|one two"),
            ([.home, .wordRight], "one| two"), ([.home, .wordRight, .wordRight], "one two|"),
            ([.backspace], "one tw|"), ([.left, .delete], "one tw|"), ([.left, .endOfInput], "one tw|"),
            ([.delete], "one two|"), ([.home, .backspace], "|one two"), ([.cutWord], "one |"),
            ([.cutWord, .cutWord], "|"), ([.wordLeft, .cutToEnd], "one |"), ([.wordLeft, .cutToStart], "|two"),
            ([.left, .left, .scalar("x")], "one tx|wo"),
            ([.left, .left, .left, .left, .left, .left, .left, .left], "|one two"),
        ] as [([Key], String)])
    func keysEdit(keys: [Key], expected: String) {
        var line = line("one two")
        for key in keys { #expect(line.edit(key) == true) }
        #expect(marked(line) == expected)
    }

    /// Each argument is one character, however many scalars it has.
    @Test(arguments: ["é", "e\u{301}", "日", "👍🏽", "👨‍👩‍👧", "🇩🇪", "각", "\u{1112}\u{1161}\u{11AB}", "नि"])
    func aCharacterIsTypedMovedOverAndDeletedAsOne(character: String) {
        var line = line("a" + character + "b")
        #expect(line.text == "a" + character + "b")
        #expect(line.before.count == 3)
        _ = line.edit(.left)
        #expect(marked(line) == "a\(character)|b")
        _ = line.edit(.left)
        #expect(marked(line) == "a|\(character)b")
        _ = line.edit(.delete)
        #expect(marked(line) == "a|b")
    }

    @Test func whatSteersATerminalIsNotTyped() {
        #expect(line("a\u{1B}b\u{202E}c\n").text == "abc")
    }

    @Test func theLineIsBounded() {
        let long = line(String(repeating: "x", count: 2000))
        #expect(long.text.count == ChatLimits.inputCharacters)
        let marks = line("x" + String(repeating: "\u{301}", count: 5000))
        #expect(marks.text.unicodeScalars.count == ChatLimits.inputCharacters)
    }

    // MARK: History

    @Test func theHistoryKeepsTheDraft() {
        var line = InputLine()
        for text in ["one", "two", "two", "three"] {
            for scalar in text.unicodeScalars { line.insert(scalar) }
            #expect(line.submit(isSecret: false) == text)
        }
        for scalar in "draft".unicodeScalars { line.insert(scalar) }
        var seen: [String] = []
        for key in [Key.up, .up, .up, .up, .down, .down, .down, .down] {
            _ = line.edit(key)
            seen.append(line.text)
        }
        #expect(seen == ["three", "two", "one", "one", "two", "three", "draft", "draft"])
    }

    @Test func aPasswordIsNotRemembered() {
        var line = line("secret")
        #expect(line.submit(isSecret: true) == "secret")
        _ = line.edit(.up)
        #expect(line.text == "")
    }

    @Test func theHistoryIsBounded() {
        var line = InputLine()
        for number in 0..<500 {
            for scalar in "\(number)".unicodeScalars { line.insert(scalar) }
            _ = line.submit(isSecret: false)
        }
        for _ in 0..<500 { _ = line.edit(.up) }
        #expect(line.text == "\(500 - ChatLimits.historyLines)")
    }

    // MARK: Seeing

    @Test(arguments: [
        ("hello", 10, "hello", 5), ("hello", 6, "hello", 5), ("hello", 5, "ello", 4), ("日本語", 7, "日本語", 6),
        ("日本語", 6, "本語", 4), ("日本語", 2, "", 0), ("e\u{301}e\u{301}", 3, "e\u{301}e\u{301}", 2), ("hello", 1, "", 0),
    ])
    func theCursorIsAlwaysSeen(text: String, columns: Int, shown: String, cursor: Int) {
        let view = line(text).view(columns: columns, isHidden: false)
        #expect(view.text == shown)
        #expect(view.cursor == cursor)
    }

    @Test func everyWidthShowsNoMoreThanFits() {
        var line = line("日本語 and e\u{301} 👨‍👩‍👧 family, 🇩🇪 flag")
        for _ in 0..<line.text.count + 1 {
            for columns in 1...40 {
                let view = line.view(columns: columns, isHidden: false)
                #expect(view.text.columns <= columns)
                #expect(view.cursor < columns)
            }
            _ = line.edit(.left)
        }
    }

    @Test func ahiddenLineShowsOnlyItsLength() {
        var line = line("pässwörd")
        _ = line.edit(.left)
        let view = line.view(columns: 20, isHidden: true)
        #expect(view.text == "********")
        #expect(view.cursor == 7)
    }
}
