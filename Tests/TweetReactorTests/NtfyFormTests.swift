import Testing

@testable import TweetReactor

/// Messages in the forms of ntfy.
struct NtfyFormTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func packet(_ text: String, author: String = "null", more: String = "") -> [UInt8] {
        Array(
            (#"["tweet",{"seq":7,"time":"2026-11-21T05:03:00.123Z","author":"# + author + #","text":""# + text
                + #"","tags":["ops"]"# + more + "}]\n").utf8)
    }

    private static let members = #""id":"t00000000007","time":1795237380,"event":"message","message":""#

    @Test(
        arguments: [
            ("null", "done #ops", "done #ops", ""), (#""ana""#, "done", "done", #","account":true"#),
            (#""a\"b""#, #"say \"hi\" \\ now"#, #"say "hi" \ now"#, ""), ("null", #"a\u0007b"#, "a b", ""),
            ("null", "é 👩‍👩‍👧‍👦", "é 👩‍👩‍👧‍👦", ""),
        ])
    func aTweetBecomesAMessage(author: String, escaped: String, plain: String, more: String) {
        let packet = packet(escaped, author: author, more: more)
        let topic = Array(#""ops""#.utf8)
        func whole(_ form: NtfyForm) -> [UInt8] { form.prefix(topic: topic) + Framing.ntfy(form).bytes(of: packet) }
        let object = #"{"topic":"ops","# + Self.members + escaped + #""}"#
        #expect(text(whole(.json)) == object + "\n")
        #expect(text(whole(.sse)) == "data: \(object)\nid: t00000000007\n\n")
        #expect(text(whole(.raw)) == plain + "\n")
        let start = Array(#"{"topic":"ops","#.utf8)
        let rest = Array(object.utf8.dropFirst(start.count))
        let length = rest.count < 126 ? [UInt8(rest.count)] : [126, 0, UInt8(rest.count)]
        #expect(whole(.ws) == [0x01, UInt8(start.count)] + start + [0x80] + length + rest)
    }

    /// The answer to an upload has the tweet's object.
    @Test func anAnswerIsALine() {
        let object = packet("done").dropFirst(#"["tweet","#.utf8.count).dropLast(2)
        let line = NtfyForm.line(ofTweet: object, topic: Array(#""Ops""#.utf8))
        #expect(line.map(text) == #"{"topic":"Ops","# + Self.members + "done\"}\n")
    }

    @Test(
        arguments: [
            (NtfyForm.json, #"{"topic":"a,b","id":"t00000000007","time":9,"event":"open"}"# + "\n"),
            (.sse, "event: open\n" + #"data: {"topic":"a,b","id":"t00000000007","time":9,"event":"open"}"# + "\n\n"),
            (.raw, "\n"), (.ws, "\u{81}" + "\u{3b}" + #"{"topic":"a,b","id":"t00000000007","time":9,"event":"open"}"#),
        ])
    func anEventIsWhole(form: NtfyForm, expected: String) {
        let bytes = form.event("open", topic: Array(#""a,b""#.utf8), sequence: 7, time: 9)
        #expect(bytes == expected.unicodeScalars.map { UInt8($0.value) })
    }

    @Test(
        arguments: [
            (0, "t00000000000"), (7, "t00000000007"), (99_999_999_999, "t99999999999"),
            (100_000_000_000, "t100000000000"), (Int64.max, "t9223372036854775807"),
        ])
    func anIdHasTheSequence(sequence: Int64, id: String) {
        #expect(NtfyForm.id(sequence) == id)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00.000Z", 0), ("2024-02-29T23:59:59.999Z", 1_709_251_199),
            ("0000-01-01T00:00:00.000Z", -62_167_219_200), ("9999-12-31T23:59:59.999Z", 253_402_300_799),
        ])
    func theTimeIsInSeconds(time: String, seconds: Int64) {
        let object = #"{"seq":1,"time":""# + time + #"","author":null,"text":"x","tags":[]}"#
        let line = NtfyForm.line(ofTweet: Array(object.utf8)[...], topic: [])
        #expect(line.map { text($0).contains(#""time":\#(seconds),"#) } == true)
    }

    /// A ring has a line for each packet, wanted or not.
    @Test func anyOtherPacketIsAnEmptyLine() {
        let whole = packet("done")
        let others = [Array(#"["joined",{"name":"ana"}]"#.utf8), Array(#"["tweet",{"seq":7}]"#.utf8), []]
        for packet in others + (0..<whole.count - 20).map({ Array(whole[..<$0]) }) {
            for form in NtfyForm.allCases { #expect(Framing.ntfy(form).bytes(of: packet).count < 200) }
        }
        for packet in others {
            for form in NtfyForm.allCases { #expect(Framing.ntfy(form).bytes(of: packet) == [10]) }
        }
    }
}
