import Testing

@testable import TweetWire

/// The bytes that are accepted as JSON (RFC 8259) and as a packet.
struct JSONTests {
    /// The code with which a line is refused; nil if the line is a packet.
    private func refusal(_ line: [UInt8]) -> WireError.Code? {
        line.withUnsafeBytes { bytes -> WireError.Code? in
            do throws(WireError) {
                _ = try Packet(line: bytes)
                return nil
            } catch {
                return error.code
            }
        }
    }

    private func refusal(_ line: String) -> WireError.Code? { refusal(Array(line.utf8)) }

    /// The operation and the body of a packet whose body is a string.
    private func strings(_ line: String) throws -> [String] {
        try Array(line.utf8).withUnsafeBytes { bytes in
            let packet = try Packet(line: bytes)
            guard case .string(let body) = packet.body else { return [] }
            return [try packet.scanner.text(packet.operation), try packet.scanner.text(body)]
        }
    }

    @Test(arguments: [
        #"["d",""]"#, #"["",""]"#, #"["d",{}]"#, #"["d",{"":""}]"#, #"["d",{"a":[],"b":{},"c":[{}]}]"#,
        #"["d",{"a":null,"b":true,"c":false}]"#, #"["d",{"a":{"a":1},"b":{"a":1}}]"#,
        "[\"d\",\"\u{7F}\u{2028}\u{FEFF}\u{FFFF}\u{10FFFF}\"]",
    ])
    func anArrayOfTwoIsAPacket(line: String) {
        #expect(refusal(line) == nil)
    }

    /// Strings are scanned eight bytes at a time: each special byte is found at each place among them.
    @Test(arguments: 0..<20)
    func aSpecialByteIsFoundAtEachPlace(place: Int) throws {
        for length in place..<20 {
            let before = String(repeating: "~", count: place)
            let after = String(repeating: " ", count: length - place)
            for (written, meant) in [(#"\""#, "\""), (#"\\"#, "\\"), ("\u{E9}", "\u{E9}"), ("\u{7F}", "\u{7F}")] {
                #expect(try strings(#"["u",""# + before + written + after + #""]"#) == ["u", before + meant + after])
            }
            for byte in UInt8(0)..<0x20 {
                let text = Array(before.utf8) + [byte] + Array(after.utf8)
                #expect(refusal(Array(#"["u",""#.utf8) + text + Array(#""]"#.utf8)) == .notJSON, "\(byte)")
            }
            for byte in [UInt8(0x80), 0xFF] {
                let text = Array(before.utf8) + [byte] + Array(after.utf8)
                #expect(refusal(Array(#"["u",""#.utf8) + text + Array(#""]"#.utf8)) == .notUTF8, "\(byte)")
            }
            #expect(refusal(#"["u",""# + before + "\"" + after + #""]"#) == .notJSON)
        }
    }

    @Test(arguments: [" ", "\t", "\n", "\r", "  \r\n\t  "])
    func whitespaceStandsAnywhereBetweenTokens(space: String) {
        let tokens = [
            "[", #""d""#, ",", "{", #""a""#, ":", "[", "1", ",", "null", "]", ",", #""b""#, ":", "-0.5e1", "}", "]",
        ]
        #expect(refusal(space + tokens.joined(separator: space) + space) == nil)
        for index in tokens.indices {
            let line = tokens[..<index].joined() + space + tokens[index...].joined()
            #expect(refusal(line) == nil, "\(line)")
        }
    }

    @Test(arguments: [
        "\u{A0}", "\u{0B}", "\u{0C}", "\0", "\u{2003}", "\u{FEFF}", "\u{1F}", "\u{7F}", "/**/", "#\n", ";",
    ])
    func nothingElseIsWhitespace(space: String) {
        for line in [
            space + #"["d",""]"#, #"["d",""]"# + space, #"["d","# + space + #"""]"#, "[" + space + #""d",""]"#,
        ] {
            #expect(refusal(line) == .notJSON, "\(line)")
        }
    }

    @Test(arguments: [
        #""d""#, "{}", "[]", "1", "-0", "0.5", "1e5", "null", "true", "false", #"["d"]"#, #"["d","",""]"#,
        #"["d","",1,[],{}]"#,
        #"[1,""]"#, #"[null,""]"#, #"[["d"],""]"#, #"[{},""]"#, #"["d",1]"#, #"["d",null]"#, #"["d",true]"#,
        #"["d",[]]"#, #"["d",["",""]]"#, "[[[]]]", #"{"d":""}"#, #""[\"d\",\"\"]""#, #"["",true,"",null]"#,
    ])
    func anotherJSONTextIsNoPacket(line: String) {
        #expect(refusal(line) == .notPacket)
    }

    @Test(arguments: [
        "", " ", "\n", "d", "u", "[", "]", "[,]", "{", "}", "[}", "{]", #"["d""#, #"["d","#, #"["d",""#, #"["d",]"#,
        #"["d","",]"#, #"[,"d",""]"#, #"["d",,""]"#, #"["d" ""]"#, #"["d";""]"#, #"["d",""]]"#, #"["d",""]["d",""]"#,
        #"["d",""] x"#, #"["d",""},"#, #"('d','')"#, #"['d','']"#, #"["d",'']"#, "[d,\"\"]", #"["d",{]}"#,
        #"["d",{"a"}]"#, #"["d",{"a":}]"#, #"["d",{"a":1,}]"#, #"["d",{,"a":1}]"#, #"["d",{"a" 1}]"#, #"["d",{a:1}]"#,
        #"["d",{1:1}]"#, #"["d",{"a":1 "b":1}]"#, #"["d",{"a"::1}]"#, #"["d",{"a":1]]"#, #"["d",{null:1}]"#,
        #"["d",{"a":[1,]}]"#, #"["d",{"a":[,1]}]"#, #"["d",{"a":[1 2]}]"#,
        #"["d",nul]"#, #"["d",nulll]"#, #"["d",NULL]"#, #"["d",tru]"#, #"["d",True]"#, #"["d",undefined]"#,
        "nul", "t", "f", "n", "truefalse",
    ])
    func whatIsNotJSONIsRefused(line: String) {
        #expect(refusal(line) == .notJSON)
    }

    @Test(arguments: [
        "0", "-0", "1", "-1", "10", "1234567890", "0.0", "0.00", "-0.5", "1.5", "1e1", "1E1", "1e+1", "1e-1", "1.5E+10",
        "0e0",
        "0E-0", "1e01", "1e999", "123456789012345678901234567890", "0.1234567890123456789012345678901234567890",
    ])
    func aNumberIsJSON(number: String) {
        #expect(refusal(#"["d",{"a":\#(number)}]"#) == nil)
        #expect(refusal(#"["d",\#(number)]"#) == .notPacket)
        #expect(refusal(number) == .notPacket)
    }

    @Test(arguments: [
        "01", "-01", "00", "-", "+1", "+", ".5", "1.", "-.5", "1.e1", "1e", "1e+", "1e-", "1E", "1e1.5", "e1", "--1",
        "1-", "1+1",
        "0x1", "1_000", "NaN", "Infinity", "-Infinity", "nan", "1,5,", "1 2", "١", "1e١", "1f", "0b1",
    ])
    func anotherFormOfANumberIsNot(number: String) {
        #expect(refusal(#"["d",{"a":\#(number)}]"#) == .notJSON)
        #expect(refusal(number) == .notJSON)
    }

    @Test(arguments: [
        (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#"\u0041\u00e9\u20AC\u20ac"#, "Aé€€"),
        (#"\u0000\u001f\u007F"#, "\0\u{1F}\u{7F}"),
        (#"\uD83D\uDE00"#, "😀"), (#"\ud83d\ude00"#, "😀"), (#"\uD800\uDC00"#, "\u{10000}"),
        (#"\uDBFF\uDFFF"#, "\u{10FFFF}"), (#"\uD7FF\uE000\uFFFF"#, "\u{D7FF}\u{E000}\u{FFFF}"),
        (#"\\u0041"#, #"\u0041"#), (#"\\\u0041"#, #"\A"#), (#"\\\\"#, #"\\"#), (#"\\\""#, #"\""#),
        (#"é\u0301ü\n"#, "é\u{301}ü\n"), ("/", "/"), ("'", "'"), ("žluť 😀", "žluť 😀"),
    ])
    func anEscapeStandsForItsCharacter(escaped: String, text: String) throws {
        let found = try strings(#"["\#(escaped)","x\#(escaped)y"]"#)
        #expect(found.map { Array($0.utf8) } == [text, "x\(text)y"].map { Array($0.utf8) })
    }

    @Test(arguments: [
        #"\a"#, #"\0"#, #"\v"#, #"\'"#, #"\x41"#, #"\ "#, "\\\n", "\\\0", "\\é", #"\U0041"#, #"\u"#, #"\u004"#,
        #"\u00g1"#, #"\u+041"#,
        #"\u 041"#, #"\u-041"#, "\\u００４１", #"\u{41}"#, #"\uD83D"#, #"\uDE00"#, #"\uD83Dx"#, #"\uD83D\n"#,
        #"\uD83D\\uDE00"#,
        #"\uDE00\uD83D"#, #"\uD83D\uD83D"#, #"\uD83D\u0041"#, #"\uD83D\uE000"#, #"\uD83D\uDBFF"#,
        #"\uD83D\uDE0"#, #"\uD83D\u"#, #"\uDBFF\uDBFF\uDFFF"#,
        #"\uD83D \uDE00"#,
    ])
    func anotherEscapeIsRefused(escape: String) {
        for line in [
            #"["d","\#(escape)"]"#, #"["d","a\#(escape)z"]"#, #"["\#(escape)",""]"#, #"["d",{"\#(escape)":1}]"#,
        ] {
            #expect(refusal(line) == .notJSON, "\(line)")
        }
    }

    @Test(arguments: Array(0..<0x20) as [UInt8])
    func aControlCharacterInAStringIsRefused(byte: UInt8) {
        #expect(refusal(Array(#"["d","a"#.utf8) + [byte] + Array(#"b"]"#.utf8)) == .notJSON)
        #expect(refusal([UInt8(ascii: "["), UInt8(ascii: "\""), byte] + Array(#"",""]"#.utf8)) == .notJSON)
    }

    /// The classes of ill-formed sequences in the Unicode Standard, table 3-7.
    @Test(
        arguments: [
            [0x80], [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xED, 0xA0, 0x80],
            [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xC3],
            [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x28],
        ] as [[UInt8]])
    func illFormedUTF8InAStringIsRefused(bytes: [UInt8]) {
        for (before, after) in [
            (#"["d",""#, #""]"#), (#"["d","\n"#, #"\n"]"#), (#"[""#, #"",""]"#), (#"["d",{""#, #"":1}]"#),
        ] {
            #expect(refusal(Array(before.utf8) + bytes + Array(after.utf8)) == .notUTF8)
        }
        // Outside a string such bytes are not allowed at all.
        #expect(refusal(Array(#"["d","#.utf8) + bytes + Array(#"""]"#.utf8)) == .notJSON)
    }

    @Test(
        arguments: [
            // Lines with a byte order mark, and `["d",""]` in UTF-16 and UTF-32.
            [0xEF, 0xBB, 0xBF] + Array(#"["d",""]"#.utf8), [0xFE, 0xFF] + Array(#"["d",""]"#.utf8),
            Array(#"["d",""]"#.utf8).flatMap { [$0, 0] }, Array(#"["d",""]"#.utf8).flatMap { [0, $0] },
            Array(#"["d",""]"#.utf8).flatMap { [$0, 0, 0, 0] },
        ] as [[UInt8]])
    func anotherEncodingIsRefused(line: [UInt8]) {
        #expect(refusal(line) == .notJSON)
    }

    @Test(arguments: [(14, nil), (15, .notJSON), (4000, .notJSON)] as [(Int, WireError.Code?)])
    func aPacketNests16ArraysAndObjects(arrays: Int, expected: WireError.Code?) {
        // The packet and its body already nest two deep.
        let nested = String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays)
        #expect(refusal(#"["d",{"a":\#(nested)}]"#) == expected)
    }

    @Test(arguments: ["[", #"{"a":"#, #"["d",{"a":["#])
    func deepNestingDoesNotExhaustTheStack(opening: String) {
        #expect(refusal(String(repeating: opening, count: 100_000)) == .notJSON)
    }

    @Test(arguments: [(16, WireError.Code.notPacket), (17, .notJSON)])
    func anyTextNests16ArraysAndObjects(depth: Int, expected: WireError.Code) {
        let arrays = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(refusal(arrays) == expected)
        let objects = String(repeating: #"{"a":"#, count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        #expect(refusal(objects) == expected)
    }

    @Test(arguments: [
        ("", 0), ("[", 1), (#"["d","a\#u{1}"]"#, 7), (#"["d""]"#, 4), (#"["d",x]"#, 5), (#"["d",""]x"#, 8),
        (#"["d",{"a" 1}]"#, 10),
        (#"["d",{1}]"#, 6), (#"["d","\x"]"#, 7),
    ])
    func whatIsNotJSONIsNamedWithItsPlace(line: String, position: Int) throws {
        let error = try #require(request(line).failure)
        #expect(error.code == .notJSON)
        #expect(error.message.hasSuffix(", at byte \(position)"), "\(error.message)")
    }
}
