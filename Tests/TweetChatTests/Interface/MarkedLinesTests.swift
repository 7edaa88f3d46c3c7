import Testing
import TweetSystem

@testable import TweetChat

/// Pastes that a terminal marks among plain lines are text; a paste of one line counts as typed.
struct MarkedLinesTests {
    private func paste(_ text: String) -> Paste {
        var paste = Paste()
        for byte in text.utf8 { paste.append(byte) }
        return paste
    }

    /// Takes lines in which `<` stands for the mark at the start of a paste and `>` for the mark at its end.
    private func taken(_ lines: [String], by marked: inout MarkedLines) -> [MarkedLines.Taken] {
        lines.map { line in
            let bytes = line.map { $0 == "<" ? "\u{1B}[200~" : $0 == ">" ? "\u{1B}[201~" : String($0) }.joined()
            return marked.take(Array(bytes.utf8)[...], at: 1000)
        }
    }

    private func typed(_ text: String) -> MarkedLines.Taken { .line(Array(text.utf8)) }

    @Test(arguments: [
        ("hello", "hello"), ("<hello>", "hello"), ("see <this> end", "see this end"), ("<a> <b>", "a b"),
        ("<>", ""), ("/<quit>", "/quit"), ("< secret >", " secret "),
    ])
    func oneLineIsAsIfTyped(line: String, text: String) {
        var marked = MarkedLines()
        #expect(taken([line], by: &marked) == [typed(text)])
        #expect(marked.deadline == .never)
    }

    @Test func severalLinesAreOnePaste() {
        var marked = MarkedLines()
        let several = taken(["<one", "/quit", "", "three", ">y", "hello"], by: &marked)
        let whole = paste("one\n/quit\n\nthree\n")
        #expect(several == [.nothing, .nothing, .nothing, .nothing, .pasted(whole, hasMore: true), typed("hello")])
        #expect(taken(["<one", ">"], by: &marked) == [.nothing, typed("one")], "its Enter is no line")
    }

    /// A line that is not valid text can still contain marks, and they count.
    @Test func aPasteWithALineThatIsNoTextIsOnePasteAndRefused() {
        let (begin, end) = (Array("\u{1B}[200~".utf8), Array("\u{1B}[201~".utf8))
        for place in 0..<3 {
            var marked = MarkedLines()
            var lines = ["one", "/quit", "three"].map { Array($0.utf8) }
            lines[place].append(0xE9)
            lines[0] = begin + lines[0]
            lines[2] += end
            #expect(marked.take(lines[0][...], at: 1000) == .nothing)
            #expect(marked.take(lines[1][...], at: 1000) == .nothing)
            guard case .pasted(let paste, hasMore: false) = marked.take(lines[2][...], at: 1000) else {
                Issue.record("no paste")
                continue
            }
            #expect(throws: Paste.Refusal.notUTF8) { try paste.lines() }
            #expect(taken(["hello"], by: &marked) == [typed("hello")])
        }
    }

    /// The lines before the mark were already taken as typed, or dropped.
    @Test func theEndOfAPasteWithoutABeginningIsDropped() {
        var marked = MarkedLines()
        #expect(taken([">", "x>", "hello"], by: &marked) == [.lost, .lost, typed("hello")])
    }

    @Test func aPasteForSomethingThatHasChangedIsDropped() {
        var marked = MarkedLines()
        #expect(taken(["<one"], by: &marked) == [.nothing])
        marked.makeStale()
        #expect(taken(["two", ">", "hello"], by: &marked) == [.nothing, .nothing, typed("hello")])
        #expect(marked.take(Array("\u{1B}[200~one".utf8)[...], at: 1000, isStale: true) == .nothing)
        #expect(taken(["/quit", ">", "hello"], by: &marked) == [.nothing, .nothing, typed("hello")])
    }

    @Test func aPasteThatBeginsInDroppedLinesIsDroppedToItsEnd() {
        var marked = MarkedLines()
        marked.dropped(Array("x\u{1B}[200~a\u{1B}[201~\n\u{1B}[200~b\n".utf8)[...], at: 1000)
        #expect(taken(["/quit", ">", "hello"], by: &marked) == [.nothing, .nothing, typed("hello")])
    }

    /// Lines of the paste that come later are dropped, whether the program or the terminal was slow.
    @Test(arguments: [["HUNTER2pw>"], ["/quit", "HUNTER2pw", "", "x>"]])
    func aPasteWithoutItsEndIsLostUpToItsEnd(rest: [String]) {
        var marked = MarkedLines()
        #expect(taken(["<one"], by: &marked) == [.nothing])
        #expect(marked.deadline == 1000 + ChatLimits.pasteSilence)
        #expect(marked.timePassed(at: 0 + ChatLimits.pasteSilence) == false)
        #expect(marked.timePassed(at: 1000 + ChatLimits.pasteSilence) == true)
        #expect(marked.isLost && !marked.isOpen && marked.deadline == .never)
        #expect(taken(rest, by: &marked) == rest.map { _ in .nothing })
        #expect(!marked.isLost)
        #expect(taken(["hello"], by: &marked) == [typed("hello")])
    }

    /// The end mark may be lost for good, so the user needs a way to end the paste.
    @Test func anEmptyLineThatComesAloneEndsALostPaste() {
        var marked = MarkedLines()
        _ = taken(["<one"], by: &marked)
        #expect(marked.timePassed(at: 50_000) == true)
        #expect(marked.take(Array("two".utf8)[...], at: 51_000) == .nothing)
        #expect(marked.take([], at: 51_001) == .nothing)
        #expect(marked.isLost, "it came with another line")
        #expect(marked.deadline == .never)
        // The rest of the paste may begin with an empty line.
        #expect(marked.take([], at: 60_000) == .nothing)
        #expect(marked.take(Array("/quit".utf8)[...], at: 60_100) == .nothing)
        #expect(marked.take([], at: 70_000) == .nothing)
        #expect(marked.deadline == 70_000 + ChatLimits.escapeSilence)
        // The beginning of another line came right behind the empty line.
        marked.inputCame(at: 70_100)
        #expect(marked.deadline == .never)
        #expect(marked.take(Array("/quit".utf8)[...], at: 70_400) == .nothing)
        #expect(marked.take([], at: 70_700) == .nothing)
        #expect(marked.take(Array("/quit".utf8)[...], at: 71_000) == .nothing, "nobody has seen the silence between")
        #expect(marked.take([], at: 71_300) == .nothing)
        #expect(marked.timePassed(at: marked.deadline) == false, "no paste is given up")
        #expect(marked.take(Array("hello".utf8)[...], at: 71_551) == typed("hello"))
    }

    /// The rest of a line may arrive before its end, so the time counts from its last byte.
    @Test func aPasteIsWaitedForFromTheLastOfItsBytes() {
        var marked = MarkedLines()
        _ = taken(["<one"], by: &marked)
        marked.inputCame(at: 9000)
        #expect(marked.deadline == 9000 + ChatLimits.pasteSilence)
    }

    @Test func anotherPasteEndsALostOne() {
        var marked = MarkedLines()
        _ = taken(["<one"], by: &marked)
        #expect(marked.timePassed(at: 50_000) == true)
        #expect(
            taken(["two", "three<four", "five>"], by: &marked) == [
                .nothing, .nothing, .pasted(paste("four\nfive"), hasMore: false),
            ])
    }

    /// Some terminals send controls of 8 bits; the same byte also occurs within characters of UTF-8.
    @Test(
        arguments: [
            ([0x9B], [0x9B]), ([0xC2, 0x9B], [0xC2, 0x9B]), ([0x1B, 0x5B], [0x9B]), ([0x9B], [0x1B, 0x5B]),
        ] as [([UInt8], [UInt8])])
    func theMarksMayHaveEightBits(begin: [UInt8], end: [UInt8]) {
        var marked = MarkedLines()
        #expect(marked.take((begin + Array("200~one 盛201~".utf8))[...], at: 1000) == .nothing)
        #expect(marked.take(Array("Û201~".utf8)[...], at: 1000) == .nothing)
        #expect(
            marked.take((Array("/quit".utf8) + end + Array("201~".utf8))[...], at: 1000)
                == .pasted(paste("one 盛201~\nÛ201~\n/quit"), hasMore: false))
        marked.dropped((begin + Array("200~one\n".utf8))[...], at: 1000)
        #expect(marked.take(Array("/quit".utf8)[...], at: 1000) == .nothing)
        marked.dropped((end + Array("201~\n".utf8))[...], at: 1000)
        #expect(taken(["Û200~"], by: &marked) == [typed("Û200~")])
    }

    @Test func aPasteThatIsStillWaitedForIsSaidAtTheEnd() {
        var marked = MarkedLines()
        #expect(!marked.isAwaited)
        _ = taken(["<one"], by: &marked)
        #expect(marked.isAwaited)
        marked.makeStale()
        #expect(marked.isOpen && !marked.isAwaited, "that it is dropped was said")
    }

    @Test func aHugePasteIsRefused() {
        var marked = MarkedLines()
        _ = taken(["<" + String(repeating: "x", count: 3 * ChatLimits.pasteBytes)], by: &marked)
        guard case .pasted(let paste, _) = taken(["y>"], by: &marked)[0] else { return }
        #expect(throws: Paste.Refusal.tooLarge) { try paste.lines() }
    }
}
