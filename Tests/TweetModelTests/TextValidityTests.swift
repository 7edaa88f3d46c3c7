import Testing
import TweetModel

/// The content of a message: valid UTF-8, without characters that break a line or control a terminal.
struct TextValidityTests {
    private func refusal(of bytes: [UInt8]) -> TextRefusal? {
        bytes.withUnsafeBytes { bytes -> TextRefusal? in
            do throws(TextRefusal) {
                _ = try TweetText(validating: bytes)
                return nil
            } catch {
                return error
            }
        }
    }

    /// The classes of ill-formed sequences in the Unicode Standard, table 3-7.
    static let illFormed: [[UInt8]] = [
        // A continuation byte without a lead byte, and bytes that cannot be a lead byte.
        [0x80], [0xBF], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        // Overlong forms of values that need 1 to 3 bytes.
        [0xC0, 0x80], [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF],
        // Surrogates, alone and in a pair (CESU-8).
        [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80],
        // Values above U+10FFFF.
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xF7, 0xBF, 0xBF, 0xBF],
        // Sequences that end too early.
        [0xC3], [0xE2, 0x82], [0xE2], [0xF0, 0x9F, 0x98], [0xF0, 0x9F], [0xF0],
        // A byte that is not a continuation byte where one must follow.
        [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28], [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x9F, 0x98, 0x28],
    ]

    @Test(arguments: illFormed)
    func illFormedUTF8IsRefusedWhereverItStands(bytes: [UInt8]) {
        for (before, after) in [("", ""), ("abc", ""), ("", "abc"), ("žluť ", " kůň 😀")] {
            #expect(refusal(of: Array(before.utf8) + bytes + Array(after.utf8)) == .notUTF8)
        }
    }

    @Test(arguments: ["aé", "a€", "a😀", "e\u{301}", "👨‍👩‍👧‍👦", "ที่นี่"])
    func aMessageCutInsideAScalarIsRefused(text: String) {
        let bytes = Array(text.utf8)
        for count in 1...bytes.count {
            let isWhole = count == bytes.count || bytes[count] & 0xC0 != 0x80
            #expect(refusal(of: Array(bytes[..<count])) == (isWhole ? nil : .notUTF8), "cut at \(count)")
        }
    }

    static let forbidden: [ClosedRange<UInt32>] = [0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069]

    @Test(arguments: forbidden.flatMap { Array($0) })
    func aForbiddenCharacterIsRefusedByName(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        for text in ["\(scalar)", "\(scalar)abc", "abc\(scalar)", "abc\(scalar)def", "é\(scalar)é"] {
            #expect(refusal(of: Array(text.utf8)) == .forbidden(scalar))
        }
        let digits = String(value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: 4 - digits.count) + digits
        let description = TextRefusal.forbidden(scalar).description
        #expect(description.hasPrefix("the message contains \(code) ("), "\(description)")
        #expect(description.hasSuffix("), which is not allowed"), "\(description)")
    }

    @Test(
        arguments: [
            0x20, 0x7E, 0xA0, 0xAD, 0x061C, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2027, 0x202F, 0x2060,
            0x2065,
            0x206A, 0x206F, 0x3000, 0xE000, 0xFDD0, 0xFEFF, 0xFFF9, 0xFFFD, 0xFFFF, 0xE0001, 0x10FFFF,
        ] as [UInt32])
    func itsNeighboursAreAccepted(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        #expect(try TweetText("a\(scalar)b").string.unicodeScalars.elementsEqual(["a", scalar, "b"]))
    }

    @Test func onlyControlsSeparatorsOfLinesAndBidirectionalFormattingAreForbidden() {
        let reordering: [ClosedRange<UInt32>] = [0x202A...0x202E, 0x2066...0x2069]
        let wrong = (0...0x10FFFF).lazy.compactMap(Unicode.Scalar.init).filter { scalar in
            let category = scalar.properties.generalCategory
            let expected =
                category == .control || category == .lineSeparator || category == .paragraphSeparator
                || reordering.contains { $0.contains(scalar.value) }
            return scalar.isForbiddenInText != expected
        }
        #expect(Array(wrong) == [])
    }

    @Test func theFirstForbiddenCharacterIsNamed() {
        #expect(refusal(of: Array("a\u{7}b\u{1B}".utf8)) == .forbidden("\u{7}"))
        #expect(refusal(of: Array("a\u{202E}b\n".utf8)) == .forbidden("\u{202E}"))
    }

    @Test(
        arguments: [
            (.empty, "the message is empty"),
            (.notUTF8, "the message is not valid UTF-8"),
            (.tooManyCharacters(151), "the message has 151 characters, at most 150 are allowed"),
            (.tooManyBytes(4097), "the message has 4097 bytes, at most 4096 are allowed"),
            (.tooManyHashtagBytes(2050), "the message's hashtags have 2050 bytes, at most 2048 are allowed"),
            (.forbidden("\0"), "the message contains U+0000 (NULL), which is not allowed"),
            (.forbidden("\u{7}"), "the message contains U+0007 (BELL), which is not allowed"),
            (.forbidden("\u{1}"), "the message contains U+0001 (CONTROL CHARACTER), which is not allowed"),
            (.forbidden("\t"), "the message contains U+0009 (TAB), which is not allowed"),
            (.forbidden("\n"), "the message contains U+000A (LINE FEED), which is not allowed"),
            (.forbidden("\u{1B}"), "the message contains U+001B (ESCAPE), which is not allowed"),
            (.forbidden("\u{9B}"), "the message contains U+009B (CONTROL SEQUENCE INTRODUCER), which is not allowed"),
            (.forbidden("\u{2028}"), "the message contains U+2028 (LINE SEPARATOR), which is not allowed"),
            (.forbidden("\u{202E}"), "the message contains U+202E (RIGHT-TO-LEFT OVERRIDE), which is not allowed"),
        ] as [(TextRefusal, String)])
    func aRefusalSaysWhatIsWrong(refusal: TextRefusal, sentence: String) {
        #expect(refusal.description == sentence)
    }
}
