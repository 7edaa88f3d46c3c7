/// The pieces of a text by which it is found: its words, and its runs of scripts that put no spaces between words.
///
/// A text is folded as hashtags are, so that neither case nor width matters. Letters, digits, `_` and marks are parts of
/// words, everything else separates them.
public struct SearchWords: Sendable {
    /// The words of scripts that separate words.
    ///
    /// As bytes: strings would be compared by their normal forms, which takes long for long runs of marks.
    fileprivate var words: Set<[UInt8]> = []
    /// Runs of letters of scripts that do not, such as Han, kana, Hangul and Thai: found by each part of them.
    fileprivate var runs: [[Unicode.Scalar]] = []

    public init(of text: String) {
        var word = String.UnicodeScalarView()
        var run: [Unicode.Scalar] = []
        func endWord() {
            if !word.isEmpty { words.insert(Array(String(word).utf8)) }
            word.removeAll()
        }
        func endRun() {
            if !run.isEmpty { runs.append(run) }
            run.removeAll()
        }
        for scalar in HashtagKey.of(text).unicodeScalars {
            switch scalar.hashtagRole {
            case .mark where !run.isEmpty: run.append(scalar)
            case .mark where !word.isEmpty: word.append(scalar)
            case .letter where scalar.isOfSpacelessScript:
                endWord()
                run.append(scalar)
            case .letter:
                endRun()
                word.append(scalar)
            default:
                endWord()
                endRun()
            }
        }
        endWord()
        endRun()
    }

    /// The terms under which an index has the text, separated by spaces: its words, and each letter and each two
    /// neighbouring letters of its runs.
    public var terms: String {
        var terms = words
        for run in runs {
            for scalar in run { terms.insert(Array(String(Character(scalar)).utf8)) }
            terms.formUnion(Self.pairs(of: run))
        }
        let separated = terms.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [UInt8(ascii: " ")])
        return String(decoding: Array(separated), as: UTF8.self)
    }

    fileprivate static func pairs(of run: [Unicode.Scalar]) -> [[UInt8]] {
        zip(run, run.dropFirst()).map { Array(String(String.UnicodeScalarView([$0, $1])).utf8) }
    }
}

/// The words that somebody searches for: a text is found if it has all of them.
public struct SearchQuery: Sendable {
    /// The words as they were entered.
    public let written: String
    private let words: SearchWords

    /// The rule for a search, as told to a user whose search breaks it.
    public static var rule: String {
        "a search has 1 to \(TextLimits.searchWords) words, in at most \(TextLimits.searchBytes) bytes"
    }

    /// - Returns: nil if the text breaks ``rule``.
    public init?(_ text: String) {
        guard text.utf8.count <= TextLimits.searchBytes else { return nil }
        words = SearchWords(of: text)
        guard (1...TextLimits.searchWords).contains(words.words.count + words.runs.count) else { return nil }
        written = text
    }

    /// Terms that the index has for each text that is found, and perhaps for others; at least one.
    ///
    /// A run of more than two letters is found by its pairs, of which a text may have each without having the run.
    public var terms: [String] {
        var terms = words.words.sorted { $0.lexicographicallyPrecedes($1) }
        for run in words.runs {
            terms += run.count == 1 ? [Array(String(Character(run[0])).utf8)] : SearchWords.pairs(of: run)
        }
        return terms.prefix(TextLimits.searchTerms).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a text has all words.
    public func finds(_ text: String) -> Bool {
        let other = SearchWords(of: text)
        return words.words.isSubset(of: other.words)
            && words.runs.allSatisfy { run in other.runs.contains { $0.hasPart(run) } }
    }
}

extension SearchQuery: CustomStringConvertible {
    public var description: String { written }
}

extension SearchQuery: Hashable {
    /// Compares what was entered, by its bytes.
    public static func == (one: SearchQuery, other: SearchQuery) -> Bool { one.written.hasBytes(of: other.written) }

    public func hash(into hasher: inout Hasher) { written.hashBytes(into: &hasher) }
}

extension [Unicode.Scalar] {
    fileprivate func hasPart(_ part: [Unicode.Scalar]) -> Bool {
        guard count >= part.count else { return false }
        return (0...count - part.count).contains { self[$0..<$0 + part.count].elementsEqual(part) }
    }
}

extension Unicode.Scalar {
    /// Whether the scalar is a letter of a script that puts no spaces between words, or puts them around more than a
    /// word, as Korean does.
    fileprivate var isOfSpacelessScript: Bool {
        if value < 0xE00 { return false }
        return switch value {
        // Thai, Lao, Tibetan and Myanmar; Hangul's letters; Khmer; Tai Lue.
        case 0xE00...0x109F, 0x1100...0x11FF, 0x1780...0x17FF, 0x1980...0x19FF: true
        // Ideographic marks, kana, Bopomofo, Hangul, Han.
        case 0x3005...0x3007, 0x3021...0x3029, 0x3031...0x9FFF, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xF900...0xFAFF: true
        // Kana and Han of the later planes.
        case 0x1AFF0...0x1B2FF, 0x20000...0x3FFFF: true
        default: false
        }
    }
}
