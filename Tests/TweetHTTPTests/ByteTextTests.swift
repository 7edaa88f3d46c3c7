import Testing

@testable import TweetHTTP

/// Sets of characters, and comparing bytes with text.
struct ByteTextTests {
    private static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

    @Test(arguments: [
        (ByteSet.token, "!#$%&'*+-.^_`|~"), (.target, "-._~!$&'()*+,;=:@/?%"), (.hostName, "-._"), (.base64, "+/"),
    ])
    func aSetHasItsCharactersAndNoOthers(set: ByteSet, signs: String) {
        let members = Set((Self.letters + signs).utf8)
        #expect((UInt8.min...UInt8.max).filter { set.contains($0) } == members.sorted())
    }

    @Test(
        arguments: [
            ("", "", true, true), ("Host", "Host", true, true), ("hOST", "Host", false, true),
            ("Hosts", "Host", false, false),
            ("Hos", "Host", false, false), ("-a1", "-A1", false, true), ("[", "{", false, false),
            ("@", "`", false, false),
            ("\u{D}", "-", false, false), ("K", "\u{212A}", false, false),
        ] as [(String, StaticText, Bool, Bool)])
    func lettersOfBothCasesAreTheSame(text: String, other: StaticText, isEqual: Bool, isSame: Bool) {
        withBytes(text) { bytes in
            #expect(bytes.equals(other.text) == isEqual)
            #expect(bytes.equalsIgnoringCase(other.text) == isSame)
            #expect(withBytes(other.text.description) { bytes.equalsIgnoringCase($0) } == isSame)
        }
    }

    /// A static text as an argument of a test, which has to be sendable and written as a literal.
    struct StaticText: ExpressibleByStringLiteral, Sendable {
        let text: StaticString
        init(stringLiteral: StaticString) { text = stringLiteral }
    }

    @Test(arguments: [0, 7, 10, 99, 100, 1_234_567_890, .max, -1, .min]) func aNumberIsWrittenInDecimal(number: Int) {
        var bytes: [UInt8] = []
        bytes.append(decimal: number)
        #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
    }
}
