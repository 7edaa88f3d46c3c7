/// Cuts texts to the length of a message.
public enum TextTruncation {
    /// The last character of a text that was cut.
    public static let mark: Character = "…"

    /// Cuts a text that is too long for a message, at a character's end; ``mark`` tells it.
    ///
    /// A hashtag is kept whole or cut off from its `#` on: half of it would be another hashtag. Nothing is checked: what
    /// is wrong with the part that is left, ``TweetText/init(validating:)`` tells.
    ///
    /// - Returns: the same bytes where there is nothing to do.
    /// - Complexity: independent of what lies beyond the bytes of a message.
    public static func truncated(_ bytes: [UInt8]) -> [UInt8] {
        // A text never has more characters than bytes.
        guard bytes.count > TextLimits.textCharacters else { return bytes }
        let looked = wholeScalars(of: bytes, atMost: TextLimits.textBytes)
        guard let text = String(validating: looked, as: UTF8.self) else { return Array(looked) }
        let isAll = looked.count == bytes.count
        if isAll, text.count <= TextLimits.textCharacters, fits(text.utf8.count, tagsOf: text[...]) { return bytes }
        return Array((text[..<end(in: text, isAll: isAll)] + String(mark)).utf8)
    }

    /// The place in a text, which is too long, where it is cut.
    ///
    /// - Parameter isAll: whether nothing follows; else the last character may be half.
    private static func end(in text: String, isAll: Bool) -> String.Index {
        let mostBytes = TextLimits.textBytes - mark.utf8.count
        var end = text.startIndex
        for _ in 1..<TextLimits.textCharacters {
            guard end < text.endIndex else { break }
            let next = text.index(after: end)
            if next == text.endIndex, !isAll { break }
            guard text[..<next].utf8.count <= mostBytes else { break }
            end = next
        }
        if end == text.startIndex { return firstCharacterEnd(in: text, mostBytes: mostBytes) }
        let tags = Hashtag.all(in: text)
        while end > text.startIndex {
            let head = text[..<end]
            if fits(head.utf8.count, tagsOf: head), tags.starts(with: Hashtag.all(in: String(head))),
                !cutsHashtag(in: text, at: end)
            {
                break
            }
            end = text.index(before: end)
        }
        return end
    }

    /// The end of as many scalars as fit, of a character that alone is longer than a message.
    private static func firstCharacterEnd(in text: String, mostBytes: Int) -> String.Index {
        var end = text.startIndex
        while end < text.endIndex {
            let next = text.unicodeScalars.index(after: end)
            guard text[..<next].utf8.count <= mostBytes else { break }
            end = next
        }
        return end
    }

    /// Whether the hashtags of a text are not longer than a message's may be.
    private static func fits(_ bytes: Int, tagsOf text: Substring) -> Bool {
        // A short text cannot have that many bytes of hashtags.
        guard bytes > TextLimits.hashtagBytes / HashtagKey.longestGrowth else { return true }
        return Hashtag.all(in: String(text)).reduce(0) { $0 + $1.byteCount } <= TextLimits.hashtagBytes
    }

    /// Whether a place lies within a hashtag: then the character behind it makes another hashtag.
    ///
    /// It may be one that the text has before, so that the text has no other hashtags than without it.
    private static func cutsHashtag(in text: String, at end: String.Index) -> Bool {
        end < text.endIndex && Hashtag.all(in: String(text[..<end])) != Hashtag.all(in: String(text[...end]))
    }

    /// The first bytes of a text, without the part of a scalar at their end.
    private static func wholeScalars(of bytes: [UInt8], atMost limit: Int) -> ArraySlice<UInt8> {
        var end = min(bytes.count, limit)
        guard end < bytes.count else { return bytes[...] }
        // A scalar has at most three bytes of the form 10xxxxxx.
        for _ in 0..<3 where bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return bytes[..<end]
    }
}
