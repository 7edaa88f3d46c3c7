/// Text in header fields, as programs write it that know mail: encoded words (RFC 2047).
extension UnsafeRawBufferPointer {
    /// The text of a field's value.
    ///
    /// Encoded words such as `=?utf-8?B?w6k=?=` are decoded, and the white space between two of them is dropped; one that
    /// is wrong, or in a character set other than UTF-8, ISO 8859-1 and ASCII, stays as it is. The rest is UTF-8, or
    /// ISO 8859-1 (RFC 9110, 5.5), which some libraries send, if it cannot be UTF-8.
    ///
    /// - Complexity: linear in the bytes.
    public var fieldText: String {
        var text: [UInt8] = []
        var position = 0
        // The place behind the last encoded word, if only white space has come since.
        var behindWord: Int?
        while position < count {
            if let word = EncodedWord(part(position..<count)) {
                if let behindWord { text.removeLast(text.count - behindWord) }
                text += word.text
                position += word.length
                behindWord = text.count
                continue
            }
            if !self[position].isSpaceOrTab { behindWord = nil }
            text.append(self[position])
            position += 1
        }
        return String(validating: text, as: UTF8.self)
            ?? text.reduce(into: "") { $0.unicodeScalars.append(Unicode.Scalar($1)) }
    }
}

/// An encoded word at the start of some bytes: `=?charset?encoding?text?=` (RFC 2047, 2).
private struct EncodedWord {
    /// The text in UTF-8.
    let text: [UInt8]
    /// The number of bytes that it takes.
    let length: Int

    /// The longest word that is looked for, in bytes: RFC 2047 allows 75, and some programs write longer ones.
    private static let longest = 1024

    init?(_ bytes: UnsafeRawBufferPointer) {
        let question = UInt8(ascii: "?")
        let bytes = bytes.part(0..<min(bytes.count, Self.longest))
        guard bytes.count > 2, bytes[0] == UInt8(ascii: "="), bytes[1] == question,
            let charsetEnd = bytes.firstIndex(of: question, from: 2), charsetEnd + 2 < bytes.count,
            bytes[charsetEnd + 2] == question, let textEnd = bytes.firstIndex(of: question, from: charsetEnd + 3),
            textEnd + 1 < bytes.count, bytes[textEnd + 1] == UInt8(ascii: "=")
        else { return nil }
        // A language may follow the character set (RFC 2231, 5).
        let charset = bytes.part(
            2..<(bytes.part(2..<charsetEnd).firstIndex(of: UInt8(ascii: "*"), from: 0).map { $0 + 2 } ?? charsetEnd))
        let encoded = bytes.part(charsetEnd + 3..<textEnd)
        guard let decoded = Self.decoded(encoded, by: bytes[charsetEnd + 1]),
            let text = Self.text(decoded, in: charset)
        else { return nil }
        self.text = text
        length = textEnd + 2
    }

    private static func decoded(_ text: UnsafeRawBufferPointer, by encoding: UInt8) -> [UInt8]? {
        switch encoding {
        case UInt8(ascii: "B"), UInt8(ascii: "b"): text.decodedBase64
        case UInt8(ascii: "Q"), UInt8(ascii: "q"): quoted(text)
        default: nil
        }
    }

    /// The bytes of the Q encoding (RFC 2047, 4.2).
    private static func quoted(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var bytes: [UInt8] = []
        var index = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "_"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "="):
                guard text.count - index > 2, let high = text[index + 1].hexadecimalValue,
                    let low = text[index + 2].hexadecimalValue
                else { return nil }
                bytes.append(high << 4 | low)
                index += 2
            case let byte: bytes.append(byte)
            }
            index += 1
        }
        return bytes
    }

    private static func text(_ bytes: [UInt8], in charset: UnsafeRawBufferPointer) -> [UInt8]? {
        if charset.equalsIgnoringCase("utf-8") || charset.equalsIgnoringCase("us-ascii") {
            return bytes.withUnsafeBytes { $0.isUTF8 } ? bytes : nil
        }
        guard charset.equalsIgnoringCase("iso-8859-1") else { return nil }
        return Array(bytes.reduce(into: "") { $0.unicodeScalars.append(Unicode.Scalar($1)) }.utf8)
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes that are written in base64 (RFC 4648, 4), with or without padding at the end; nil for anything else.
    public var decodedBase64: [UInt8]? {
        var digits = self
        while digits.last == UInt8(ascii: "="), count - digits.count < 2 { digits = digits.part(0..<digits.count - 1) }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for digit in digits {
            guard let value = digit.base64Value else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return bytes
    }
}

extension UInt8 {
    /// The value of a digit of base64; nil for any other byte.
    fileprivate var base64Value: UInt8? {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): self - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): self - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
