public import TweetModel

/// A private message as a packet carries it: only its types are validated, since the server may be a newer one.
public struct WireMessage: Hashable, Sendable {
    /// The sequence; nil if the message was delivered and not stored.
    public var sequence: SequenceNumber?
    public var time: Timestamp?
    public var sender: String
    /// Whether the sender was logged in to an account; false for a guest, and if the server does not know it.
    public var isByAccount: Bool
    public var recipients: [String]
    public var text: String
    public var readAt: Timestamp?

    public init(
        sequence: SequenceNumber? = nil, time: Timestamp? = nil, sender: String, isByAccount: Bool = false,
        recipients: [String], text: String, readAt: Timestamp? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.sender = sender
        self.isByAccount = isByAccount
        self.recipients = recipients
        self.text = text
        self.readAt = readAt
    }

    /// Creates the wire form of a stored message.
    public init(_ message: PrivateMessage) {
        self.init(
            sequence: message.sequence, time: message.time, sender: message.sender.string,
            isByAccount: message.isByAccount, recipients: message.recipients.map(\.string), text: message.text.string,
            readAt: message.readAt)
    }

    init(_ members: [Packet.Member]) throws(WireError) {
        self.init(
            sequence: try members.optionalInteger("seq"), time: try members.time("time"),
            sender: try members.string("from"), isByAccount: members.isTrue("account"),
            recipients: try members.strings("to"),
            text: try members.string("text"), readAt: try members.time("read"))
    }
}

/// A line of the directory as a packet carries it.
public struct WirePerson: Hashable, Sendable {
    public enum Status: String, Sendable {
        case online, away, offline
    }

    public var name: String
    /// A ``Status``; a newer server may have others.
    public var status: String
    /// The time since which the person has this status, if known.
    public var since: Timestamp?
    public var hasAccount: Bool

    public init(name: String, status: String, since: Timestamp? = nil, hasAccount: Bool) {
        self.name = name
        self.status = status
        self.since = since
        self.hasAccount = hasAccount
    }

    /// The name, with `~` before a guest's.
    public var shownName: String { name.marked(asGuest: !hasAccount) }

    public init(_ name: Name, _ status: Status, since: Timestamp?, hasAccount: Bool) {
        self.init(name: name.string, status: status.rawValue, since: since, hasAccount: hasAccount)
    }

    init(_ members: [Packet.Member]) throws(WireError) {
        self.init(
            name: try members.string("name"), status: try members.string("status"), since: try members.time("since"),
            hasAccount: members.isTrue("account"))
    }
}
