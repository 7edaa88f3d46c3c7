import TweetModel
import TweetWire

/// Parsing of a typed line into a command.
extension ChatCommand {
    /// The reason why a line is no valid command.
    enum Mistake: Error, Hashable, Sendable {
        case empty
        /// A malformed private message.
        case invalidFormat
        case unknownWord(String)
        case wrongArguments(Word)
        case text(TextRefusal)
    }

    /// Parses a line.
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

    /// The line in a form that may be shown: the wrong arguments of a command that asks for a password may be a
    /// password.
    static func withoutPassword(_ line: String) -> String {
        guard let word = Word(askingForPasswordIn: line), (try? ChatCommand(line)) == nil else { return line }
        return "/\(word.rawValue)"
    }

    private static func word(_ line: Substring) throws(Mistake) -> ChatCommand {
        let (first, rest) = line.firstWord
        guard let word = Word(rawValue: first.lowercased()) else { throw .unknownWord(String(first)) }
        switch word.row.arguments {
        case .message: return try message(rest)
        case .none(let command):
            guard rest.isEmpty else { throw .wrongArguments(word) }
            return command
        case .name(let command): return command(try name(rest, word))
        case .optionalName(let command): return command(rest.isEmpty ? nil : try name(rest, word))
        case .tag(let command): return command(try tag(rest, word))
        case .optionalTag(let command): return command(rest.isEmpty ? nil : try tag(rest, word))
        case .words(let command):
            guard let query = SearchQuery(String(rest)) else { throw .wrongArguments(word) }
            return command(query)
        }
    }

    private static func name(_ text: Substring, _ word: Word) throws(Mistake) -> Name {
        guard let name = Name(String(text)) else { throw .wrongArguments(word) }
        return name
    }

    private static func tag(_ text: Substring, _ word: Word) throws(Mistake) -> Hashtag {
        guard let tag = Hashtag(String(text)) else { throw .wrongArguments(word) }
        return tag
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

    /// The number of characters left for the line's message, negative if it is too long; nil if the line is no message.
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

extension ChatCommand.Word {
    /// The command of a line that asks for a password, whatever its arguments.
    init?(askingForPasswordIn line: String) {
        let trimmed = line.trimmed
        guard trimmed.first == "/", let word = Self(rawValue: trimmed.dropFirst().firstWord.first.lowercased()),
            word.row.asksPassword
        else { return nil }
        self = word
    }
}

extension ChatCommand.Mistake {
    /// One sentence for a person; nil if there is nothing to say.
    var text: String? {
        switch self {
        case .empty: nil
        case .invalidFormat: "INVALID FORMAT"
        case .unknownWord(let word):
            "there is no command /\(word); //\(word) sends it as a message, /help lists the commands"
        case .wrongArguments(let word): "usage: /\(word.rawValue)\(word.row.arguments.usage)"
        case .text(let refusal): refusal.description
        }
    }

    /// The exit code of a script.
    var exit: ChatExit {
        switch self {
        case .empty: .done
        case .invalidFormat, .text: .refused
        case .unknownWord, .wrongArguments: .usage
        }
    }
}

extension StringProtocol {
    /// The string without spaces at both ends.
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
