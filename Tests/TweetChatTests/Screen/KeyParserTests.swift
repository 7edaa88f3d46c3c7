import Testing
import TweetSystem

@testable import TweetChat

/// A terminal's bytes become keys, text and pastes; no sequence becomes text, wherever the reads cut it.
struct KeyParserTests {
    private typealias Input = KeyParser.Input

    /// The inputs for bytes that come in pieces, all at one moment.
    private func inputs(_ pieces: [[UInt8]]) -> [Input] {
        var parser = KeyParser()
        return pieces.flatMap { parser.take($0, at: 1000) }
    }

    private func inputs(_ text: String) -> [Input] { inputs([Array(text.utf8)]) }

    /// The inputs for bytes, which must be the same for a cut at every place and for single bytes.
    private func inputsOfEveryCut(_ bytes: [UInt8], _ location: SourceLocation = #_sourceLocation) -> [Input] {
        let whole = inputs([bytes])
        for index in 0...bytes.count {
            let cut = inputs([Array(bytes[..<index]), Array(bytes[index...])])
            #expect(cut == whole, "cut at \(index)", sourceLocation: location)
        }
        #expect(inputs(bytes.map { [$0] }) == whole, sourceLocation: location)
        return whole
    }

    private func keys(_ text: String) -> [Input] { text.unicodeScalars.map { .key(.scalar($0)) } }

    @Test(
        arguments: [
            // The sequences of xterm, in both modes of its cursor keys and its keypad.
            ("[A", .up), ("[B", .down), ("[C", .right), ("[D", .left), ("[H", .home), ("[F", .end), ("OA", .up),
            ("OB", .down), ("OC", .right), ("OD", .left), ("OH", .home), ("OF", .end), ("OM", .enter), ("OI", .tab),
            ("Oj", .scalar("*")), ("Om", .scalar("-")), ("Op", .scalar("0")), ("Oy", .scalar("9")),
            ("OX", .scalar("=")),
            ("[1~", .home), ("[3~", .delete), ("[4~", .end), ("[5~", .pageUp), ("[6~", .pageDown), ("[7~", .home),
            ("[8~", .end),
            // The same keys with Shift, Alt or Ctrl; the short forms come from older terminals.
            ("[1;2A", .up), ("[1;2B", .down), ("[1;2C", .right), ("[1;2D", .left), ("[1;3C", .wordRight),
            ("[1;3D", .wordLeft), ("[1;5C", .wordRight), ("[1;5D", .wordLeft), ("O5C", .wordRight),
            ("O5D", .wordLeft), ("O2D", .left), ("[5C", .right), ("[a", .up), ("[d", .left), ("Oc", .wordRight),
            ("Od", .wordLeft), ("[5;2~", .pageUp), ("[7$", .home), ("[8^", .end), ("[27;5;13~", .enter),
            ("[13;2u", .enter), ("[57414u", .enter), ("[9;5u", .tab), ("[127;5u", .backspace), ("b", .wordLeft),
            ("f", .wordRight), ("\u{7F}", .cutWord), ("\r", .enter), ("\u{1B}[D", .left),
        ] as [(String, Key)])
    func aKeyIsUnderstood(sequence: String, key: Key) {
        #expect(inputsOfEveryCut(Array("a\u{1B}\(sequence)b".utf8)) == keys("a") + [.key(key)] + keys("b"))
    }

    @Test(arguments: [
        // Keys without a function here: function keys, Insert, Shift-Tab, Ctrl-Del, Shift-Del, those of the Linux
        // console.
        "OP", "OQ", "[15~", "[24;5~", "[1;2P", "[2~", "[Z", "[3;5~", "[3;2~", "[3$", "[3^", "[E", "OE", "[[A", "[[E",
        "O2P",
        // Alt with a key that sends one byte or several.
        "x", "q", "1", "é", "日", "👍", "\u{1B}x",
        // Sequences for a terminal, typed by mistake: character sets, a single shift.
        "(B", ")0", "%G", "$(C", " F", "#8", "Nx",
        // Reports of a terminal: the mouse, the focus, the cursor's place, the terminal's kind, modes and colours.
        "[<0;10;20M", "[<0;10;20m", "[M !!", "[Mabc", "[35;40;50M", "[I", "[O", "[24;80R", "[?1;2c", "[>0;136;0c",
        "[?2004;1$y", "[4;1$y", "[?62;22;52c", "[8;24;80t", "]11;rgb:0000/0000/0000\u{1B}\\", "]52;c;aGVsbG8=\u{7}",
        "P1$r0m\u{1B}\\", "P>|xterm(380)\u{1B}\\", "_Gi=31;OK\u{1B}\\", "^privacy\u{1B}\\", "Xstring\u{1B}\\",
        "[97;5u", "[27;6;97~", "[0;0;0;0;0;0;0;0;0;0~", "[99999999999999999999~", "[;;;~",
        // The end mark of a paste that never began.
        "[201~",
    ])
    func aSequenceWithoutAMeaningIsSwallowedWhole(sequence: String) {
        #expect(inputsOfEveryCut(Array("a\u{1B}\(sequence)b".utf8)) == keys("ab"))
    }

    @Test func aSequenceOfAnyLengthIsSwallowed() {
        let long = String(repeating: "1;", count: 5000)
        #expect(inputs("a\u{1B}[\(long)~b") == keys("ab"))
        #expect(inputs("a\u{1B}]\(String(repeating: "x", count: 100_000))\u{7}b") == keys("ab"))
    }

    /// A control character within a sequence keeps its meaning, so Enter always works.
    @Test(arguments: ["[", "[1;", "[[", "O", "]0;title", "P", "", "(", "$(", "N", "X", "[M", "[M!"])
    func enterEndsATornSequence(sequence: String) {
        #expect(inputs("\u{1B}\(sequence)\rb") == [.key(.enter)] + keys("b"))
        #expect(inputs("\u{1B}\(sequence)\u{3}b") == [.key(.interrupt)] + keys("b"))
    }

    /// A byte that cannot belong to a sequence ends it, and begins text of any script or a paste.
    @Test(arguments: ["[", "[1;", "O", "(", "N", "[["])
    func textEndsATornSequence(sequence: String) {
        #expect(inputs("\u{1B}\(sequence)Привет") == keys("Привет"))
        #expect(inputs("\u{1B}\(sequence)ßa") == keys("ßa"))
    }

    @Test(arguments: ["[", "[1;", "O", "]11;rgb:", "P1$r", "X", "[M", "[M!", "(", "]0;Ü\u{1B}"])
    func aMarkOfEightBitsEndsATornSequence(sequence: String) {
        let begin = Array("\u{1B}\(sequence)".utf8) + [0x9B]
        #expect(
            inputs([begin + Array("200~/quit\r\u{1B}[201~b".utf8)]) == [.pasteBegan, .pasted(Self.quit)] + keys("b"))
    }

    @Test func aStringMayEndWithAControlOfEightBits() {
        #expect(inputs([[0x9D] + Array("11;rgb:0/0/0".utf8) + [0x9C] + Array("b".utf8)]) == keys("b"))
        #expect(inputs("\u{1B}]0;Üü\u{9C}b") == keys("b"))
        #expect(inputs("\u{1B}]0;Üü\u{7}b") == keys("b"))
    }

    @Test func controlsOfEightBitsIntroduceSequencesToo() {
        #expect(inputs([[0x9B] + Array("Ab".utf8)]) == [.key(.up)] + keys("b"))
        #expect(inputs([[0x8F] + Array("Mb".utf8)]) == [.key(.enter)] + keys("b"))
        #expect(inputs("\u{9B}Ab") == [.key(.up)] + keys("b"))
        #expect(inputs("\u{9D}0;title\u{7}b") == keys("b"))
    }

    @Test func textOfAnyScriptIsText() {
        let text = "zwölf 日本 👍🏽 e\u{301} \u{10FFFF}"
        #expect(inputsOfEveryCut(Array(text.utf8)) == keys(text))
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE6, 0x97], [0xC3], [0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0x80],
        ] as [[UInt8]])
    func bytesThatAreNoTextAreDropped(bytes: [UInt8]) {
        #expect(inputs([Array("a".utf8) + bytes + Array("b".utf8)]) == keys("ab"))
    }

    @Test func controlKeysAreKeys() {
        #expect(
            inputs("\u{3}\u{4}\u{8}\t\r\n\u{1A}\u{1C}\u{7F}\u{0}\u{1F}")
                == [
                    .key(.interrupt), .key(.endOfInput), .key(.backspace), .key(.tab), .key(.enter), .key(.enter),
                    .key(.suspend), .key(.abort), .key(.backspace),
                ])
    }

    // MARK: Time

    @Test func aLoneEscapeIsForgottenAfterAWhile() {
        var parser = KeyParser()
        #expect(parser.deadline == .never)
        #expect(parser.take([0x1B], at: 1000) == [])
        #expect(parser.deadline == 1000 + ChatLimits.escapeSilence)
        #expect(parser.timePassed(at: parser.deadline + .milliseconds(-1)) == [])
        #expect(parser.timePassed(at: parser.deadline) == [])
        #expect(parser.deadline == .never)
        #expect(parser.take(Array("A".utf8), at: 1300) == keys("A"))
    }

    @Test(arguments: [
        ("[1;", ChatLimits.sequenceSilence), ("O", ChatLimits.sequenceSilence),
        ("[M!", ChatLimits.sequenceSilence), ("[[", ChatLimits.sequenceSilence),
        ("]0;", ChatLimits.sequenceSilence), ("P1$r", ChatLimits.sequenceSilence),
        ("]0;title\u{1B}", ChatLimits.sequenceSilence),
        ("(", ChatLimits.escapeSilence), ("N", ChatLimits.escapeSilence),
    ])
    func aTornSequenceIsForgottenAfterAWhile(sequence: String, silence: Duration) {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}\(sequence)".utf8), at: 0) == [])
        #expect(parser.deadline == 0 + silence)
        #expect(parser.timePassed(at: 0 + (silence - .milliseconds(1))) == [])
        #expect(parser.timePassed(at: 0 + silence) == [])
        #expect(parser.take(Array("hello".utf8), at: 0 + silence + .milliseconds(1)) == keys("hello"))
    }

    /// On a slow line the ESC came long before the rest, so the parser took it for the Esc key.
    @Test func theRestOfAMarkBehindALateEscapeIsNoText() {
        var parser = KeyParser()
        #expect(parser.take([0x1B], at: 1000) == [])
        #expect(parser.timePassed(at: 1400) == [])
        #expect(parser.take(Array("[200~/quit\r\u{1B}[201~".utf8), at: 1400) == [.pasteBegan, .pasted(Self.quit)])
    }

    /// The user pressed the Esc key and then typed or pasted something.
    @Test(arguments: ["[", "[12:30] meeting", "]", "]1 note", "];", "[20"])
    func textBehindALateEscapeIsText(text: String) {
        var parser = KeyParser()
        #expect(parser.take([0x1B], at: 2000) == [])
        #expect(parser.timePassed(at: 2400) == [])
        #expect(parser.take(Array(text.utf8), at: 2400) == keys(text))
        #expect(parser.take(Array("[200~".utf8), at: 2400) == keys("[200~"), "it does not stand behind the ESC")
        #expect(parser.take([0x1B], at: 3000) == [])
        #expect(parser.timePassed(at: 3400) == [])
        #expect(parser.take(Array("[200~".utf8), at: 9000) == keys("[200~"), "it comes too late")
    }

    /// On a slow or busy line, the late rest of a key is not text, and the late rest of a mark still begins a paste.
    @Test(
        arguments: [
            ("\u{1B}[", "3;5~", []), ("\u{1B}[3;", "5~", []), ("\u{1B}O", "A", [.key(.up)]),
            ("\u{1B}[2", "00~/quit\r\u{1B}[201~", [.pasteBegan, .pasted(quit)]),
        ] as [(String, String, [KeyParser.Input])])
    func theRestOfASequenceIsNoTextWhenItIsLate(first: String, rest: String, expected: [KeyParser.Input]) {
        var parser = KeyParser()
        #expect(parser.take(Array(first.utf8), at: 1000) == [])
        #expect(parser.timePassed(at: 1000 + ChatLimits.escapeSilence * 2) == [])
        #expect(parser.take(Array("\(rest)z".utf8), at: 1600) == expected + keys("z"))
    }

    /// A slow line may cut an answer of the terminal anywhere behind its first two bytes.
    @Test(arguments: [
        "]11;rgb:0000/0000/0000\u{1B}\\", "]52;c;aGVsbG8=\u{7}", "]lxterm\u{1B}\\", "P1$r0m\u{1B}\\",
        "P>|xterm(380)\u{1B}\\", "P!|7E565445\u{1B}\\", "_Gi=31;OK\u{1B}\\", "[?62;22;52c", "[M !!",
    ])
    func aTornAnswerIsNoText(answer: String) {
        let bytes = Array("\u{1B}\(answer)".utf8)
        for index in 2..<bytes.count {
            var parser = KeyParser()
            #expect(parser.take(bytes[..<index], at: 1000) == [])
            #expect(parser.timePassed(at: 5000) == [])
            #expect(parser.take(bytes[index...] + Array("z".utf8), at: 5001) == keys("z"), "torn at \(index)")
        }
    }

    /// An old mouse report has three more bytes; a control character is among them only for a place that no byte can
    /// name.
    @Test(
        arguments: [
            ("[M\r", [.key(.enter)]), ("[M \u{3}", [.key(.interrupt)]), ("[M !\r", [.key(.enter)]),
            ("[M\u{1B}[A", [.key(.up)]), ("[M \u{0}\u{0}", []), ("[M !\u{0}", []),
        ] as [(String, [KeyParser.Input])])
    func enterEndsATornMouseReport(report: String, expected: [KeyParser.Input]) {
        #expect(inputs("\u{1B}\(report)b") == expected + keys("b"))
    }

    private static let quit: Paste = {
        var paste = Paste()
        for byte in "/quit\r".utf8 { paste.append(byte) }
        return paste
    }()

    @Test func aByteOrderMarkIsNoText() {
        #expect(inputsOfEveryCut([0xEF, 0xBB, 0xBF] + Array("a\u{FEFF}b".utf8)) == keys("ab"))
    }

    @Test func aTornCharacterIsForgottenAfterAWhile() {
        var parser = KeyParser()
        #expect(parser.take([0xE6, 0x97], at: 0) == [])
        #expect(parser.timePassed(at: 0 + ChatLimits.escapeSilence) == [])
        #expect(parser.take(Array("é".utf8), at: 1000) == keys("é"))
    }

    // MARK: Pastes

    private func paste(_ text: String) -> Paste {
        var paste = Paste()
        for byte in text.utf8 { paste.append(byte) }
        return paste
    }

    @Test(arguments: [
        "", "hello", "one\rtwo\r/quit\r", "\u{1B}", "\u{1B}[A", "\u{1B}[200~", "\u{1B}[201", "\u{1B}\u{1B}[20",
        "\u{3}\u{1A}\u{4}", "日本",
    ])
    func aPasteIsTextUpToItsEndMark(text: String) {
        let bytes = Array("a\u{1B}[200~\(text)\u{1B}[201~b".utf8)
        #expect(inputsOfEveryCut(bytes) == keys("a") + [.pasteBegan, .pasted(paste(text))] + keys("b"))
    }

    /// Some terminals send controls of 8 bits; the same byte also occurs within characters of UTF-8.
    @Test(
        arguments: [
            ([0x9B], [0x9B]), ([0xC2, 0x9B], [0xC2, 0x9B]), ([0x1B, 0x5B], [0x9B]), ([0x9B], [0x1B, 0x5B]),
        ] as [([UInt8], [UInt8])])
    func theMarksOfAPasteMayHaveEightBits(begin: [UInt8], end: [UInt8]) {
        let text = "one\r盛201~Û201~\u{1F6DB}201~\u{9B}20"
        let bytes = begin + Array("200~\(text)".utf8) + end + Array("201~b".utf8)
        #expect(inputsOfEveryCut(bytes) == [.pasteBegan, .pasted(paste(text))] + keys("b"))
    }

    @Test func aPasteMayHaveAllTheBytesThatAreAllowed() throws {
        let text = String(repeating: "x", count: ChatLimits.pasteBytes)
        #expect(inputs("\u{1B}[200~\(text)\u{1B}[201~") == [.pasteBegan, .pasted(paste(text))])
        #expect(try paste(text).lines() == [text])
        #expect(throws: Paste.Refusal.tooLarge) { try paste(text + "x").lines() }
    }

    @Test func aHugePasteIsBounded() throws {
        let text = String(repeating: "x", count: 3 * ChatLimits.pasteBytes)
        guard case .pasted(let paste) = inputs("\u{1B}[200~\(text)\u{1B}[201~").last else {
            Issue.record("no paste")
            return
        }
        #expect(throws: Paste.Refusal.tooLarge) { try paste.lines() }
    }

    @Test func aPasteWithoutItsEndIsDroppedAfterAWhile() {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[200~one\r/quit\r".utf8), at: 0) == [.pasteBegan])
        #expect(parser.timePassed(at: 0 + (ChatLimits.pasteSilence - .milliseconds(1))) == [])
        guard case .pasted(let paste) = parser.timePassed(at: 0 + ChatLimits.pasteSilence).last else {
            Issue.record("no paste")
            return
        }
        #expect(throws: Paste.Refusal.withoutEnd) { try paste.lines() }
        #expect(parser.deadline == .never)
        #expect(entered("\r", at: 50_000, in: &parser) == [.lostPasteEnded(byEnter: true)])
        #expect(parser.take(Array("b\r".utf8), at: 50_300) == keys("b") + [.key(.enter)])
    }

    /// The inputs for an Enter that ends a lost paste, once no other input has followed it.
    private func entered(_ key: String, at now: Instant, in parser: inout KeyParser) -> [Input] {
        #expect(parser.take(Array(key.utf8), at: now) == [])
        #expect(parser.deadline == now + ChatLimits.escapeSilence)
        return parser.timePassed(at: parser.deadline)
    }

    /// A parser that has given up a paste, and the moment when it did.
    private func parserOfLostPaste() -> (KeyParser, Instant) {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[200~one\r".utf8), at: 0) == [.pasteBegan])
        let now = parser.deadline
        #expect(isTorn(parser.timePassed(at: now)))
        return (parser, now)
    }

    /// The connection to the terminal stalled, and goes on.
    @Test(
        arguments: [
            // The rest at once, cut near its end mark, in small reads, and in small reads with pauses.
            (["two\r/quit\r", "y", "three\u{1B}[201~"], 0), (["two\r/quit\r\u{1B}[20", "1~"], 0), (["\u{1B}[201~"], 0),
            (["two\r/quit\ry\ry\ry\ry\r", "\u{9B}201~"], 0), (["t", "w", "o", "\r", "/quit\r", "\u{1B}[201~"], 20),
            (["two\r/quit\r/quit\r", "/quit\r", "/quit\r\u{1B}[201~"], 200),
            (["y", "two\r/quit\ry\r/quit\r", "\u{1B}[201~"], 2000),
            // The rest may begin with an Enter.
            (["\r", "/quit\r", "\u{1B}[201~"], 100), (["\r", "\r", "\r", "/quit\r", "\u{1B}[201~"], 240),
        ] as [([String], Int)])
    func theRestOfALostPasteIsDropped(reads: [String], gap: Int) {
        var (parser, now) = parserOfLostPaste()
        now += .seconds(10)
        for read in reads.dropLast() {
            #expect(parser.timePassed(at: now) == [])
            #expect(parser.take(Array(read.utf8), at: now) == [])
            now += .milliseconds(gap)
        }
        #expect(parser.take(Array((reads.last ?? "").utf8), at: now) == [.lostPasteEnded(byEnter: false)])
        #expect(parser.deadline == .never)
        #expect(parser.take(Array("hello\r".utf8), at: now) == keys("hello") + [.key(.enter)])
    }

    @Test func whatIsTypedBehindTheEndOfALostPasteIsTyped() {
        var (parser, now) = parserOfLostPaste()
        now += .seconds(10)
        #expect(
            parser.take(Array("/quit\r\u{1B}[201~b\u{1B}[200~c\u{1B}[201~".utf8), at: now)
                == [.lostPasteEnded(byEnter: false)] + keys("b") + [.pasteBegan, .pasted(paste("c"))])
    }

    /// The end mark may be lost for good, and the user pastes again.
    @Test func anotherPasteEndsALostOne() {
        let (lost, now) = parserOfLostPaste()
        let bytes = Array("/quit\r\u{1B}[200~again\u{1B}[201~".utf8)
        for index in bytes.indices {
            var parser = lost
            let inputs =
                parser.take(bytes[..<index], at: now + .milliseconds(1000))
                + parser.take(bytes[index...], at: now + .milliseconds(1001))
            #expect(inputs == [.pasteBegan, .pasted(paste("again"))], "cut at \(index)")
        }
    }

    @Test(arguments: ["\r", "\n", "\r\n", "\u{3}", "\u{1B}OM"])
    func enterAloneEndsALostPasteAndDoesNothingElse(key: String) {
        var (parser, now) = parserOfLostPaste()
        #expect(parser.take(Array("hello".utf8), at: now + .milliseconds(1000)) == [])
        #expect(parser.take(Array(key.utf8), at: now + .milliseconds(1100)) == [], "it comes behind others at once")
        #expect(parser.deadline == .never)
        #expect(entered(key, at: now + .milliseconds(2000), in: &parser) == [.lostPasteEnded(byEnter: true)])
        #expect(parser.take(Array("b".utf8), at: now + .milliseconds(2300)) == keys("b"))
        (parser, now) = parserOfLostPaste()
        #expect(parser.take(Array(key.utf8), at: now + .milliseconds(1000)) == [])
        #expect(
            parser.take(Array("/quit\r".utf8), at: now + .milliseconds(1300)) == [],
            "nobody has seen that nothing came between")
    }

    private func isTorn(_ inputs: [Input]) -> Bool {
        guard inputs.count == 1, case .pasted(let paste) = inputs[0] else { return false }
        return !paste.hasEnd
    }

    /// A user who sees no reaction presses keys.
    @Test func keysDoNotKeepAPasteWithoutItsEndOpen() {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[200~one\r".utf8), at: 0) == [.pasteBegan])
        for second in 1..<15 {
            #expect(parser.take(Array("\u{1B}[A".utf8), at: Instant(milliseconds: UInt64(second) * 1000)).isEmpty)
        }
        #expect(parser.deadline == 0 + ChatLimits.pasteSilence)
        #expect(isTorn(parser.timePassed(at: parser.deadline)))
    }

    @Test func aPasteThatIsStillComingIsWaitedFor() {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[200~".utf8), at: 0) == [.pasteBegan])
        // A slow line sends byte by byte.
        for millisecond in stride(from: 10, through: 1000, by: 10) {
            #expect(parser.take([0x61], at: Instant(milliseconds: UInt64(millisecond))).isEmpty)
        }
        #expect(parser.deadline == 1000 + ChatLimits.pasteSilence)
        // A busy line sends many bytes after a pause.
        #expect(parser.take(Array(repeating: 0x61, count: ChatLimits.pasteBulk + 1), at: 9000).isEmpty)
        #expect(parser.deadline == 9000 + ChatLimits.pasteSilence)
        // A slower line sends a few bytes at a time.
        for moment in stride(from: UInt64(9200), through: 30_000, by: 200) {
            #expect(parser.take([0x61, 0x62], at: Instant(milliseconds: moment)).isEmpty)
        }
        #expect(parser.deadline > 30_000)
    }

    @Test func controlCEndsAPasteWithoutItsEnd() {
        var parser = KeyParser()
        #expect(parser.take(Array("\u{1B}[200~one\r".utf8), at: 0) == [.pasteBegan])
        #expect(parser.take([0x03], at: 100).isEmpty, "it is still coming, and this is of it")
        #expect(parser.take([0x61], at: 1000).isEmpty)
        #expect(isTorn(parser.take([0x03], at: 2000)))
        #expect(parser.deadline == .never)
        #expect(entered("\u{3}", at: 3000, in: &parser) == [.lostPasteEnded(byEnter: true)])
        #expect(parser.take([0x03], at: 4000) == [.key(.interrupt)])
    }
}
