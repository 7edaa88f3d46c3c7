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
    /// The answer to a message that the server has not stored.
    enum Refused {
        /// It is sent again; how often that has happened before.
        case postponed(Int)
        case dropped([ChatStep])
    }

    /// The beginning of the messages' ids, and the number of the last one.
    private let idPrefix: String
    private var lastID = 0
    private var messages: [Outgoing] = []
    /// Whether the first one is on its way.
    private(set) var isSending = false
    /// How often in a row the server could not store a message, and when it is sent again.
    private var failures = 0
    private(set) var resendAt: UInt64?

    init(idPrefix: String) {
        self.idPrefix = idPrefix
    }

    var count: Int { messages.count }
    /// Whether one more may wait that is typed.
    var hasRoom: Bool { count < ChatLimits.outboxMessages }
    func hasRoom(forPasteOf count: Int) -> Bool { self.count + count <= ChatLimits.outboxMessagesWithPaste }
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

    /// Keeps a message until the server has stored or refused it.
    mutating func append(_ text: TweetText, to recipients: [Name]) -> [ChatStep] {
        lastID += 1
        guard let id = UploadID("\(idPrefix)-\(lastID)") else {
            return [.refuse("not sent, since there is no id for it: \(text.string)", .refused)]
        }
        messages.append(Outgoing(id: id, text: text, recipients: recipients))
        return []
    }

    /// Says how long new messages wait; nothing where they are sent as they come.
    func noteWait(_ count: Int, isHere: Bool) -> [ChatStep] {
        let what = count == 1 ? "it is" : "they are"
        if !isHere { return [.note("\(what) sent as soon as there is a connection")] }
        if resendAt == nil { return [] }
        return [.note("\(what) sent as soon as the server can store \(count == 1 ? "it" : "them")")]
    }

    /// The message to send now; from then on it is on its way.
    mutating func next() -> Outgoing? {
        guard !isSending, resendAt == nil, let first = messages.first else { return nil }
        isSending = true
        return first
    }

    // MARK: Answers

    /// The server has stored a message.
    mutating func stored(_ id: UploadID, _ item: Answer.Item) -> [ChatStep] {
        // A message to all comes back with the feed.
        guard let outgoing = remove(id), !outgoing.recipients.isEmpty else { return [] }
        var time: Timestamp?
        if case .message(let message) = item { time = message.time }
        return [.show(.sentMessage(to: outgoing.recipients.map(\.string)), outgoing.text.string, time: time)]
    }

    /// The server has refused a message, for good or for now.
    ///
    /// - Parameter isScript: whether nobody sees which one is meant.
    mutating func refused(
        _ id: UploadID, _ code: WireError.Code?, _ message: String, isScript: Bool, at now: UInt64
    ) -> Refused {
        if code == .unknown || code == .unavailable || code == .busy {
            return postpone(id, mayBeStored: code == .unknown, at: now)
        }
        guard let outgoing = remove(id) else { return .dropped([]) }
        guard outgoing.recipients.isEmpty || isScript else { return .dropped([.show(.privateRefusal, message)]) }
        return .dropped([.refuse("not sent: \(message): \(outgoing.line)", ChatExit(refusal: code))])
    }

    /// The server has taken the message or refused it for good.
    private mutating func remove(_ id: UploadID) -> Outgoing? {
        guard let first = messages.first, first.id == id else { return nil }
        isSending = false
        failures = 0
        return messages.removeFirst()
    }

    /// Sends the message again after a pause that grows: only a second try tells, and it has the same id.
    private mutating func postpone(_ id: UploadID, mayBeStored: Bool, at now: UInt64) -> Refused {
        guard let first = messages.first, first.id == id else { return .dropped([]) }
        if mayBeStored { messages[0].mayBeStored = true }
        isSending = false
        resendAt = now + Reconnection.pause(before: failures)
        failures += 1
        return .postponed(failures - 1)
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

    /// Gives all of them up, each by its name.
    mutating func dropAll() -> [ChatStep] {
        let wasSending = isSending
        defer {
            let lastID = lastID
            self = Outbox(idPrefix: idPrefix)
            self.lastID = lastID
        }
        return messages.enumerated().map { index, outgoing in
            let mayBeStored = outgoing.mayBeStored || index == 0 && wasSending
            return .fail(
                mayBeStored ? "whether it was stored is not known: \(outgoing.line)" : "not sent: \(outgoing.line)")
        }
    }
}
