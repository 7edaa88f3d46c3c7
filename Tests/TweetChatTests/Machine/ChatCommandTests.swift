import TweetWire
import Testing
import TweetModel

@testable import TweetChat

struct ChatCommandTests {
    @Test(arguments: [
        ("hello", "say hello"), ("  hello \t", "say hello"), ("!exit", "quit"), ("!exit now", "say !exit now"),
        ("! wow", "say ! wow"), ("//list is a command", "say /list is a command"), ("a /list", "say a /list"),
        ("@bob hi there", "message bob: hi there"), ("@bob,Eve  hi", "message bob,Eve: hi"),
        ("/msg bob hi", "message bob: hi"), ("/MSG bob hi", "message bob: hi"), ("/list", "list"),
        ("/who bob", "person bob"), ("/inbox", "inbox"), ("/tag #swift", "tag swift"), ("/tag Äpfel", "tag Äpfel"),
        ("/untag", "untag"), ("/untag swift", "untag swift"), ("/signup", "signUp"), ("/signup bob", "signUp bob"),
        ("/login bob", "logIn bob"), ("/passwd", "changePassword"), ("/hide", "hide"), ("/show", "show"),
        ("/block bob", "block bob"), ("/unblock bob", "unblock bob"), ("/blocked", "blocked"), ("/away", "away"),
        ("/help", "help"), ("/quit", "quit"), ("  /quit  ", "quit"),
    ])
    func aLineIsUnderstood(line: String, expected: String) throws {
        let text =
            switch try ChatCommand(line) {
            case .say(let text): "say \(text.string)"
            case .message(let names, let text): "message \(names.map(\.string).joined(separator: ",")): \(text.string)"
            case .person(let name): "person \(name.string)"
            case .block(let name): "block \(name.string)"
            case .unblock(let name): "unblock \(name.string)"
            case .tag(let tag): "tag \(tag.written)"
            case .untag(let tag): "untag" + (tag.map { " \($0.written)" } ?? "")
            case .signUp(let name): "signUp" + (name.map { " \($0.string)" } ?? "")
            case .logIn(let name): "logIn \(name.string)"
            case let other: "\(other)"
            }
        #expect(text == expected)
    }

    @Test(
        arguments: [
            ("", .empty), (" \t ", .empty), ("@", .invalidFormat), ("@bob", .invalidFormat),
            ("@b-b hi", .invalidFormat),
            ("/msg", .invalidFormat), ("@,bob hi", .invalidFormat), ("/", .unknownWord("")),
            ("/nope x", .unknownWord("nope")),
            ("/list all", .wrongArguments(.list)), ("/who", .wrongArguments(.who)), ("/who a b", .wrongArguments(.who)),
            ("/tag", .wrongArguments(.tag)), ("/tag a b", .wrongArguments(.tag)), ("/login", .wrongArguments(.login)),
            ("/block", .wrongArguments(.block)), ("/blocked bob", .wrongArguments(.blocked)),
            ("/untag a b", .wrongArguments(.untag)), ("/signup a!", .wrongArguments(.signup)),
            ("a\tb", .text(.forbidden("\t"))), ("@bob a\u{1B}b", .text(.forbidden("\u{1B}"))),
        ] as [(String, ChatCommand.Mistake)])
    func aLineThatIsWrongSaysHow(line: String, expected: ChatCommand.Mistake) {
        #expect(throws: expected) { try ChatCommand(line) }
        #expect((expected.text == nil) == (expected == .empty))
    }

    @Test func aMessageGoesToSixteenAtMost() {
        let names = (1...WireLimits.messageRecipients).map { "n\($0)" }.joined(separator: ",")
        #expect(throws: Never.self) { try ChatCommand("@\(names) hi") }
        #expect(throws: ChatCommand.Mistake.invalidFormat) { try ChatCommand("@\(names),one hi") }
    }

    @Test(
        arguments: [
            ("", 150), ("hello", 145), ("日本é👨‍👩‍👧", 146), ("@bob hello", 145), ("@bob", 150), ("@bob ", 150),
            ("/msg bob hello", 145), ("//list", 145), ("/list", nil), ("/tag #x", nil), ("/ms", nil), (" a ", 149),
        ] as [(String, Int?)])
    func theCharactersThatAreLeftAreCountedAsAMessageCounts(line: String, expected: Int?) {
        #expect(ChatCommand.charactersLeft(line) == expected)
    }

    @Test func whatFitsByTheCounterIsAccepted() throws {
        let longest = String(repeating: "é", count: 150)
        #expect(ChatCommand.charactersLeft(longest) == 0)
        #expect(try ChatCommand(longest) == .say(TweetText(longest)))
        #expect(ChatCommand.charactersLeft(longest + "x") == -1)
        #expect(throws: ChatCommand.Mistake.text(.tooManyCharacters(151))) { try ChatCommand(longest + "x") }
    }
}
