import Testing
import TweetClient
import TweetModel
import TweetWire

/// Tweets on standard output, in each form.
struct OutputFormTests {
    private func text(
        _ form: OutputForm, _ tweets: [WireTweet], isUpload: Bool = false, isTerminal: Bool = false
    ) -> String {
        String(decoding: form.bytes(for: tweets, isUpload: isUpload, isTerminal: isTerminal), as: UTF8.self)
    }

    private let tweets = [
        WireTweet(
            sequence: 7, time: Timestamp(milliseconds: 0), author: "ada", isByAccount: true, text: "one #ops",
            tags: ["ops"]),
        WireTweet(sequence: 8, time: Timestamp(milliseconds: 1), text: "zwei \"é\""),
    ]

    @Test func theOriginalFormIsTheOriginals() {
        #expect(text(.original, [tweets[0]]) == "Received Message: one #ops\nTransmission Successfull...\n")
        let both = "Received Message: one #ops\nReceived Message: zwei \"é\"\nTransmission Successfull...\n"
        #expect(text(.original, tweets) == both)
        #expect(text(.original, [tweets[0]], isUpload: true) == "Transmission Successfull...\n")
    }

    @Test func theBareFormIsTheTextsAlone() {
        #expect(text(.bare, tweets) == "one #ops\nzwei \"é\"\n")
        #expect(text(.bare, [tweets[0]], isUpload: true) == "")
    }

    @Test(arguments: [false, true])
    func theJSONFormIsOneObjectALine(isUpload: Bool) {
        let first =
            #"{"seq":7,"time":"1970-01-01T00:00:00.000Z","author":"ada","text":"one #ops","tags":["ops"],"account":true,"#
            + #""epoch_ms":0}"#
        let second =
            #"{"seq":8,"time":"1970-01-01T00:00:00.001Z","author":null,"text":"zwei \"é\"","tags":[],"epoch_ms":1}"#
        #expect(text(.json, tweets, isUpload: isUpload) == first + "\n" + second + "\n")
        let empty = #"{"seq":null,"time":null,"author":null,"text":"Empty Message","tags":[],"epoch_ms":null}"#
        #expect(text(.json, [WireTweet(text: LastMessage.emptyText)], isUpload: isUpload) == empty + "\n")
    }

    /// The end-to-end tests check the time zone.
    @Test func theLongFormHasTimeAndAuthor() throws {
        let lines = text(.long, tweets).split(separator: "\n")
        try #require(lines.count == 2)
        #expect(lines[0].wholeMatch(of: /19(69|70)-\d\d-\d\d \d\d:\d\d:\d\d ada: one #ops/) != nil)
        #expect(lines[1].wholeMatch(of: /.{19} \(anonymous\): zwei "é"/) != nil)
        #expect(text(.long, [WireTweet(text: LastMessage.emptyText)]) == "Empty Message\n")
        let steering = WireTweet(sequence: 1, time: Timestamp(milliseconds: 0), author: "a\u{1B}", text: "t")
        #expect(text(.long, [steering], isTerminal: true).hasSuffix(" ~a\\u{1B}: t\n"))
    }

    @Test func aTweetOfManyHasItsLineAlone() {
        func line(_ form: OutputForm, _ tweet: WireTweet, isTerminal: Bool = false) -> String {
            String(decoding: form.line(for: tweet, isTerminal: isTerminal), as: UTF8.self)
        }
        #expect(line(.original, tweets[0]) == "Received Message: one #ops\n")
        #expect(line(.bare, tweets[0]) == "one #ops\n")
        #expect(line(.json, tweets[0]) == text(.json, [tweets[0]]))
        #expect(line(.bare, WireTweet(text: "a\u{1B}"), isTerminal: true) == "a\\u{1B}\n")
        #expect(line(.bare, WireTweet(text: "a\u{1B}")) == "a\u{1B}\n")
    }

    /// Texts from a malicious server: each could control a terminal, or turn one line into two.
    static let steering: [(String, String)] = [
        ("\u{1B}[2J", #"\u{1B}[2J"#), ("a\nb", #"a\u{A}b"#), ("a\rb", #"a\u{D}b"#), ("\u{9B}2J", #"\u{9B}2J"#),
        ("\u{7F}", #"\u{7F}"#), ("\u{202E}abc", #"\u{202E}abc"#), ("\u{2066}x\u{2069}", #"\u{2066}x\u{2069}"#),
        ("a\u{2028}b", #"a\u{2028}b"#), ("\\u{1B}\u{1B}", #"\\u{1B}\u{1B}"#), ("é\0", #"é\u{0}"#),
    ]

    @Test(arguments: steering)
    func nothingSteersATerminal(sent: String, shown: String) {
        let tweet = WireTweet(text: sent)
        #expect(text(.bare, [tweet], isTerminal: true) == shown + "\n")
        let original = "Received Message: \(shown)\nTransmission Successfull...\n"
        #expect(text(.original, [tweet], isTerminal: true) == original)
        #expect(text(.bare, [tweet]) == sent + "\n")
    }

    @Test(arguments: steering)
    func noJSONSteersATerminal(sent: String, shown: String) throws {
        let tweet = WireTweet(author: sent, text: sent, tags: [sent])
        let object = text(.json, [tweet])
        #expect(object.unicodeScalars.filter(\.isForbiddenInText) == ["\n"])
        #expect(object.hasSuffix("}\n"))
        // The line has the same meaning: the wire's own reader restores the text.
        let line = "[\"ok\",\(object.dropLast())]"
        guard case .one(.tweet(let read)) = try Array(line.utf8).withUnsafeBytes({ try Answer(line: $0) }) else {
            Issue.record("\(line) is no tweet")
            return
        }
        #expect(read == tweet)
    }

    @Test func aHarmlessTextIsShownAsItIsAndTheTerminalNotAskedFor() {
        var asked = 0
        func isTerminal() -> Bool {
            asked += 1
            return true
        }
        let tweet = WireTweet(text: #"C:\new é 👩‍👩‍👧"#)
        let bytes = OutputForm.bare.bytes(for: [tweet], isUpload: false, isTerminal: isTerminal())
        #expect(String(decoding: bytes, as: UTF8.self) == #"C:\new é 👩‍👩‍👧"# + "\n")
        #expect(asked == 0)
    }
}
