/// Truncates texts to the length of a message.
public enum TextTruncation {
    /// The last character of a truncated text.
    public static let mark: Character = "…"

    /// Truncates a text that is too long for a message, at the end of a character, and appends ``mark``.
    ///
    /// A hashtag is kept whole or removed from its `#` on: a part of it would be another hashtag. The result is not
    /// validated: ``TweetText/init(validating:)`` does that.
    ///
    /// - Returns: the same bytes if nothing has to change.
    /// - Complexity: O(n) in the bytes of a message; independent of those beyond.
    public static func truncated(_ bytes: [UInt8]) -> [UInt8] { truncated(bytes, within: .message) }

    /// Truncates a text so that it is a message together with what follows it, if it is too long for that.
    ///
    /// - Parameter end: a space and a hashtag, shorter than a message.
    /// - Returns: the text, or its beginning and ``mark``, and then the end.
    public static func truncated(_ bytes: [UInt8], before end: String) -> [UInt8] {
        truncated(bytes, within: Room(before: end)) + end.utf8
    }

    private static func truncated(_ bytes: [UInt8], within room: Room) -> [UInt8] {
        // A text never has more characters than bytes.
        guard bytes.count > room.characters else { return bytes }
        let looked = wholeScalars(of: bytes, atMost: TextLimits.textBytes)
        guard let text = String(validating: looked, as: UTF8.self) else { return Array(looked) }
        let isAll = looked.count == bytes.count
        if isAll, text.count <= room.characters, text.utf8.count <= room.bytes, room.fits(tagsOf: text[...]) {
            return bytes
        }
        return Array((text[..<end(in: text, isAll: isAll, within: room)] + String(mark)).utf8)
    }

    /// The room that a text has in a message.
    private struct Room {
        let characters: Int
        let bytes: Int
        let hashtagBytes: Int

        static let message = Room(before: "")

        init(before end: String) {
            characters = TextLimits.textCharacters - end.count
            bytes = TextLimits.textBytes - end.utf8.count
            hashtagBytes = TextLimits.hashtagBytes - Hashtag.all(in: end).reduce(0) { $0 + $1.byteCount }
        }

        /// Whether the hashtags of a text fit.
        func fits(tagsOf text: Substring) -> Bool {
            // A short text cannot contain that many bytes of hashtags.
            guard text.utf8.count > hashtagBytes / HashtagKey.longestGrowth else { return true }
            return Hashtag.all(in: String(text)).reduce(0) { $0 + $1.byteCount } <= hashtagBytes
        }

        /// The first hashtag for which no bytes are left; each counts once.
        func firstUnfitting(_ places: [(tag: Hashtag, range: Range<String.Index>)]) -> Range<String.Index>? {
            var counted: Set<Hashtag> = []
            var bytes = 0
            return places.first { place in
                if counted.insert(place.tag).inserted { bytes += place.tag.byteCount }
                return bytes > hashtagBytes
            }?.range
        }
    }

    /// Cuts that make another hashtag, after which no hashtag is kept; each costs a look at all bytes.
    private static let cutsTried = 8

    /// The place to truncate a text that is too long.
    ///
    /// - Parameter isAll: whether the text is complete; otherwise its last character may be incomplete.
    private static func end(in text: String, isAll: Bool, within room: Room) -> String.Index {
        let mostBytes = room.bytes - mark.utf8.count
        var ends: [String.Index] = []
        var end = text.startIndex
        for _ in 1..<room.characters {
            guard end < text.endIndex else { break }
            let next = text.index(after: end)
            if next == text.endIndex, !isAll { break }
            guard text[..<next].utf8.count <= mostBytes else { break }
            ends.append(next)
            end = next
        }
        if ends.isEmpty { return firstCharacterEnd(in: text, mostBytes: mostBytes) }
        let places = Hashtag.places(in: text)
        var latest = room.firstUnfitting(places)?.lowerBound ?? text.endIndex
        var tried = 0
        for end in ends.reversed() where end <= latest && tried < cutsTried {
            if places.contains(where: { $0.range.lowerBound < end && end < $0.range.upperBound }) { continue }
            // A hashtag may end only because of what follows it: `#a` of `#a://b` is none.
            let kept = Hashtag.ranges(in: String(text[..<end]))
            if kept.elementsEqual(places.lazy.map(\.range).prefix { $0.upperBound <= end }) { return end }
            tried += 1
            latest = min(latest, kept.last?.lowerBound ?? end)
        }
        let first = text.firstIndex { Hashtag.isSign($0) } ?? text.startIndex
        return tried < cutsTried ? text.startIndex : ends.last { $0 <= first } ?? text.startIndex
    }

    /// The place to cut a single character that is longer than a message: after as many scalars as fit.
    private static func firstCharacterEnd(in text: String, mostBytes: Int) -> String.Index {
        var end = text.startIndex
        while end < text.endIndex {
            let next = text.unicodeScalars.index(after: end)
            guard text[..<next].utf8.count <= mostBytes else { break }
            end = next
        }
        return end
    }

    /// The first bytes of a text, without an incomplete scalar at their end.
    private static func wholeScalars(of bytes: [UInt8], atMost limit: Int) -> ArraySlice<UInt8> {
        var end = min(bytes.count, limit)
        guard end < bytes.count else { return bytes[...] }
        // A scalar has at most three bytes of the form 10xxxxxx.
        for _ in 0..<3 where bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return bytes[..<end]
    }
}
