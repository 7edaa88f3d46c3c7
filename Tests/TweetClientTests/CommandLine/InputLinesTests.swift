import Testing

@testable import TweetClient

/// Standard input cut into lines.
struct InputLinesTests {
    private func lines(_ pieces: [String], mostBytes: Int = 10) -> [InputLines.Line] {
        var input = InputLines(mostBytes: mostBytes)
        return pieces.flatMap { input.take(Array($0.utf8)) } + (input.end().map { [$0] } ?? [])
    }

    private func line(_ number: Int, _ text: String, isWhole: Bool = true) -> InputLines.Line {
        InputLines.Line(number: number, bytes: Array(text.utf8), isWhole: isWhole)
    }

    @Test(arguments: ["", "\n", "a", "a\nb", "a\r\n\r\nb\n", "\r", "0123456789\n0123456789a\nb"])
    func linesAreTheSameWhereverTheInputIsCut(text: String) {
        let whole = lines([text])
        for cut in 0...text.utf8.count {
            let (head, tail) = (text.utf8.prefix(cut), text.utf8.dropFirst(cut))
            #expect(lines([head, tail].map { String(decoding: $0, as: UTF8.self) }) == whole)
        }
    }

    @Test func eachLineHasItsNumberAndNoLineEnd() {
        #expect(lines(["a\r\n\nc"]) == [line(1, "a"), line(2, ""), line(3, "c")])
        #expect(lines([""]) == [])
        #expect(lines(["\n"]) == [line(1, "")])
    }

    @Test func ofALineThatIsTooLongTheBeginningIsKept() {
        let long = String(repeating: "x", count: 25)
        #expect(lines([long + "\nb"]) == [line(1, "xxxxxxxxxx", isWhole: false), line(2, "b")])
        #expect(lines(["0123456789\n"]) == [line(1, "0123456789")])
        #expect(lines([long]) == [line(1, "xxxxxxxxxx", isWhole: false)])
        #expect(lines(["012345678\r\n"]) == [line(1, "012345678")])
    }

    @Test func aLineThatHasBegunIsKnown() {
        var input = InputLines(mostBytes: 10)
        #expect(!input.isWithinLine)
        _ = input.take(Array("a\nb".utf8))
        #expect(input.isWithinLine)
        _ = input.take(Array("\n".utf8))
        #expect(!input.isWithinLine)
    }
}
