public import TweetModel
import TweetWire

/// One line of the conversation as it is shown; nothing in it steers a terminal.
public struct ChatLine: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A message to all; `author` is nil for one without a name.
        case tweet(author: String?)
        case message(from: String)
        case sentMessage(to: [String])
        /// A notice of the server to all.
        case server
        /// The reason that a private message was refused.
        case privateRefusal
        /// A note of this client.
        case note
        /// News of the connection while there is trouble with it, and that it is over: told where the failures are.
        case connection
        case failure
        /// The day of what follows.
        case day
    }

    public let kind: Kind
    public let time: Timestamp
    public let text: String
    /// Whether it is said to this person alone, or names them: then the terminal rings.
    public let isForYou: Bool

    /// The mark before a line that is for this person, on a terminal.
    static let forYouMark = "» "

    /// - Parameters:
    ///   - kind: its names are made harmless.
    ///   - text: from anywhere; it is made harmless.
    init(_ kind: Kind, _ time: Timestamp, _ text: String, isForYou: Bool = false) {
        self.kind =
            switch kind {
            case .tweet(let author): .tweet(author: author?.harmlessName)
            case .message(let sender): .message(from: sender.harmlessName)
            case .sentMessage(let names):
                .sentMessage(to: names.prefix(WireLimits.messageRecipients).map(\.harmlessName))
            default: kind
            }
        self.time = time
        self.text = text.harmless
        self.isForYou = isForYou
    }

    /// The part before the text: `ana: `, `bob <Private>: `, `Server: `.
    public var head: String {
        switch kind {
        case .tweet(let author): (author ?? "(anonymous)") + ": "
        case .message(let sender): sender + " <Private>: "
        case .sentMessage(let names): "you <Private> to \(names.joined(separator: ", ")): "
        case .server: "Server: "
        case .privateRefusal: "Server <Private>: "
        case .note, .connection: "* "
        case .failure: "! "
        case .day: ""
        }
    }
}

extension String {
    /// The text, escaped where anything in it would break the line or steer the terminal.
    var harmless: String {
        guard unicodeScalars.contains(where: \.isForbiddenInText) else { return self }
        var bytes: [UInt8] = []
        bytes.appendEscaped(self)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A name as a server gave it; one that breaks the rules is cut.
    var harmlessName: String {
        let scalars = unicodeScalars
        guard scalars.count > ChatLimits.shownNameScalars else { return harmless }
        return String(scalars.prefix(ChatLimits.shownNameScalars)).harmless + "…"
    }
}

extension String {
    /// Whether a name stands in the text as a word of its own, in any case.
    func mentions(_ name: String) -> Bool {
        let name = name.lowercased()
        return unicodeScalars.split { !$0.isNameCharacter }.contains { String($0).lowercased() == name }
    }
}

extension Unicode.Scalar {
    /// Whether a name may have it: an ASCII letter or digit.
    var isNameCharacter: Bool { isASCII && (properties.isAlphabetic || properties.numericType != nil) }
}
