import Testing
import TweetSystem

@testable import TweetChat

struct LineCutterTests {
    /// The cuts of an input that comes in pieces and then ends.
    private func cuts(_ pieces: [[UInt8]]) -> [LineCutter.Cut] {
        var cutter = LineCutter()
        var cuts: [LineCutter.Cut] = []
        for piece in pieces {
            cutter.append(piece[...])
            while let cut = cutter.next() { cuts.append(cut) }
        }
        cutter.end()
        while let cut = cutter.next() { cuts.append(cut) }
        return cuts
    }

    @Test func everyCutOfTheInputGivesTheSameLines() {
        let input = Array("one\r\n\nzwölf 日本\nlast".utf8)
        let expected: [LineCutter.Cut] = [.line("one"), .line(""), .line("zwölf 日本"), .line("last"), .end]
        for index in 0...input.count {
            #expect(cuts([Array(input[..<index]), Array(input[index...])]) == expected)
        }
        #expect(cuts(input.map { [$0] }) == expected)
    }

    @Test func aLineThatIsTooLongCostsOnlyItself() {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        let refused = LineCutter.Cut.refused(number: 1, "is longer than 8192 bytes")
        #expect(cuts([long, long, Array("\nnext\n".utf8)]) == [refused, .line("next"), .end])
        #expect(cuts([long + Array("\nnext".utf8)]) == [refused, .line("next"), .end])
        #expect(cuts([long]) == [refused, .end])
    }

    @Test func whatIsNoTextIsRefused() {
        #expect(
            cuts([[0xFF, 0x0A], Array("ok\n".utf8)])
                == [.refused(number: 1, "is not valid UTF-8"), .line("ok"), .end])
    }

    /// The number counts all lines of the input, also refused, empty and dropped ones.
    @Test func aRefusedLineIsNamed() {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        let input = Array("one\n\n".utf8) + long + Array("\nfour\n".utf8) + [0xFF]
        let expected: [LineCutter.Cut] = [
            .line("one"), .line(""), .refused(number: 3, "is longer than 8192 bytes"), .line("four"),
            .refused(number: 5, "is not valid UTF-8"), .end,
        ]
        #expect(cuts([input]) == expected)
        #expect(cuts(input.map { [$0] }) == expected)
        for isCut in [false, true] {
            var cutter = LineCutter()
            cutter.append(input[..<(isCut ? 9000 : 4)])
            while cutter.next() != nil {}
            cutter.append(input[(isCut ? 9000 : 4)...])
            let hadLine = cutter.dropLines() != nil
            #expect(hadLine)
            cutter.end()
            #expect(cutter.next() == .refused(number: 5, "is not valid UTF-8"))
        }
    }

    @Test func nothingIsTheEnd() {
        #expect(cuts([]) == [.end])
    }
}
