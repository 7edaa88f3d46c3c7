import TweetModel

/// The binary form of an entry, for a journal that carries entries between processes and versions.
///
/// One byte for the version of the form, one byte for the kind of entry, then the values of its case in order:
///
/// | value | form |
/// |---|---|
/// | time, sequence | 8 bytes, two's complement, most significant byte first |
/// | name, text, id, password hash | its length in bytes as 2 bytes, most significant first; then UTF-8 |
/// | value that may be missing | a byte, 0 or 1; then the value if it is 1 |
/// | yes or no | a byte, 0 or 1 |
/// | kind of rows, work of a step | a byte; 2 bytes, most significant first |
/// | what a token permits | a byte, 1 to send, 2 to read, 3 everything; for 2, the hashtag like a name |
/// | list | its count as 2 bytes, most significant first; then each value |
///
/// Each entry has exactly one form, that of the first version that has its kind: version 2 has the tweets and messages
/// of accounts, with the values of version 1's, version 3 has steps of pruning and the names that accounts block, and
/// version 4 has tokens. A version of this form never changes once it is released: a later one
/// reads all earlier ones, and an earlier one refuses a later one instead of applying half of an entry.
public enum EntryCodec {
    /// The latest version that ``encode(_:)`` writes.
    public static let version: UInt8 = 4

    /// The most bytes of a text in version 1, whatever a later version allows.
    static let textBytes = 4096

    /// The second byte of the form; a number is never reused.
    enum Kind: UInt8, CaseIterable {
        case sessionOpened = 1
        case tweetUploaded = 2
        case lastMessageReset = 3
        case accountCreated = 4
        case passwordChanged = 5
        case visibilityChanged = 6
        case accountRemoved = 7
        case messageSent = 8
        case messagesRead = 9
        case tweetUploadedByAccount = 10
        case messageSentByAccount = 11
        case pruned = 12
        case blockChanged = 13
        case tokenCreated = 14
        case tokenRemoved = 15

        /// The first version that has the kind.
        var version: UInt8 {
            switch self {
            case .tweetUploadedByAccount, .messageSentByAccount: 2
            case .pruned, .blockChanged: 3
            case .tokenCreated, .tokenRemoved: 4
            default: 1
            }
        }
    }

    public static func encode(_ entry: Entry) -> [UInt8] {
        var writer = EntryWriter()
        switch entry {
        case .sessionOpened(let time): writer.append(.sessionOpened, time)
        case .tweetUploaded(let time, let author, let text, let id, let isByAccount):
            writer.append(isByAccount ? .tweetUploadedByAccount : .tweetUploaded, time)
            writer.append(optional: author?.string)
            writer.append(text.string)
            writer.append(optional: id?.string)
        case .lastMessageReset(let time, let id):
            writer.append(.lastMessageReset, time)
            writer.append(optional: id?.string)
        case .accountCreated(let time, let name, let password):
            writer.append(.accountCreated, time)
            writer.append(name.string)
            writer.append(password.string)
        case .passwordChanged(let time, let name, let password, let replacing):
            writer.append(.passwordChanged, time)
            writer.append(name.string)
            writer.append(password.string)
            writer.append(optional: replacing?.string)
        case .visibilityChanged(let time, let name, let isHidden):
            writer.append(.visibilityChanged, time)
            writer.append(name.string)
            writer.append(isHidden)
        case .accountRemoved(let time, let name):
            writer.append(.accountRemoved, time)
            writer.append(name.string)
        case .messageSent(let time, let sender, let recipients, let text, let id, let isByAccount):
            writer.append(isByAccount ? .messageSentByAccount : .messageSent, time)
            writer.append(sender.string)
            writer.append(recipients)
            writer.append(text.string)
            writer.append(optional: id?.string)
        case .messagesRead(let time, let reader, let messages):
            writer.append(.messagesRead, time)
            writer.append(reader.string)
            writer.append(messages)
        case .pruned(let time, let step):
            writer.append(.pruned, time)
            writer.append(step)
        case .blockChanged(let time, let owner, let name, let isBlocked):
            writer.append(.blockChanged, time)
            writer.append(owner.string)
            writer.append(name.string)
            writer.append(isBlocked)
        case .tokenCreated(let time, let owner, let hash, let scope, let label, let expires):
            writer.append(.tokenCreated, time)
            writer.append(owner.string)
            writer.append(hash.string)
            writer.append(scope)
            writer.append(optional: label?.string)
            writer.append(optional: expires?.milliseconds)
        case .tokenRemoved(let time, let owner, let token):
            writer.append(.tokenRemoved, time)
            writer.append(owner.string)
            writer.append(token)
        }
        return writer.bytes
    }

    /// Decodes an entry.
    ///
    /// - Parameter bytes: the complete form of exactly one entry.
    /// - Throws: ``EntryRefusal``; nothing is repaired.
    public static func decode(_ bytes: [UInt8]) throws(EntryRefusal) -> Entry {
        var reader = EntryReader(bytes)
        let version = try reader.byte()
        guard 1...self.version ~= version else { throw .unknownVersion(version) }
        let number = try reader.byte()
        guard let kind = Kind(rawValue: number), kind.version <= version else { throw .unknownKind(number) }
        guard kind.version == version else { throw .malformed("kind \(number) in version \(version)") }
        let entry = try decode(kind, &reader)
        try reader.end()
        return entry
    }

    private static func decode(_ kind: Kind, _ reader: inout EntryReader) throws(EntryRefusal) -> Entry {
        let time = Timestamp(milliseconds: try reader.integer())
        switch kind {
        case .sessionOpened:
            return .sessionOpened(time: time)
        case .tweetUploaded, .tweetUploadedByAccount:
            let author = try reader.optional { reader throws(EntryRefusal) in try reader.name() }
            let text = try reader.text()
            return .tweetUploaded(
                time: time, author: author, text: text, id: try reader.id(),
                isByAccount: kind == .tweetUploadedByAccount)
        case .lastMessageReset:
            return .lastMessageReset(time: time, id: try reader.id())
        case .accountCreated:
            let name = try reader.name()
            return .accountCreated(time: time, name: name, password: try reader.password())
        case .passwordChanged:
            let name = try reader.name()
            let password = try reader.password()
            let former = try reader.optional { reader throws(EntryRefusal) in try reader.password() }
            return .passwordChanged(time: time, name: name, password: password, replacing: former)
        case .visibilityChanged:
            let name = try reader.name()
            return .visibilityChanged(time: time, name: name, isHidden: try reader.boolean())
        case .accountRemoved:
            return .accountRemoved(time: time, name: try reader.name())
        case .messageSent, .messageSentByAccount:
            let sender = try reader.name()
            let recipients = try reader.list { reader throws(EntryRefusal) in try reader.name() }
            guard !recipients.isEmpty else { throw .malformed("a message without a recipient") }
            let text = try reader.text()
            return .messageSent(
                time: time, sender: sender, recipients: recipients, text: text, id: try reader.id(),
                isByAccount: kind == .messageSentByAccount)
        case .messagesRead:
            let name = try reader.name()
            let messages = try reader.list { reader throws(EntryRefusal) in try reader.integer() }
            return .messagesRead(time: time, reader: name, messages: messages)
        case .pruned:
            return .pruned(time: time, try reader.step())
        case .blockChanged:
            let owner = try reader.name()
            let name = try reader.name()
            return .blockChanged(time: time, by: owner, of: name, isBlocked: try reader.boolean())
        case .tokenCreated:
            let owner = try reader.name()
            let hash = try reader.tokenHash()
            let scope = try reader.scope()
            let label = try reader.label()
            let expires = try reader.optional { reader throws(EntryRefusal) in try reader.integer() }
            return .tokenCreated(
                time: time, owner: owner, hash: hash, scope: scope, label: label,
                expires: expires.map(Timestamp.init(milliseconds:)))
        case .tokenRemoved:
            let owner = try reader.name()
            return .tokenRemoved(time: time, owner: owner, token: try reader.integer())
        }
    }
}

/// The reason why bytes are not an entry that this version can apply.
public enum EntryRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A later version of the form.
    case unknownVersion(UInt8)
    /// A kind of entry that a later version has.
    case unknownKind(UInt8)
    case malformed(String)

    public var description: String {
        switch self {
        case .unknownVersion(let version): "an entry of form \(version); this version reads \(EntryCodec.version)"
        case .unknownKind(let kind): "an entry of the unknown kind \(kind)"
        case .malformed(let reason): "no entry: \(reason)"
        }
    }
}
