/// Tells code, comments and literals of Swift source apart, as far as the house rules need it.
///
/// Each text that it makes has the lines of the source, and what belongs to the other text is left out. Of a literal its
/// delimiters are kept in the code, its contents, interpolations among them, are not.
struct SourceScanner {
    private enum Part { case code, comment, literal }

    private let bytes: [UInt8]
    private var index = 0
    /// The start of the run of one part that is being read, and that part.
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

    /// The lines of a text; a line feed at its end begins no line.
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

    /// The bytes at which another part may begin; a table, since a debug build is slow at anything else.
    private static let marks: [Bool] = (0...255).map { "/*\"#()\\".utf8.contains($0) }

    /// Takes a byte that begins no other part, and all that follow it up to one that may.
    private mutating func takePlain(as part: Part) {
        take(1, as: part)
        let marks = Self.marks
        while index < bytes.count, !marks[Int(bytes[index])] { index += 1 }
    }

    /// Puts a run where it belongs; its line feeds go to both texts.
    private mutating func endRun() {
        let run = bytes[runStart..<index]
        let lineFeeds = run.filter { $0 == Self.lineFeed }
        code += part == .code ? run : lineFeeds[...]
        comments += part == .comment ? run : lineFeeds[...]
        runStart = index
    }

    // MARK: Code

    /// Reads up to the end, or behind the parenthesis that closes an interpolation, whose code is left out.
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

    /// Reads a comment; one in another is part of it.
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

    /// The number of `#` that are next, if the delimiter follows them.
    private func hashes(before delimiter: StaticString) -> Int? {
        var count = 0
        while isNext("#", behind: count) { count += 1 }
        return isNext(delimiter, behind: count) ? count : nil
    }

    private func hasHashes(_ count: Int, behind start: Int) -> Bool {
        (0..<count).allSatisfy { isNext("#", behind: start + $0) }
    }

    private mutating func scanString(hashes: Int, _ part: Part) {
        // Without the line feed it is a string of quotes, or an empty one.
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

    /// Whether a slash begins a literal: behind an opening bracket, a comma, a colon or an equals sign it does.
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
