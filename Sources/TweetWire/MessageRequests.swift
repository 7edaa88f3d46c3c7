public import TweetModel

/// `["message",{"to":["bob"],"text":…,"id":…}]`: a private message as sent.
public struct OutgoingMessage: Hashable, Sendable {
    /// The recipients, each once, at least one.
    public let recipients: [Name]
    public let text: TweetText
    public let id: UploadID?

    /// - Parameter recipients: the recipients; a repeated name counts once.
    public init(to recipients: [Name], text: TweetText, id: UploadID?) {
        var seen: Set<Name> = []
        self.recipients = recipients.filter { seen.insert($0).inserted }
        self.text = text
        self.id = id
    }

    init(_ packet: Packet) throws(WireError) {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        var recipients: [String]?
        var text: String?
        var id: UploadID?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("to", .string(let name)): recipients = [name]
            case ("to", .strings(let names)): recipients = names
            case ("text", .string(let string)): text = string
            case ("id", .null): continue
            case ("id", .string(let string)): id = try UploadID(wire: string)
            default: throw .badMember(key, of: "to, text, id")
            }
        }
        guard let recipients, let text else { throw .badBody("to or text is missing") }
        guard (1...WireLimits.messageRecipients).contains(recipients.count) else {
            throw .badBody("to must have 1 to \(WireLimits.messageRecipients) names")
        }
        var names: [Name] = []
        for recipient in recipients { names.append(try Name(wire: recipient)) }
        self.init(to: names, text: try TweetText(wire: text), id: id)
    }
}

/// `["inbox",…]` and `["sent",…]`: the choice of private messages to list.
public struct MessageQuery: Hashable, Sendable {
    /// Whether to list the messages already read, instead of the pending ones.
    public var isArchive: Bool
    /// At most this many: the oldest of the pending, the newest of the others; always listed oldest first.
    public var count: Int?
    /// The sequence to start after; then the oldest messages after it are listed.
    public var since: SequenceNumber?

    /// The most messages of the answer.
    public var limit: Int { count ?? WireLimits.downloadCount }

    public init(isArchive: Bool = false, count: Int? = nil, since: SequenceNumber? = nil) {
        self.isArchive = isArchive
        self.count = count
        self.since = since
    }

    init(_ packet: Packet, mayAskForArchive: Bool) throws(WireError) {
        self.init()
        switch packet.body {
        case .string(let token) where token.range.isEmpty: return
        case .string: throw .badBody("the body must be \"\" or an object")
        case .object(let object):
            for (key, value) in try packet.members(of: object) {
                switch (key, value) {
                case ("archive", .bool(let isArchive)) where mayAskForArchive: self.isArchive = isArchive
                case ("count", .null), ("since", .null): continue
                case ("count", .integer(let number)): count = try Request.count(number)
                case ("since", .integer(let number)): since = try Request.sequence(number)
                default: throw .badMember(key, of: mayAskForArchive ? "archive, count, since" : "count, since")
                }
            }
        }
    }
}

extension Request {
    /// `{"seqs":[7,9]}`.
    static func sequences(_ packet: Packet) throws(WireError) -> [SequenceNumber] {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        var sequences: [SequenceNumber]?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("seqs", .integers(let numbers)): sequences = numbers
            case ("seqs", .strings(let none)) where none.isEmpty: sequences = []
            default: throw .badMember(key, of: "seqs")
            }
        }
        guard let sequences else { throw .badBody("seqs is missing") }
        guard (1...WireLimits.messagesRead).contains(sequences.count) else {
            throw .badBody("seqs must have 1 to \(WireLimits.messagesRead) sequences")
        }
        return sequences
    }
}
