import Testing

@testable import TweetChat

/// Pastes that a terminal has marked among plain lines are text; one line of them is as if typed.
struct MarkedLinesTests {
    private func paste(_ text: String) -> Paste {
        var paste = Paste()
        for byte in text.utf8 { paste.append(byte) }
        return paste
    }

    /// What comes of lines, `<` for the mark at the beginning of a paste, `>` for that at its end.
    private func taken(_ lines: [String], by marked: inout MarkedLines) -> [MarkedLines.Taken] {
        lines.map { line in
            let bytes = line.map { $0 == "<" ? "\u{1B}[200~" : $0 == ">" ? "\u{1B}[201~" : String($0) }.joined()
            return marked.take(bytes, at: 1000)
        }
    }

    @Test(arguments: [
        ("hello", "hello"), ("<hello>", "hello"), ("see <this> end", "see this end"), ("<a> <b>", "a b"), (">x", "x"),
        ("<>", ""), ("/<quit>", "/quit"), ("< secret >", " secret "),
    ])
    func oneLineIsAsIfTyped(line: String, text: String) {
        var marked = MarkedLines()
        #expect(taken([line], by: &marked) == [.line(text)])
        #expect(marked.deadline == .max)
    }

    @Test func severalLinesAreOnePaste() {
        var marked = MarkedLines()
        let several = taken(["<one", "/quit", "", "three", ">y", "hello"], by: &marked)
        let whole = paste("one\n/quit\n\nthree\n")
        #expect(several == [.nothing, .nothing, .nothing, .nothing, .pasted(whole), .line("hello")])
        #expect(taken(["<one", ">"], by: &marked) == [.nothing, .line("one")], "its Enter is no line")
    }

    @Test func aLineThatIsNoTextIsNoPaste() {
        var marked = MarkedLines()
        #expect(marked.takeRefused(at: 1000) == false)
        #expect(taken(["<one"], by: &marked) == [.nothing])
        #expect(marked.takeRefused(at: 1000) == true)
        guard case .pasted(let paste) = taken([">"], by: &marked)[0] else {
            Issue.record("no paste")
            return
        }
        #expect(throws: Paste.Refusal.notUTF8) { try paste.lines() }
    }

    @Test func aPasteForSomethingThatHasChangedIsDropped() {
        var marked = MarkedLines()
        #expect(taken(["<one"], by: &marked) == [.nothing])
        marked.makeStale()
        #expect(taken(["two", ">", "hello"], by: &marked) == [.nothing, .nothing, .line("hello")])
        #expect(marked.take("\u{1B}[200~one", at: 1000, isStale: true) == .nothing)
        #expect(taken(["/quit", ">", "hello"], by: &marked) == [.nothing, .nothing, .line("hello")])
    }

    @Test func aPasteThatBeginsInDroppedLinesIsDroppedToItsEnd() {
        var marked = MarkedLines()
        marked.dropped(Array("x\u{1B}[200~a\u{1B}[201~\n\u{1B}[200~b\n".utf8)[...], at: 1000)
        #expect(taken(["/quit", ">", "hello"], by: &marked) == [.nothing, .nothing, .line("hello")])
    }

    @Test func aPasteWithoutItsEndIsGivenUp() {
        var marked = MarkedLines()
        #expect(taken(["<one"], by: &marked) == [.nothing])
        #expect(marked.deadline == 1000 + ChatLimits.pasteSilence)
        #expect(marked.timePassed(at: ChatLimits.pasteSilence) == false)
        #expect(marked.timePassed(at: 1000 + ChatLimits.pasteSilence) == true)
        #expect(taken(["hello"], by: &marked) == [.line("hello")])
    }

    @Test func aHugePasteIsRefused() {
        var marked = MarkedLines()
        _ = taken(["<" + String(repeating: "x", count: 3 * ChatLimits.pasteBytes)], by: &marked)
        guard case .pasted(let paste) = taken(["y>"], by: &marked)[0] else { return }
        #expect(throws: Paste.Refusal.tooLarge) { try paste.lines() }
    }
}
