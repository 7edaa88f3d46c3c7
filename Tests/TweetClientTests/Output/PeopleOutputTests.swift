import Testing
import TweetClient
import TweetModel
import TweetWire

/// Private messages and the directory on standard output.
struct PeopleOutputTests {
    private let messages = [
        WireMessage(
            sequence: 7, time: Timestamp(milliseconds: 0), sender: "Ana", isByAccount: true, recipients: ["bob"],
            text: "one: \"é\""),
        WireMessage(sequence: 8, sender: "carl", recipients: ["bob"], text: "two", readAt: Timestamp(milliseconds: 1)),
    ]

    private func text(
        _ form: OutputForm, _ messages: [WireMessage], areSent: Bool = false, isTerminal: Bool = false
    ) -> String {
        String(decoding: form.bytes(for: messages, areSent: areSent, isTerminal: isTerminal), as: UTF8.self)
    }

    @Test func aMessageIsOneLine() {
        #expect(text(.original, messages) == "Ana: one: \"é\"\n~carl: two\n")
        #expect(text(.bare, messages) == "one: \"é\"\ntwo\n")
        #expect(text(.original, []) == "")
        let first =
            #"{"seq":7,"time":"1970-01-01T00:00:00.000Z","from":"Ana","to":["bob"],"text":"one: \"é\"","read":null,"#
            + #""account":true,"epoch_ms":0}"#
        let second =
            #"{"seq":8,"time":null,"from":"carl","to":["bob"],"text":"two","read":"1970-01-01T00:00:00.001Z","#
            + #""epoch_ms":null}"#
        #expect(text(.json, messages) == first + "\n" + second + "\n")
    }

    @Test func whatWasSentTellsWhetherItIsRead() {
        let expected = "to bob: one: \"é\" (pending)\nto bob: two (read 1970-01-01T00:00:00.001Z)\n"
        #expect(text(.original, messages, areSent: true) == expected)
        #expect(text(.bare, messages, areSent: true) == "one: \"é\"\ntwo\n")
    }

    @Test func theLongFormHasTheTime() throws {
        let lines = text(.long, messages).split(separator: "\n")
        #expect(lines.first?.wholeMatch(of: /.{19} Ana: one: "é"/) != nil)
        #expect(lines.last == "~carl: two")
        let sent = text(.long, messages, areSent: true).split(separator: "\n")
        #expect(sent.first?.wholeMatch(of: /.{19} to bob: one: "é" \(pending\)/) != nil)
        #expect(sent.last?.wholeMatch(of: /to bob: two \(read .{19}\)/) != nil)
    }

    @Test func whatWasDoneIsSaidBeforeTheOriginalsLine() {
        func text(_ form: OutputForm) -> String {
            String(decoding: form.bytes(forDone: "signed up as ana"), as: UTF8.self)
        }
        #expect(text(.original) == "signed up as ana\nTransmission Successfull...\n")
        #expect(text(.bare) == "")
    }

    @Test func aSentMessageIsTheOriginalsLineOrItsObject() {
        func text(_ form: OutputForm) -> String { String(decoding: form.bytes(forSent: messages[1]), as: UTF8.self) }
        #expect(text(.original) == "Transmission Successfull...\n")
        #expect(text(.bare) == "")
        #expect(text(.json).hasPrefix(#"{"seq":8,"#))
    }

    @Test(arguments: [OutputForm.original, .bare, .json, .long])
    func nothingSteersATerminal(form: OutputForm) {
        let steering = "\u{1B}[2J\u{202E}\n"
        let messages = [
            WireMessage(sender: steering, recipients: ["b"], text: "t"),
            WireMessage(sender: "a", recipients: [steering], text: "t"),
            WireMessage(sender: "a", recipients: ["b"], text: steering),
        ]
        let people = [
            WirePerson(name: steering, status: "online", hasAccount: true),
            WirePerson(name: "a", status: steering, hasAccount: true),
        ]
        for areSent in [false, true] {
            let shown = text(form, messages, areSent: areSent, isTerminal: true)
            #expect(shown.unicodeScalars.filter(\.isForbiddenInText) == ["\n", "\n", "\n"])
        }
        let block = String(
            decoding: form.bytes(for: [WireBlock(name: steering)], isTerminal: true), as: UTF8.self)
        #expect(block.unicodeScalars.filter(\.isForbiddenInText) == ["\n"])
        let shown = String(decoding: form.bytes(for: people, isTerminal: true), as: UTF8.self)
        #expect(shown.unicodeScalars.filter(\.isForbiddenInText) == ["\n", "\n"])
    }

    @Test func aBlockedNameIsOneLine() {
        let blocks = [WireBlock(name: "bob", time: Timestamp(milliseconds: 0)), WireBlock(name: "Eve")]
        func text(_ form: OutputForm) -> String {
            String(decoding: form.bytes(for: blocks, isTerminal: false), as: UTF8.self)
        }
        #expect(text(.original) == "bob since 1970-01-01T00:00:00.000Z\nEve\n")
        #expect(text(.bare) == "bob\nEve\n")
        #expect(
            text(.json) == #"{"name":"bob","blocked":"1970-01-01T00:00:00.000Z"}"# + "\n"
                + #"{"name":"Eve","blocked":null}"# + "\n")
    }

    @Test func aPersonIsOneLine() {
        let time = Timestamp(milliseconds: 0)
        let people = [
            WirePerson(name: "Ana", status: "online", since: time, hasAccount: true),
            WirePerson(name: "bob", status: "away", since: time, hasAccount: false),
            WirePerson(name: "carl", status: "offline", since: time, hasAccount: true),
            WirePerson(name: "dora", status: "away", hasAccount: true),
        ]
        func text(_ form: OutputForm) -> String {
            String(decoding: form.bytes(for: people, isTerminal: false), as: UTF8.self)
        }
        #expect(text(.original) == "Ana online\n~bob away since 1970-01-01T00:00:00.000Z\ncarl offline\ndora away\n")
        #expect(text(.bare) == "Ana\nbob\ncarl\ndora\n")
        let line = #"{"name":"bob","status":"away","since":"1970-01-01T00:00:00.000Z","account":false}"#
        #expect(text(.json).split(separator: "\n")[1] == line)
    }
}
