import Testing
import TweetModel

/// Reports: one event makes one line, whatever a client sends.
struct ReportTests {
    private let time = Timestamp(milliseconds: 1_795_237_380_123)

    @Test(
        arguments: [
            (.server, .general, "SERVER [GENERAL] "), (.server, .error, "SERVER [ERROR] "),
            (.server, .connection, "SERVER [CONNECTION] "), (.client, .error, "CLIENT [ERROR] "),
        ] as [(Report.Side, Report.Category, String)])
    func aReportHasSideCategoryTimeAndText(side: Report.Side, category: Report.Category, start: String) {
        let line = Report(side, category, time, "server listening at 127.0.0.1:13001, session 7").line
        let expected = start + "2026-11-21T05:03:00.123Z server listening at 127.0.0.1:13001, session 7\n"
        #expect(String(decoding: line, as: UTF8.self) == expected)
    }

    static let texts = [
        ("plain #text ~", "plain #text ~"),
        ("", ""),
        ("žluťoučký kůň 😀", "žluťoučký kůň 😀"),
        ("one\ntwo", "one\\u{A}two"),
        ("one\r\ntwo", "one\\u{D}\\u{A}two"),
        ("\u{1B}[31mred\u{1B}[0m", "\\u{1B}[31mred\\u{1B}[0m"),
        ("\u{1B}]0;title\u{7}", "\\u{1B}]0;title\\u{7}"),
        ("\u{9B}31m", "\\u{9B}31m"),
        ("nul\0tab\tdel\u{7F}", "nul\\u{0}tab\\u{9}del\\u{7F}"),
        ("a\u{202E}b\u{2066}c\u{2069}", "a\\u{202E}b\\u{2066}c\\u{2069}"),
        ("a\u{2028}b\u{2029}c\u{85}d", "a\\u{2028}b\\u{2029}c\\u{85}d"),
        ("\\", "\\\\"),
        ("\\u{1B}", "\\\\u{1B}"),
        ("C:\\new é", "C:\\\\new é"),
        ("\\\u{1B}", "\\\\\\u{1B}"),
    ]

    @Test(arguments: texts)
    func whatSteersATerminalIsEscaped(text: String, expected: String) {
        let line = Report(.server, .general, time, text).line
        #expect(String(decoding: line, as: UTF8.self) == "SERVER [GENERAL] 2026-11-21T05:03:00.123Z \(expected)\n")
    }

    @Test func noScalarBreaksTheLine() {
        for value in 0...0x2FFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let line = String(decoding: Report(.client, .error, time, "a\(scalar)b").line, as: UTF8.self)
            #expect(
                line.unicodeScalars.firstIndex(where: \.isForbiddenInText) == line.unicodeScalars.lastIndex(of: "\n"))
            #expect(line.unicodeScalars.last == "\n", "U+\(String(value, radix: 16))")
        }
    }

    @Test func differentTextsStayDifferent() {
        let texts = Self.texts.map(\.0)
        let lines = Set(texts.map { Report(.server, .general, time, $0).line })
        #expect(lines.count == texts.count)
    }
}
