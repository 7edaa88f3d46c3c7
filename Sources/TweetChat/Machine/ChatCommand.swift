import TweetModel
import TweetWire

/// The request that a typed line makes.
enum ChatCommand: Hashable, Sendable {
    case say(TweetText)
    case message([Name], TweetText)
    case list
    case person(Name)
    case inbox
    case tag(Hashtag)
    /// Stops following a hashtag; nil for all of them.
    case untag(Hashtag?)
    /// Makes an account of a name; nil for the current one.
    case signUp(Name?)
    case logIn(Name)
    case changePassword
    case hide, show, away
    case help
    case quit

    /// The words that begin with a slash.
    enum Word: String, CaseIterable {
        case msg, list, who, inbox, tag, untag, signup, login, passwd, hide, show, away, help, quit

        /// The words after the command's name, for the help.
        var arguments: StaticString {
            switch self {
            case .msg: " NAME TEXT"
            case .who, .login: " NAME"
            case .tag: " #TAG"
            case .untag: " [#TAG]"
            case .signup: " [NAME]"
            case .list, .inbox, .passwd, .hide, .show, .away, .help, .quit: ""
            }
        }

        var help: StaticString {
            switch self {
            case .msg: "a private message, to several as NAME,NAME; @NAME TEXT does the same"
            case .list: "the people who are here, and the hashtags used last, with how many messages each has"
            case .who: "what is known of one name"
            case .inbox: "the private messages that wait; they are read then"
            case .tag: "the recent messages with a hashtag, and it stands out from then on"
            case .untag: "no longer, of one hashtag or of all"
            case .signup: "make an account of a name: nobody else gets it"
            case .login: "log in to an account"
            case .passwd: "change the account's password"
            case .hide: "be left out of the lists"
            case .show: "be seen again"
            case .away: "be marked as away until you type again"
            case .help: "this"
            case .quit: "leave; !exit does the same"
            }
        }

        /// Whether a hidden question follows the command.
        var asksPassword: Bool { self == .login || self == .signup || self == .passwd }

        /// The command of a line that wants a password, whatever its arguments.
        init?(askingForPasswordIn line: String) {
            let trimmed = line.trimmed
            guard trimmed.first == "/", let word = Word(rawValue: trimmed.dropFirst().firstWord.first.lowercased()),
                word.asksPassword
            else { return nil }
            self = word
        }

        /// Whether Tab completes the argument with a name.
        var takesName: Bool { self == .msg || self == .who || self == .login }
    }

    /// Why a line asks for nothing.
    enum Mistake: Error, Hashable, Sendable {
        case empty
        /// A private message that is none.
        case invalidFormat
        case unknownWord(String)
        case wrongArguments(Word)
        case text(TextRefusal)
    }

    /// Understands a line.
    init(_ line: String) throws(Mistake) {
        let trimmed = line.trimmed
        if trimmed.isEmpty { throw .empty }
        if trimmed == "!exit" {
            self = .quit
        } else if trimmed.first == "@" {
            self = try Self.message(trimmed.dropFirst())
        } else if trimmed.hasPrefix("//") {
            // A message that begins with a slash.
            self = .say(try Self.text(trimmed.dropFirst()))
        } else if trimmed.first == "/" {
            self = try Self.word(trimmed.dropFirst())
        } else {
            self = .say(try Self.text(trimmed))
        }
    }

    /// A line as it may be shown: the wrong arguments of a command that wants a password may be one.
    static func withoutPassword(_ line: String) -> String {
        guard let word = Word(askingForPasswordIn: line), (try? ChatCommand(line)) == nil else { return line }
        return "/\(word.rawValue)"
    }

    private static func word(_ line: Substring) throws(Mistake) -> ChatCommand {
        let (first, rest) = line.firstWord
        guard let word = Word(rawValue: first.lowercased()) else { throw .unknownWord(String(first)) }
        switch word {
        case .msg: return try message(rest)
        case .who: return .person(try name(rest, word))
        case .login: return .logIn(try name(rest, word))
        case .signup: return .signUp(rest.isEmpty ? nil : try name(rest, word))
        case .tag:
            guard let tag = Hashtag(String(rest)) else { throw .wrongArguments(word) }
            return .tag(tag)
        case .untag:
            if rest.isEmpty { return .untag(nil) }
            guard let tag = Hashtag(String(rest)) else { throw .wrongArguments(word) }
            return .untag(tag)
        case .list, .inbox, .passwd, .hide, .show, .away, .help, .quit:
            guard rest.isEmpty else { throw .wrongArguments(word) }
        }
        return switch word {
        case .list: .list
        case .inbox: .inbox
        case .passwd: .changePassword
        case .hide: .hide
        case .show: .show
        case .away: .away
        case .quit: .quit
        default: .help
        }
    }

    private static func name(_ text: Substring, _ word: Word) throws(Mistake) -> Name {
        guard let name = Name(String(text)) else { throw .wrongArguments(word) }
        return name
    }

    /// `NAME TEXT` or `NAME,NAME TEXT`.
    private static func message(_ line: Substring) throws(Mistake) -> ChatCommand {
        let (first, rest) = line.firstWord
        let names = first.split(separator: ",", omittingEmptySubsequences: false).map { Name(String($0)) }
        let known = names.compactMap { $0 }
        guard known.count == names.count, known.count <= WireLimits.messageRecipients, !rest.isEmpty else {
            throw .invalidFormat
        }
        return .message(known, try text(rest))
    }

    private static func text(_ text: Substring) throws(Mistake) -> TweetText {
        do throws(TextRefusal) {
            return try TweetText(String(text))
        } catch {
            throw .text(error)
        }
    }

    /// The characters that a line leaves for its message, negative where it is too long; nil where it is none.
    static func charactersLeft(_ line: String) -> Int? {
        let trimmed = line.trimmed
        let message: Substring
        if trimmed.first == "@" {
            message = trimmed.dropFirst().firstWord.rest
        } else if trimmed.hasPrefix("//") {
            message = trimmed.dropFirst()
        } else if trimmed.first == "/" {
            let (first, rest) = trimmed.dropFirst().firstWord
            guard first.lowercased() == Word.msg.rawValue else { return nil }
            message = rest.firstWord.rest
        } else {
            message = trimmed
        }
        return TextLimits.textCharacters - message.count
    }
}

extension ChatCommand.Mistake {
    /// One sentence for a person; none where there is nothing to say.
    var text: String? {
        switch self {
        case .empty: nil
        case .invalidFormat: "INVALID FORMAT"
        case .unknownWord(let word): "there is no command /\(word); //\(word) says it, /help tells more"
        case .wrongArguments(let word): "usage: /\(word.rawValue)\(word.arguments)"
        case .text(let refusal): refusal.description
        }
    }

    /// The code that a script ends with.
    var exit: ChatExit {
        switch self {
        case .empty: .done
        case .invalidFormat, .text: .refused
        case .unknownWord, .wrongArguments: .usage
        }
    }
}

extension StringProtocol {
    /// Without spaces at both ends.
    fileprivate var trimmed: SubSequence {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}

extension Substring {
    /// The text before the first space, and the text after the spaces.
    fileprivate var firstWord: (first: Substring, rest: Substring) {
        guard let space = firstIndex(where: { $0 == " " || $0 == "\t" }) else { return (self, "") }
        return (self[..<space], self[space...].trimmed)
    }
}
