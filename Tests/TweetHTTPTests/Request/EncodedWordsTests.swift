import Testing

@testable import TweetHTTP

/// Text in header fields: encoded words, UTF-8 and ISO 8859-1.
struct EncodedWordsTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("", ""), ("é", "é"), ("=?utf-8?B?w6k=?=", "é"), ("=?UTF-8?b?w6k?=", "é"),
            ("=?utf-8?q?caf=C3=A9_noir?=", "café noir"), ("=?iso-8859-1?Q?caf=E9?= noir", "café noir"),
            ("=?us-ascii?q?a?=", "a"), ("=?utf-8*en?q?a?=", "a"), ("a =?utf-8?q?b?= c", "a b c"),
            // White space between two words is dropped, any other is kept.
            ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"), ("=?utf-8?q?a?= \t =?utf-8?q?b?=  c", "ab  c"),
            ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"), ("=?utf-8?q?a_?= =?utf-8?q?_b?=", "a  b"),
            // Whatever is no encoded word stays.
            ("=?utf-8?x?a?=", "=?utf-8?x?a?="), ("=?utf-8?q?a", "=?utf-8?q?a"), ("=?utf-8?q?=zz?=", "=?utf-8?q?=zz?="),
            ("=?koi8-r?q?a?=", "=?koi8-r?q?a?="), ("=?utf-8?b?****?=", "=?utf-8?b?****?="), ("=?", "=?"),
            ("=?=", "=?="),
            ("=?utf-8?q?=FF?=", "=?utf-8?q?=FF?="), ("=?us-ascii?b?w6k=?=", "é"), ("a=?b", "a=?b"),
            ("=?utf-8??a?=", "=?utf-8??a?="), ("=?utf-8?q??=", ""),
        ])
    func aFieldIsText(value: String, expected: String) {
        #expect(withBytes(value) { $0.fieldText } == expected)
    }

    @Test func bytesThatCannotBeUTF8AreLatin() {
        #expect(([0x63, 0x61, 0x66, 0xE9] as [UInt8]).withUnsafeBytes { $0.fieldText } == "café")
    }

    @Test func aCutWordDoesNoHarm() {
        let value = Array("x =?utf-8?B?w6k=?= =?utf-8*de?q?=C3=A9_?= y".utf8)
        for end in 0...value.count {
            let text = value[..<end].withUnsafeBytes { $0.fieldText }
            #expect(text.hasPrefix("x".prefix(end)))
        }
    }

    /// The examples of RFC 4648, 10.
    @Test(
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"), ("Zg", "f"), ("Zm8", "fo"), ("Z", nil), ("Zg===", nil), ("Zm 9v", nil),
            ("Zm9v=x", nil),
            ("+/+/", nil), ("Zm9v-", nil),
        ] as [(String, String?)])
    func base64IsBytes(text: String, expected: String?) {
        let bytes = withBytes(text) { $0.decodedBase64 }
        #expect(bytes.flatMap { String(validating: $0, as: UTF8.self) } == expected)
    }
}
