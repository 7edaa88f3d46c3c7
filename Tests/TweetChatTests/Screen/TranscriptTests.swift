import Testing
import TweetModel

@testable import TweetChat

struct TranscriptTests {
    private let style = LineStyle()
    private static let morning = Timestamp(milliseconds: 1_795_237_380_123)  // 2026-11-21T05:03:00.123Z

    private func transcript(_ count: Int, _ text: (Int) -> String = { "\($0)" }) -> Transcript {
        var transcript = Transcript()
        for number in 0..<count { transcript.append(line(text(number)), style: style) }
        return transcript
    }

    private func line(_ text: String, at time: Timestamp = morning) -> ChatLine {
        ChatLine(.tweet(author: "a"), time, text)
    }

    private func texts(_ transcript: Transcript, _ height: Int, width: Int = 20) -> [String] {
        transcript.rows(height, width: width, style: style).map(\.text)
    }

    @Test func theNewestIsSeen() {
        #expect(texts(transcript(5), 3) == ["a: 2", "a: 3", "a: 4"])
        #expect(texts(transcript(2), 3) == ["a: 0", "a: 1"])
        #expect(texts(transcript(0), 3) == [])
        #expect(texts(transcript(5), 0) == [])
    }

    @Test func aLongLineIsSeenByItsLastRows() {
        var transcript = transcript(1)
        transcript.append(line("one two three four five six"), style: style)
        #expect(texts(transcript, 2, width: 10) == ["three four", "five six"])
        #expect(
            texts(transcript, 9, width: 10).joined(separator: " ") == "a: 0 a: one two three four five six")
    }

    @Test func scrollingGoesBackToTheFirstLineAndForwardToTheLast() {
        var transcript = transcript(10)
        transcript.scrollBack(2, height: 3, width: 20, style: style)
        #expect(texts(transcript, 3) == ["a: 5", "a: 6", "a: 7"])
        #expect(transcript.isScrolled)
        transcript.scrollBack(100, height: 3, width: 20, style: style)
        #expect(texts(transcript, 3) == ["a: 0", "a: 1", "a: 2"])
        transcript.scrollForward(1, height: 3, width: 20, style: style)
        #expect(texts(transcript, 3) == ["a: 1", "a: 2", "a: 3"])
        transcript.scrollForward(100, height: 3, width: 20, style: style)
        #expect(texts(transcript, 3) == ["a: 7", "a: 8", "a: 9"])
        #expect(!transcript.isScrolled)
    }

    @Test func whatFitsThePageIsNotScrolled() {
        var transcript = transcript(3)
        transcript.scrollBack(5, height: 3, width: 20, style: style)
        #expect(!transcript.isScrolled)
    }

    @Test func rowsOfLongLinesAreScrolledOneByOne() {
        var transcript = transcript(4) { "line \($0) " + String(repeating: "word ", count: 6) }
        let all = texts(transcript, 1000)
        for back in 1...all.count - 5 {
            transcript.scrollBack(1, height: 5, width: 20, style: style)
            #expect(texts(transcript, 5) == Array(all.dropLast(back).suffix(5)))
        }
        for forward in 1...all.count - 5 {
            transcript.scrollForward(1, height: 5, width: 20, style: style)
            #expect(texts(transcript, 5) == Array(all.prefix(5 + forward).suffix(5)))
        }
        #expect(!transcript.isScrolled)
    }

    @Test func whatArrivesDoesNotMoveWhatIsRead() {
        var transcript = transcript(10)
        transcript.scrollBack(4, height: 3, width: 20, style: style)
        let before = texts(transcript, 3)
        transcript.append(line("new"), style: style)
        #expect(texts(transcript, 3) == before)
        transcript.scrollToEnd()
        #expect(texts(transcript, 1) == ["a: new"])
    }

    @Test func anotherWidthKeepsThePlace() {
        var transcript = transcript(30) { "line \($0) " + String(repeating: "word ", count: 6) }
        transcript.scrollBack(20, height: 5, width: 20, style: style)
        for width in [3, 200, 20] {
            #expect(transcript.rows(5, width: width, style: style).count == 5)
            transcript.scrollForward(1, height: 5, width: width, style: style)
        }
        #expect(transcript.isScrolled)
    }

    @Test func theScrollbackIsBounded() {
        var transcript = transcript(10)
        transcript.scrollBack(9, height: 1, width: 20, style: style)
        #expect(texts(transcript, 1) == ["a: 0"])
        for number in 0..<3 * ChatLimits.transcriptLines { transcript.append(line("\(number)"), style: style) }
        #expect(transcript.count <= ChatLimits.transcriptLines)
        #expect(texts(transcript, 1).count == 1)
        transcript.scrollForward(.max, height: 1, width: 20, style: style)
        #expect(texts(transcript, 1) == ["a: \(3 * ChatLimits.transcriptLines - 1)"])
    }

    @Test func theBytesOfTheScrollbackAreBoundedToo() {
        var transcript = Transcript()
        let long = String(repeating: "x", count: 8000)
        for _ in 0..<ChatLimits.transcriptLines { transcript.append(line(long), style: style) }
        #expect(transcript.count <= ChatLimits.transcriptBytes / 8000)
        #expect(transcript.count >= ChatLimits.transcriptBytes / 8000 * 8 / 10)
        transcript.append(line(String(repeating: "y", count: ChatLimits.transcriptBytes + 1)), style: style)
        #expect(transcript.count >= 1)
    }

    @Test func aReaderWhoseLinesAreDroppedSeesAWholePageAndHowManyCame() {
        var transcript = transcript(30)
        transcript.scrollBack(9, height: 10, width: 20, style: style)
        for number in 30..<2530 { transcript.append(line("\(number)"), style: style) }
        let first = 2530 - transcript.count
        #expect(first > 30)
        #expect(texts(transcript, 10) == (first..<first + 10).map { "a: \($0)" })
        #expect(transcript.newBelow == 2500)
        // There are no older lines.
        transcript.scrollBack(9, height: 10, width: 20, style: style)
        #expect(texts(transcript, 10).first == "a: \(first)")
        transcript.scrollForward(1, height: 10, width: 20, style: style)
        #expect(texts(transcript, 10) == (first + 1..<first + 11).map { "a: \($0)" })
        #expect(transcript.newBelow == 2530 - first - 11)
    }

    @Test func aHigherPageIsFilledBelowThePlace() {
        var transcript = transcript(40) { "line \($0) " + String(repeating: "word ", count: 6) }
        let all = texts(transcript, 1000)
        transcript.scrollBack(1000, height: 6, width: 20, style: style)
        for height in [7, 28, all.count - 1] { #expect(texts(transcript, height) == Array(all.prefix(height))) }
        // A smaller screen shows the same place again.
        #expect(texts(transcript, 6) == Array(all.prefix(6)))
        transcript.resized(height: 28, width: 20, style: style)
        #expect(transcript.isScrolled)
        transcript.scrollForward(1, height: 28, width: 20, style: style)
        #expect(texts(transcript, 28) == Array(all.prefix(29).suffix(28)))
    }

    @Test func whoSeesTheNewestIsNotScrolled() {
        var transcript = transcript(10)
        transcript.scrollBack(100, height: 3, width: 20, style: style)
        transcript.append(line("new"), style: style)
        #expect(transcript.newBelow == 1)
        transcript.resized(height: 11, width: 20, style: style)
        #expect(transcript.newBelow == nil)
        #expect(texts(transcript, 3).last == "a: new")
    }

    @Test func anotherDayIsSaid() {
        var transcript = Transcript()
        transcript.append(line("one"), style: style)
        transcript.append(
            line("two", at: Timestamp(milliseconds: Self.morning.milliseconds + 86_400_000)), style: style)
        #expect(texts(transcript, 9) == ["a: one", "── 2026-11-22 ──", "a: two"])
    }

    // MARK: Wrapping

    @Test(arguments: [
        ("one two", 20, ["a: one two"]), ("one two three", 10, ["a: one two", "three"]),
        ("abcdefghijkl", 8, ["a: abcde", "fghijkl"]), ("abcdefgh", 8, ["a:", "abcdefgh"]),
        ("日本語日本語", 8, ["a: 日本", "語日本語"]),
        ("x 日本語日本語日本語", 10, ["a: x 日本", "語日本語日", "本語"]),
    ])
    func aLineIsWrappedAtSpacesAndElseAnywhere(text: String, width: Int, expected: [String]) {
        #expect(style.rows(line(text), width: width).map(\.text) == expected)
    }

    @Test func nothingIsLostByWrapping() {
        let text = "a family 👨‍👩‍👧 and e\u{301} and 日本語 and averyveryveryverylongword and the end"
        for width in 7...100 {
            let rows = style.rows(line(text), width: width)
            for row in rows { #expect(row.columns <= width) }
            let joined = rows.map(\.text).joined().filter { $0 != " " }
            let clock = width >= LineStyle.columnsForTime ? "05:03" : ""
            #expect(joined == clock + "a:" + text.filter { $0 != " " }, "width \(width)")
        }
    }

    @Test func theRestOfALineStandsBelowItsText() {
        let rows = style.rows(line(String(repeating: "word ", count: 20)), width: 50)
        #expect(rows[0].text.hasPrefix("05:03 a: word"))
        #expect(rows[1].text.hasPrefix("      word"))
    }
}
