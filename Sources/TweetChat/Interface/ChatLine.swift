public import TweetModel
import TweetWire

/// One line of the conversation as shown, escaped so that it cannot steer a terminal.
public struct ChatLine: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A message to all; `author` is nil if it has no author, and begins with `~` for a guest.
        case tweet(author: String?)
        case message(from: String)
        case sentMessage(to: [String])
        /// A notice from the server to all.
        case server
        /// The reason why a private message was refused.
        case privateRefusal
        /// A note of this client.
        case note
        /// News about the connection during trouble, and about its end; shown where failures are shown.
        case connection
        case failure
        /// The date of the lines that follow.
        case day
    }

    public let kind: Kind
    public let time: Timestamp
    public let text: String
    /// Whether it is addressed to this person alone, or mentions them: then the terminal rings.
    public let isForYou: Bool

    /// The mark before such a line, on a terminal.
    static let forYouMark = "» "

    /// - Parameters:
    ///   - kind: its names are escaped.
    ///   - text: any text; it is escaped.
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
    /// The text, with everything escaped that would break the line or steer the terminal.
    var harmless: String {
        guard unicodeScalars.contains(where: \.isForbiddenInText) else { return self }
        var bytes: [UInt8] = []
        bytes.appendEscaped(self)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A name from a server, escaped; an invalid one is also truncated.
    var harmlessName: String {
        let scalars = unicodeScalars
        guard scalars.count > ChatLimits.shownNameScalars else { return harmless }
        return String(scalars.prefix(ChatLimits.shownNameScalars)).harmless + "…"
    }
}

extension String {
    /// Whether the text contains a name as a whole word, in any case.
    func mentions(_ name: String) -> Bool {
        let name = name.lowercased()
        return unicodeScalars.split { !$0.isNameCharacter }.contains { String($0).lowercased() == name }
    }
}

extension Unicode.Scalar {
    /// Whether a name may contain it: an ASCII letter or digit.
    var isNameCharacter: Bool { isASCII && (properties.isAlphabetic || properties.numericType != nil) }
}
