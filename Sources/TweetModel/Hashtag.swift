/// A hashtag without its `#`: letters, digits or `_` of any script, including combining marks.
public struct Hashtag: Sendable {
    /// The spelling of its first occurrence.
    public let written: String
    /// The key for comparison and indexing: see ``HashtagKey``.
    public let key: String

    /// Parses one hashtag, with or without `#`; nil if the text is empty or contains anything else.
    ///
    /// The rules are those of a text, except that invisible characters around it are ignored, which may come from
    /// copying.
    public init?(_ text: String) {
        // By scalars: a letter that combines with the # into one Character would hide it.
        let scalars = text.unicodeScalars.drop { $0.hashtagRole == .invisible }
        let hasSign = scalars.first?.hashtagRole == .sign
        var tagged = hasSign ? String(scalars) : "#" + String(scalars)
        let body = tagged.withUTF8 { bytes -> String? in
            var scanner = HashtagScanner(bytes)
            guard let found = scanner.next(), found.sign == 0 else { return nil }
            let rest = String(decoding: bytes[found.body.upperBound...], as: UTF8.self)
            guard rest.unicodeScalars.allSatisfy({ $0.hashtagRole == .invisible }) else { return nil }
            return String(decoding: bytes[found.body], as: UTF8.self)
        }
        guard let body else { return nil }
        self.init(scanned: body)
        guard byteCount <= TextLimits.hashtagBytes else { return nil }
    }

    private init(scanned: String) {
        written = scanned
        key = HashtagKey.of(scanned)
    }

    /// The bytes that count against ``TextLimits/hashtagBytes``, so that both the sent and the indexed form are within
    /// it.
    public var byteCount: Int { max(written.utf8.count, key.utf8.count) }

    /// The hashtags of a text, in order, each key once.
    ///
    /// - Complexity: linear in the text; a text without a sign costs one search over its bytes.
    static func all(in text: String) -> [Hashtag] {
        var found: [Hashtag] = []
        forEach(in: text) { tag, _ in
            if !found.contains(tag) { found.append(tag) }
        }
        return found
    }

    /// All hashtags of a text and their positions, including the sign.
    public static func places(in text: String) -> [(tag: Hashtag, range: Range<String.Index>)] {
        var found: [(Hashtag, Range<String.Index>)] = []
        let start = text.utf8.startIndex
        forEach(in: text) { tag, bytes in
            let lower = text.utf8.index(start, offsetBy: bytes.lowerBound)
            found.append((tag, lower..<text.utf8.index(lower, offsetBy: bytes.count)))
        }
        return found
    }

    /// The positions of all hashtags, including the sign, without the cost of the hashtags themselves.
    static func ranges(in text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        let start = text.utf8.startIndex
        scan(text) { _, sign, body in
            let lower = text.utf8.index(start, offsetBy: sign)
            found.append(lower..<text.utf8.index(start, offsetBy: body.upperBound))
        }
        return found
    }

    /// Whether a character begins with a sign, so that a hashtag may begin at it.
    static func isSign(_ character: Character) -> Bool {
        character.unicodeScalars.first.map { $0.hashtagRole == .sign } ?? false
    }

    private static func forEach(in text: String, _ body: (Hashtag, Range<Int>) -> Void) {
        scan(text) { bytes, sign, word in
            body(Hashtag(scanned: String(decoding: bytes[word], as: UTF8.self)), sign..<word.upperBound)
        }
    }

    /// Calls a function for each hashtag with the text's bytes, the index of the sign, and the bytes after it.
    private static func scan(_ text: String, _ body: (UnsafeBufferPointer<UInt8>, Int, Range<Int>) -> Void) {
        // 0xEF is the first byte of the other two signs.
        if text.everyByte({ $0 != UInt8(ascii: "#") && $0 != 0xEF }) { return }
        var copy = text
        copy.withUTF8 { bytes in
            var scanner = HashtagScanner(bytes)
            while let found = scanner.next() { body(bytes, found.sign, found.body) }
        }
    }
}

extension Hashtag: Hashable {
    /// Compares bytes, like the store's index; the keys are already in one normal form.
    public static func == (left: Hashtag, right: Hashtag) -> Bool { left.key.hasBytes(of: right.key) }

    public func hash(into hasher: inout Hasher) { key.hashBytes(into: &hasher) }
}
