import CSystem
import CUtf8proc

/// A hashtag without its `#`: letters, digits or `_` of any script, combining marks among them.
public struct Hashtag: Sendable {
    /// As it was written first.
    public let written: String
    /// What it is compared and indexed by: case folded and composed (Unicode NFC).
    public let key: String

    /// Reads one hashtag, with or without `#`; nil when there is anything else in it or nothing at all.
    public init?(_ text: String) {
        // By scalars: a letter that joins the # into one Character would hide it.
        let scalars = text.unicodeScalars.first == "#" ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
        guard let first = scalars.first, first.startsHashtag, scalars.allSatisfy(\.continuesHashtag) else { return nil }
        let body = String(scalars)
        guard body.utf8.count <= Limits.hashtagBytes else { return nil }
        self.init(scanned: body)
    }

    private init(scanned: String) {
        written = scanned
        key = Self.folded(scanned)
    }

    /// The hashtags of a text, in order, each key once.
    ///
    /// - Complexity: linear in the text; a text without `#` costs one search for the byte.
    static func all(in text: String) -> [Hashtag] {
        if text.everyByte({ $0 != UInt8(ascii: "#") }) { return [] }
        var found: [Hashtag] = []
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        while let hash = scalars[index...].firstIndex(of: "#") {
            let start = scalars.index(after: hash)
            index = start
            guard start < scalars.endIndex, scalars[start].startsHashtag else { continue }
            let end = scalars[start...].firstIndex { !$0.continuesHashtag } ?? scalars.endIndex
            let tag = Hashtag(scanned: String(scalars[start..<end]))
            if !found.contains(tag) { found.append(tag) }
            index = end
        }
        return found
    }

    /// Case folded and composed; ASCII needs no library for it.
    ///
    /// Decomposed before it is folded (Unicode Standard, D145): an iota subscript folds to a letter, and which marks
    /// stand before that letter must not hang on the order they were written in.
    private static func folded(_ text: String) -> String {
        if text.everyByte({ $0 < 0x80 }) { return text.lowercased() }
        let folding = UTF8PROC_COMPOSE.rawValue | UTF8PROC_CASEFOLD.rawValue
        // utf8proc fails only on invalid UTF-8, which a String is not, or without memory.
        return mapped(ordered(text), UTF8PROC_DECOMPOSE.rawValue).flatMap { mapped($0, folding) } ?? text.lowercased()
    }

    /// The text with its marks in canonical order (Unicode Standard, D108), which leaves it the same text.
    ///
    /// utf8proc would do it as well, in time that grows with the square of the marks: 5 ms for the longest hashtag.
    ///
    /// - Complexity: O(n log n) in the longest run of marks.
    private static func ordered(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { (scalar: $0, order: $0.properties.canonicalCombiningClass.rawValue) }
        var start = 0
        while let first = scalars[start...].firstIndex(where: { $0.order != 0 }) {
            let end = scalars[first...].firstIndex { $0.order == 0 } ?? scalars.endIndex
            // The standard library's sort is stable: marks of one class stay in the order they were written in.
            scalars[first..<end].sort { $0.order < $1.order }
            start = end
        }
        return String(String.UnicodeScalarView(scalars.map(\.scalar)))
    }

    private static func mapped(_ text: String, _ options: UInt32) -> String? {
        var copy = text
        return copy.withUTF8 { bytes in
            var result: UnsafeMutablePointer<UInt8>?
            let options = utf8proc_option_t(UTF8PROC_STABLE.rawValue | options)
            let count = utf8proc_map(bytes.baseAddress, bytes.count, &result, options)
            defer { free(result) }
            guard count >= 0, let result else { return nil }
            return String(decoding: UnsafeBufferPointer(start: result, count: count), as: UTF8.self)
        }
    }
}

extension Hashtag: Hashable {
    /// By bytes, as the store's index compares; the keys are in one normal form already.
    public static func == (left: Hashtag, right: Hashtag) -> Bool { left.key.utf8.elementsEqual(right.key.utf8) }

    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension Unicode.Scalar {
    fileprivate var startsHashtag: Bool {
        if isASCII { return isASCIIWord }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
            return true
        default: return false
        }
    }

    fileprivate var continuesHashtag: Bool {
        if startsHashtag { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark: return true
        default: return false
        }
    }

    private var isASCIIWord: Bool {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}
