/// Separates the code, comments and literals of Swift source, as far as the house rules need it.
///
/// The code and the comments each keep the lines of the source and leave out the other text. The code keeps the
/// delimiters of a literal, but not its contents or its interpolations.
struct SourceScanner {
    private enum Part { case code, comment, literal }

    private let bytes: [UInt8]
    private var index = 0
    /// The start of the run that the scanner is reading, and the part that it belongs to.
    private var runStart = 0
    private var part = Part.code
    private var code: [UInt8] = []
    private var comments: [UInt8] = []

    static func parts(of text: String) -> (code: [String], comments: [String]) {
        var scanner = SourceScanner(text)
        scanner.scanCode(untilParenthesis: false)
        scanner.endRun()
        return (lines(scanner.code), lines(scanner.comments))
    }

    /// The lines of a text; a line feed at the end begins no further line.
    static func lines(_ text: some Collection<UInt8>) -> [String] {
        var lines = text.split(separator: lineFeed, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    private static let lineFeed = UInt8(ascii: "\n")

    private init(_ text: String) { bytes = Array(text.utf8) }

    // MARK: Reading

    private func isNext(_ text: StaticString, behind count: Int = 0) -> Bool {
        let start = index + count
        guard start + text.utf8CodeUnitCount <= bytes.count, bytes[start] == text.utf8Start[0] else { return false }
        return (1..<text.utf8CodeUnitCount).allSatisfy { bytes[start + $0] == text.utf8Start[$0] }
    }

    private mutating func take(_ count: Int, as part: Part) {
        if part != self.part {
            endRun()
            self.part = part
        }
        index = min(index + count, bytes.count)
    }

    /// The bytes at which another part may begin; a table, since everything else is slow in a debug build.
    private static let marks: [Bool] = (0...255).map { "/*\"#()\\".utf8.contains($0) }

    /// Takes a byte that begins no other part, and all bytes up to the next one that may.
    private mutating func takePlain(as part: Part) {
        take(1, as: part)
        let marks = Self.marks
        while index < bytes.count, !marks[Int(bytes[index])] { index += 1 }
    }

    /// Adds a run to its text, and its line feeds to both texts.
    private mutating func endRun() {
        let run = bytes[runStart..<index]
        let lineFeeds = run.filter { $0 == Self.lineFeed }
        code += part == .code ? run : lineFeeds[...]
        comments += part == .comment ? run : lineFeeds[...]
        runStart = index
    }

    // MARK: Code

    /// Reads to the end of the source, or past the parenthesis that closes an interpolation, whose code it leaves out.
    private mutating func scanCode(untilParenthesis isInterpolation: Bool) {
        let part = isInterpolation ? Part.literal : .code
        var depth = 0
        while index < bytes.count {
            if isNext("//") {
                let end = bytes[index...].firstIndex(of: Self.lineFeed) ?? bytes.count
                take(end - index, as: .comment)
            } else if isNext("/*") {
                scanBlockComment()
            } else if let hashes = hashes(before: "\"") {
                scanString(hashes: hashes, part)
            } else if let hashes = hashes(before: "/"), hashes > 0 || beginsRegex {
                scanRegex(hashes: hashes, part)
            } else if isNext("(") {
                depth += 1
                take(1, as: part)
            } else if isNext(")") {
                depth -= 1
                take(1, as: part)
                if isInterpolation, depth < 0 { return }
            } else {
                takePlain(as: part)
            }
        }
    }

    /// Reads a comment, with the comments inside it.
    private mutating func scanBlockComment() {
        var depth = 0
        repeat {
            if isNext("/*") {
                depth += 1
                take(2, as: .comment)
            } else if isNext("*/") {
                depth -= 1
                take(2, as: .comment)
            } else {
                takePlain(as: .comment)
            }
        } while depth > 0 && index < bytes.count
    }

    // MARK: Literals

    /// The number of `#` before the delimiter; nil if the delimiter does not follow them.
    private func hashes(before delimiter: StaticString) -> Int? {
        var count = 0
        while isNext("#", behind: count) { count += 1 }
        return isNext(delimiter, behind: count) ? count : nil
    }

    private func hasHashes(_ count: Int, behind start: Int) -> Bool {
        (0..<count).allSatisfy { isNext("#", behind: start + $0) }
    }

    private mutating func scanString(hashes: Int, _ part: Part) {
        // Quotes without the line feed are a string of quotes, or an empty string.
        let isMultiline = isNext("\"\"\"\n", behind: hashes)
        let quotes = isMultiline ? 3 : 1
        take(hashes + quotes, as: part)
        while index < bytes.count {
            if isNext("\\"), hasHashes(hashes, behind: 1) {
                let isInterpolation = isNext("(", behind: 1 + hashes)
                take(2 + hashes, as: .literal)
                if isInterpolation { scanCode(untilParenthesis: true) }
            } else if isMultiline ? isNext("\"\"\"") : isNext("\""), hasHashes(hashes, behind: quotes) {
                return take(quotes + hashes, as: part)
            } else {
                takePlain(as: .literal)
            }
        }
    }

    /// Whether a slash begins a literal: it does behind an opening bracket, a comma, a colon or an equals sign.
    private var beginsRegex: Bool {
        guard !isNext(" ", behind: 1), !isNext("=", behind: 1) else { return false }
        let before = bytes[..<index].last { $0 != UInt8(ascii: " ") && $0 != Self.lineFeed }
        return before.map { "([{,:=".utf8.contains($0) } ?? true
    }

    private mutating func scanRegex(hashes: Int, _ part: Part) {
        take(hashes + 1, as: part)
        while index < bytes.count {
            if isNext("\\") {
                take(2, as: .literal)
            } else if isNext("/"), hasHashes(hashes, behind: 1) {
                return take(1 + hashes, as: part)
            } else {
                takePlain(as: .literal)
            }
        }
    }
}
