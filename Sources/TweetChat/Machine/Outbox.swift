import TweetModel
import TweetWire

/// A message on its way: kept until the server has answered, so that a break does not lose it.
struct Outgoing: Hashable, Sendable {
    let id: UploadID
    let text: TweetText
    /// Empty for a message to all.
    let recipients: [Name]
    /// Whether a sending of it has no answer that tells: it may be stored.
    fileprivate(set) var mayBeStored = false

    init(id: UploadID, text: TweetText, recipients: [Name]) {
        self.id = id
        self.text = text
        self.recipients = recipients
    }

    var request: Request {
        recipients.isEmpty
            ? .upload(Upload(text: text, id: id)) : .message(OutgoingMessage(to: recipients, text: text, id: id))
    }

    /// The message as a line that says it.
    var line: String {
        recipients.isEmpty ? text.string : "@\(recipients.map(\.string).joined(separator: ",")) \(text.string)"
    }
}

/// The messages that the server has not taken yet, in their order.
///
/// One at a time is on its way: the next leaves once the one before it is stored or refused. Otherwise one that could
/// not be stored for a moment would come behind those that were sent after it.
struct Outbox: Sendable {
    private var messages: [Outgoing] = []
    /// Whether the first one is on its way.
    private(set) var isSending = false
    /// How often in a row the server could not store a message, and when it is sent again.
    private var failures = 0
    private(set) var resendAt: UInt64?

    var count: Int { messages.count }
    var isEmpty: Bool { messages.isEmpty }

    /// Messages that may be stored, for all that the server has told.
    var openCount: Int { (messages.first.map { isSending && !$0.mayBeStored } == true ? 1 : 0) + maybeStoredCount }
    private var maybeStoredCount: Int { messages.count(where: \.mayBeStored) }

    /// Whether no message waits to be sent, or sending pauses until ``resendAt``.
    var isAtRest: Bool { resendAt != nil || messages.count <= (isSending ? 1 : 0) }

    /// Whether a request on its way is that of the first message.
    func isSending(_ bytes: [UInt8]) -> Bool {
        isSending && messages.first.map { PacketWriter.request($0.request) == bytes } == true
    }

    /// The message on its way was not sent after all.
    mutating func takeBack() { isSending = false }

    mutating func append(_ outgoing: Outgoing) { messages.append(outgoing) }

    /// The message to send now; from then on it is on its way.
    mutating func next() -> Outgoing? {
        guard !isSending, resendAt == nil, let first = messages.first else { return nil }
        isSending = true
        return first
    }

    /// The server has taken the message or refused it for good.
    mutating func remove(_ id: UploadID) -> Outgoing? {
        guard let first = messages.first, first.id == id else { return nil }
        isSending = false
        failures = 0
        return messages.removeFirst()
    }

    /// The server could not take the message now: it is sent again, with the same id, after a pause that grows.
    ///
    /// - Returns: how often that has happened before.
    mutating func postpone(_ id: UploadID, mayBeStored: Bool, at now: UInt64, pause: (Int) -> UInt64) -> Int? {
        guard let first = messages.first, first.id == id else { return nil }
        if mayBeStored { messages[0].mayBeStored = true }
        isSending = false
        resendAt = now + pause(failures)
        failures += 1
        return failures - 1
    }

    mutating func timePassed(at now: UInt64) {
        if let resendAt, now >= resendAt { self.resendAt = nil }
    }

    /// The connection has gone: nobody knows what has become of the message that was on its way.
    mutating func connectionBroke() {
        if isSending { messages[0].mayBeStored = true }
        isSending = false
        resendAt = nil
    }

    /// Gives all of them up.
    ///
    /// - Returns: each, and whether it may be stored.
    mutating func removeAll() -> [(outgoing: Outgoing, mayBeStored: Bool)] {
        let wasSending = isSending
        let all = messages.enumerated().map { ($1, $1.mayBeStored || $0 == 0 && wasSending) }
        self = Outbox()
        return all
    }
}
