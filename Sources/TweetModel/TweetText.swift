/// The text of a tweet: valid UTF-8, 1 to 150 characters, at most 4,096 bytes, one line, without anything that steers a
/// terminal.
public struct TweetText: Sendable {
    public let string: String
    /// The hashtags of a text that was long enough to be searched for them when it was validated; nil for others, which
    /// are searched when they are needed.
    private let found: [Hashtag]?

    /// Validates a text.
    ///
    /// - Parameter bytes: the text in UTF-8, any length.
    /// - Throws: the first rule that it breaks; an invalid text is never repaired.
    /// - Complexity: linear in the bytes; a text of printable ASCII is not decoded.
    public init(validating bytes: UnsafeRawBufferPointer) throws(TextRefusal) {
        guard !bytes.isEmpty else { throw .empty }
        if bytes.everyByte({ $0 >= 0x20 && $0 < 0x7F }) {
            // Each printable ASCII byte is one Character.
            guard bytes.count <= TextLimits.textCharacters else { throw .tooManyCharacters(bytes.count) }
            string = String(decoding: bytes, as: UTF8.self)
            found = nil
            return
        }
        guard bytes.count <= TextLimits.textBytes else { throw .tooManyBytes(bytes.count) }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        if let scalar = decoded.unicodeScalars.first(where: \.isForbiddenInText) { throw .forbidden(scalar) }
        let characters = decoded.count
        guard characters <= TextLimits.textCharacters else { throw .tooManyCharacters(characters) }
        string = decoded
        // A short text cannot contain that many bytes of hashtags, so most texts need no search for them.
        guard bytes.count > TextLimits.hashtagBytes / HashtagKey.longestGrowth else {
            found = nil
            return
        }
        let tags = Hashtag.all(in: decoded)
        let tagBytes = tags.reduce(0) { $0 + $1.byteCount }
        guard tagBytes <= TextLimits.hashtagBytes else { throw .tooManyHashtagBytes(tagBytes) }
        found = tags
    }

    /// Validates a text that is already a string.
    public init(_ string: String) throws(TextRefusal) {
        // A closure cannot throw a typed error through withUTF8, so the result carries it.
        var copy = string
        let result = copy.withUTF8 { bytes -> Result<TweetText, TextRefusal> in
            do throws(TextRefusal) {
                return .success(try TweetText(validating: UnsafeRawBufferPointer(bytes)))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    /// Creates a text from the store, which was validated when it was uploaded, maybe by other rules.
    public init(stored string: String) {
        self.string = string
        found = nil
    }

    /// The hashtags as written, in order, each once: a second one that differs only in case is omitted.
    ///
    /// A text from the store that was validated by other rules may have more than ``TextLimits/hashtagBytes`` of them:
    /// then only the first ones are returned.
    public var hashtags: [Hashtag] {
        if let found { return found }
        let all = Hashtag.all(in: string)
        guard string.utf8.count > TextLimits.hashtagBytes / HashtagKey.longestGrowth else { return all }
        var bytes = 0
        let end = all.firstIndex { tag in
            bytes += tag.byteCount
            return bytes > TextLimits.hashtagBytes
        }
        return end.map { Array(all[..<$0]) } ?? all
    }
}

extension TweetText: Hashable {
    /// Compares bytes: another normal form of a text is another text.
    public static func == (one: TweetText, other: TweetText) -> Bool { one.string.hasBytes(of: other.string) }

    public func hash(into hasher: inout Hasher) { string.hashBytes(into: &hasher) }
}

/// The reason why a text is no valid tweet.
public enum TextRefusal: Error, Hashable, Sendable {
    case empty
    case notUTF8
    case tooManyCharacters(Int)
    case tooManyBytes(Int)
    case tooManyHashtagBytes(Int)
    case forbidden(Unicode.Scalar)
}

extension TextRefusal: CustomStringConvertible {
    /// One sentence for a person, with the wrong number or character.
    public var description: String {
        switch self {
        case .empty: "the message is empty"
        case .notUTF8: "the message is not valid UTF-8"
        case .tooManyCharacters(let count):
            "the message has \(count) characters, at most \(TextLimits.textCharacters) are allowed"
        case .tooManyBytes(let count): "the message has \(count) bytes, at most \(TextLimits.textBytes) are allowed"
        case .tooManyHashtagBytes(let count):
            "the message's hashtags have \(count) bytes, at most \(TextLimits.hashtagBytes) are allowed"
        case .forbidden(let scalar): "the message contains \(scalar.nameForPeople), which is not allowed"
        }
    }
}

extension Unicode.Scalar {
    /// Whether the scalar could break a line, steer a terminal or reorder the text after it: C0, DEL, C1, bidirectional
    /// embeddings, overrides and isolates (Unicode TR 9, 2), line and paragraph separators.
    public var isForbiddenInText: Bool {
        switch value {
        case 0x00..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// `U+0007 (BELL)`.
    var nameForPeople: String {
        let digits = String(value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        guard let name = properties.name ?? controlName else { return code }
        return "\(code) (\(name))"
    }

    /// The common name of a control character; Unicode gives these no name.
    private var controlName: String? {
        switch self {
        case "\0": "NULL"
        case "\u{7}": "BELL"
        case "\u{8}": "BACKSPACE"
        case "\t": "TAB"
        case "\n": "LINE FEED"
        case "\r": "CARRIAGE RETURN"
        case "\u{1B}": "ESCAPE"
        case "\u{7F}": "DELETE"
        case "\u{85}": "NEXT LINE"
        case "\u{9B}": "CONTROL SEQUENCE INTRODUCER"
        default: properties.generalCategory == .control ? "CONTROL CHARACTER" : nil
        }
    }
}
