import CUtf8proc

/// Finds the hashtags in a text: the default hashtag identifiers of Unicode Annex 31 (UAX31-D2), except within URLs.
///
/// A URL begins with `://`, with `/`, `?` or a sign directly after a host, with `?name=`, or with `data:` and a media
/// type; it ends with white space, a quotation mark, East Asian punctuation, or a bracket that was opened before it. A
/// sign directly after `/`, or after `\` within a path, begins the
/// fragment of a URL whatever comes before, since hosts without a dot and variables cannot be told from words; only
/// after a hashtag and `/` another hashtag may follow, as in `#dev/#ops`.
///
/// Invisible characters directly after the sign are skipped, and an emoji keycap is no digit.
///
/// It makes one pass over the bytes, in linear time.
struct HashtagScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The index of the next byte.
    private var position = 0
    private var preceding = Preceding.other
    private var isInURL = false
    /// Brackets that the URL has opened and not closed.
    private var openBrackets = 0
    /// The first byte of a possible host of a URL, which ends at the position.
    private var hostStart = 0

    /// The text before the position, without marks and invisible characters.
    private enum Preceding {
        /// A word, or `&`: a sign continues it.
        case word
        /// `/`, except after a hashtag, or `\` after a word: a sign is part of a URL or a path.
        case slash
        case hashtag
        case other
    }

    /// - Parameter bytes: valid UTF-8, which must outlive the scanner.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The position of the next hashtag's sign, and the bytes after it; nil if there is none.
    mutating func next() -> (sign: Int, body: Range<Int>)? {
        while position < bytes.count {
            let start = position
            let scalar = takeScalar()
            switch role(of: scalar) {
            case .delimiter: leaveURL()
            case _ where isInURL: passBracket(scalar)
            case .sign:
                if let body = body(behindSignAt: start) { return (start, body) }
            case .letter: preceding = .word
            case .mark, .invisible: break
            case .medial, .other: passPunctuation(scalar, at: start)
            }
        }
        return nil
    }

    /// Begins a hashtag after a sign, if one is possible there.
    private mutating func body(behindSignAt sign: Int) -> Range<Int>? {
        var found: Range<Int>?
        switch preceding {
        case .word: isInURL = isHost(hostStart..<sign)
        case .slash: isInURL = true
        case .hashtag, .other: found = body(from: position)
        }
        position = found?.upperBound ?? position
        hostStart = position
        preceding = found == nil ? .other : .hashtag
        return found
    }

    /// The hashtag's body that begins at a position, or after invisible characters there; nil if there is none.
    private func body(from position: Int) -> Range<Int>? {
        var rest = HashtagScanner(bytes)
        rest.position = position
        var body = position..<position
        var isBehindMedial = false
        scan: while rest.position < bytes.count {
            switch rest.takeRole() {
            case .mark where !body.isEmpty, .letter:
                body = body.lowerBound..<rest.position
                isBehindMedial = false
            case .invisible: if body.isEmpty { body = rest.position..<rest.position }
            case .medial where !body.isEmpty && !isBehindMedial: isBehindMedial = true
            default: break scan
            }
        }
        return body.isEmpty || beginsAuthority(at: body.upperBound) ? nil : body
    }

    private mutating func takeRole() -> Unicode.Scalar.HashtagRole {
        let scalar = takeScalar()
        return role(of: scalar)
    }

    /// The role of the scalar before the position.
    private func role(of scalar: Unicode.Scalar) -> Unicode.Scalar.HashtagRole {
        "0"..."9" ~= scalar && isAtKeycap ? .other : scalar.hashtagRole
    }

    /// Whether the following scalars make the digit before them an emoji (Unicode Technical Standard 51, ED-14c).
    private var isAtKeycap: Bool {
        let rest = bytes[position...]
        // Nearly all digits are followed by ASCII.
        guard let next = rest.first, next >= 0x80 else { return false }
        return rest.starts(with: "\u{FE0F}\u{20E3}".utf8) || rest.starts(with: "\u{20E3}".utf8)
    }

    // MARK: URLs

    /// Checks whether the text before a scalar begins a URL, or continues it to its path.
    private mutating func passPunctuation(_ scalar: Unicode.Scalar, at start: Int) {
        let isBehindHashtag = preceding == .hashtag
        switch scalar {
        // `&#39;` is a character reference of HTML.
        case "&": preceding = .word
        case "/": preceding = isBehindHashtag ? .other : .slash
        // `C:\logs\#a`; elsewhere `\#` escapes a sign.
        case "\\": preceding = preceding == .word || preceding == .slash ? .slash : .other
        default: preceding = .other
        }
        let before = hostStart..<start
        switch scalar {
        case ":" where start > 0 && bytes[start - 1].isASCIILetterOrDigit && beginsAuthority(at: start): isInURL = true
        case "/" where isHost(before) || isDataURL(before), "?" where isHost(before): isInURL = true
        case "=" where isQueryName(before): isInURL = true
        case ".", "-", ":", "@": break
        default: hostStart = position
        }
    }

    /// Leaves a URL, which ends with white space, with `"`, `<` and `>` (RFC 3986, appendix C), and with East Asian
    /// punctuation, which has no space around it.
    private mutating func leaveURL() {
        isInURL = false
        openBrackets = 0
        preceding = .other
        hostStart = position
    }

    /// Counts the brackets within a URL, and leaves it at one that was opened before it: `(https://wiki.example/a)#ops`.
    private mutating func passBracket(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "(", "[", "{": openBrackets += 1
        case ")", "]", "}":
            if openBrackets == 0 { leaveURL() } else { openBrackets -= 1 }
        default: break
        }
    }

    private func beginsAuthority(at index: Int) -> Bool { bytes[index...].starts(with: "://".utf8) }

    /// Whether text looks like a host: `wiki.example`, `localhost:8080`, `10.0.0.1`, `mailto:ops@a.example`.
    private func isHost(_ range: Range<Int>) -> Bool {
        var host = bytes[range]
        if let at = host.lastIndex(of: UInt8(ascii: "@")) { host = host[(at + 1)...] }
        var hasPort = false
        if let colon = host.lastIndex(of: UInt8(ascii: ":")) {
            let port = host[(colon + 1)...]
            hasPort = port.isNumber
            host = hasPort ? host[..<colon] : port
        }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let last = labels.last, labels.allSatisfy({ !$0.isEmpty }) else { return false }
        // Versions and dates end with a number as well.
        if last.isNumber { return labels.count == 4 && labels.allSatisfy(\.isNumber) }
        return hasPort || labels.count > 1
    }

    /// Whether the text follows `?`, so that `=` makes it a parameter's name in a URL of any form.
    private func isQueryName(_ range: Range<Int>) -> Bool {
        !range.isEmpty && range.lowerBound > 0 && bytes[range.lowerBound - 1] == UInt8(ascii: "?")
    }

    /// Whether the text is the beginning of a `data:` URL, up to the `/` in its media type (RFC 2397).
    private func isDataURL(_ range: Range<Int>) -> Bool {
        let scheme = "data:".utf8
        return range.count > scheme.count && zip(bytes[range], scheme).allSatisfy { $0 | 0x20 == $1 }
    }

    // MARK: UTF-8

    private mutating func takeScalar() -> Unicode.Scalar {
        let lead = bytes[position]
        if lead < 0x80 {
            position += 1
            return Unicode.Scalar(lead)
        }
        let count = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var value = UInt32(lead) & (0x7F >> UInt32(count))
        for byte in bytes[position + 1..<position + count] { value = value << 6 | UInt32(byte & 0x3F) }
        position += count
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
    fileprivate var isNumber: Bool {
        !isEmpty && allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}

extension Unicode.Scalar {
    /// The role of a scalar in a hashtag, or in ending one.
    enum HashtagRole {
        /// `#`, and its full-width and small forms.
        case sign
        /// A letter, a digit or `_`: begins and continues a hashtag.
        case letter
        /// A mark: continues a hashtag.
        case mark
        /// Continues a hashtag between two others, and belongs to it: the punctuation within words of some scripts.
        case medial
        /// Default_Ignorable_Code_Point, such as joiners: continues a hashtag between two others and is not compared;
        /// skipped before the first of them.
        case invisible
        /// White space, and other scalars that no URL contains.
        case delimiter
        case other
    }

    var hashtagRole: HashtagRole {
        switch self {
        case "a"..."z", "A"..."Z", "0"..."9", "_": return .letter
        case "#", "\u{FF03}", "\u{FE5F}": return .sign
        case "\t"..."\r", " ", "\"", "<", ">", "\u{201C}", "\u{201D}": return .delimiter
        // Middle dot, geresh, gershayim, tsheg and katakana middle dot (UAX 31, tables 3a and 3b), and scalars that
        // NFKC maps to these.
        case "\u{B7}", "\u{387}", "\u{5F3}", "\u{5F4}", "\u{F0B}", "\u{F0C}", "\u{30FB}", "\u{FF65}": return .medial
        default:
            if isASCII { return .other }
            if isDefaultIgnorable { return .invisible }
            // All marks are in XID_Continue. This library looks a category up; the standard library searches for it.
            switch utf8proc_category(utf8proc_int32_t(bitPattern: value)) {
            case UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_MC: return .mark
            default: break
            }
            let role = properties.hashtagRole
            return role == .other && isInEastAsianPunctuation ? .delimiter : role
        }
    }

    /// Whether the scalar is in the blocks of East Asian punctuation, of its forms for vertical text, or of the small
    /// and full-width forms of ASCII; these also contain letters and digits.
    private var isInEastAsianPunctuation: Bool {
        switch self {
        case "\u{3001}"..."\u{3003}", "\u{3008}"..."\u{301F}", "\u{FE10}"..."\u{FE19}", "\u{FE30}"..."\u{FE6B}",
            "\u{FF01}"..."\u{FF64}":
            true
        default: false
        }
    }
}

extension Unicode.Scalar.Properties {
    fileprivate var hashtagRole: Unicode.Scalar.HashtagRole {
        if isXIDContinue {
            switch generalCategory {
            case .nonspacingMark, .spacingMark: return .mark
            default: return .letter
            }
        }
        return isWhitespace ? .delimiter : .other
    }
}
