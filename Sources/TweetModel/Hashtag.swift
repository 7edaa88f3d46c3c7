/// A hashtag without its `#`: letters, digits or `_` of any script, combining marks among them.
public struct Hashtag: Sendable {
    /// As it was written first.
    public let written: String
    /// The key that it is compared and indexed by: see ``HashtagKey``.
    public let key: String

    /// Reads one hashtag, with or without `#`; nil when there is anything else in it or nothing at all.
    ///
    /// It is read as it would be in a text, but for invisible characters around it, which come along when people copy.
    public init?(_ text: String) {
        // By scalars: a letter that joins the # into one Character would hide it.
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

    /// The bytes that count against ``TextLimits/hashtagBytes``: what is sent and what is indexed are both within it.
    var byteCount: Int { max(written.utf8.count, key.utf8.count) }

    /// The hashtags of a text, in order, each key once.
    ///
    /// - Complexity: linear in the text; a text without a sign costs one search for its bytes.
    static func all(in text: String) -> [Hashtag] {
        var found: [Hashtag] = []
        forEach(in: text) { tag, _ in
            if !found.contains(tag) { found.append(tag) }
        }
        return found
    }

    /// Every hashtag of a text and where it stands, its sign included.
    public static func places(in text: String) -> [(tag: Hashtag, range: Range<String.Index>)] {
        var found: [(Hashtag, Range<String.Index>)] = []
        let start = text.utf8.startIndex
        forEach(in: text) { tag, bytes in
            let lower = text.utf8.index(start, offsetBy: bytes.lowerBound)
            found.append((tag, lower..<text.utf8.index(lower, offsetBy: bytes.count)))
        }
        return found
    }

    private static func forEach(in text: String, _ body: (Hashtag, Range<Int>) -> Void) {
        // 0xEF is the first byte of the other two signs.
        if text.everyByte({ $0 != UInt8(ascii: "#") && $0 != 0xEF }) { return }
        var copy = text
        copy.withUTF8 { bytes in
            var scanner = HashtagScanner(bytes)
            while let found = scanner.next() {
                body(
                    Hashtag(scanned: String(decoding: bytes[found.body], as: UTF8.self)),
                    found.sign..<found.body.upperBound)
            }
        }
    }
}

extension Hashtag: Hashable {
    /// By bytes, as the store's index compares; the keys are in one normal form already.
    public static func == (left: Hashtag, right: Hashtag) -> Bool { left.key.utf8.elementsEqual(right.key.utf8) }

    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
