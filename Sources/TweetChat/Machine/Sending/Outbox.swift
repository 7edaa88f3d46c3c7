import TweetModel
import TweetSystem
import TweetWire

/// A message that is being sent: kept until the server has answered, so that a lost connection does not lose it.
struct Outgoing: Hashable, Sendable {
    let id: UploadID
    let text: TweetText
    /// The recipients; empty for a message to all.
    let recipients: [Name]
    /// Whether the server may have stored it already: an earlier attempt got no conclusive answer.
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

    /// The command line that sends this message.
    var line: String {
        recipients.isEmpty ? text.string : "@\(recipients.map(\.string).joined(separator: ",")) \(text.string)"
    }
}

/// The messages that the server has not accepted yet, in order.
///
/// Only one is in flight: the next is sent once the one before it is stored or refused. Otherwise a message whose
/// storing fails temporarily would end up after messages that were sent later.
struct Outbox: Sendable {
    /// The result of an answer that refuses a message.
    enum Refused {
        /// The message is sent again; the value counts the earlier retries.
        case postponed(Int)
        case dropped([ChatStep])
    }

    /// The prefix of the messages' ids, and the number of the last one.
    private let idPrefix: String
    private var lastID = 0
    private var messages: [Outgoing] = []
    /// Whether the first message is in flight.
    private(set) var isSending = false
    /// The number of consecutive failures to store a message, and the time of the next attempt.
    private var failures = 0
    private(set) var resendAt: Instant?

    init(idPrefix: String) {
        self.idPrefix = idPrefix
    }

    var count: Int { messages.count }
    /// Whether there is room for one more typed message.
    var hasRoom: Bool { count < ChatLimits.outboxMessages }
    func hasRoom(forPasteOf count: Int) -> Bool { self.count + count <= ChatLimits.outboxMessagesWithPaste }
    var isEmpty: Bool { messages.isEmpty }

    /// The number of messages that may be stored although no answer has confirmed it.
    var openCount: Int { (messages.first.map { isSending && !$0.mayBeStored } == true ? 1 : 0) + maybeStoredCount }
    private var maybeStoredCount: Int { messages.count(where: \.mayBeStored) }

    /// Whether no message waits to be sent, or sending pauses until ``resendAt``.
    var isAtRest: Bool { resendAt != nil || messages.count <= (isSending ? 1 : 0) }

    /// Whether an in-flight request is that of the first message.
    func isSending(_ bytes: [UInt8]) -> Bool {
        isSending && messages.first.map { PacketWriter.request($0.request) == bytes } == true
    }

    /// Notes that the message in flight was not sent after all.
    mutating func takeBack() { isSending = false }

    /// Keeps a message until the server has stored or refused it.
    mutating func append(_ text: TweetText, to recipients: [Name]) -> [ChatStep] {
        lastID += 1
        guard let id = UploadID("\(idPrefix)-\(lastID)") else {
            return [.refuse("not sent, because it has no id: \(text.string)", .refused)]
        }
        messages.append(Outgoing(id: id, text: text, recipients: recipients))
        return []
    }

    /// Makes a note of why new messages wait; empty if they are sent at once.
    func noteWait(_ count: Int, isHere: Bool) -> [ChatStep] {
        let what = count == 1 ? "it is" : "they are"
        if !isHere { return [.note("\(what) sent as soon as there is a connection")] }
        if resendAt == nil { return [] }
        return [.note("\(what) sent as soon as the server can store \(count == 1 ? "it" : "them")")]
    }

    /// Marks the next message as in flight and returns it.
    mutating func next() -> Outgoing? {
        guard !isSending, resendAt == nil, let first = messages.first else { return nil }
        isSending = true
        return first
    }

    // MARK: Answers

    /// Handles the answer that a message is stored.
    mutating func stored(_ id: UploadID, _ item: Answer.Item) -> [ChatStep] {
        // A message to all is shown when the feed delivers it.
        guard let outgoing = remove(id), !outgoing.recipients.isEmpty else { return [] }
        var time: Timestamp?
        if case .message(let message) = item { time = message.time }
        return [.show(.sentMessage(to: outgoing.recipients.map(\.string)), outgoing.text.string, time: time)]
    }

    /// Handles a refusal of a message, permanent or temporary.
    ///
    /// - Parameters:
    ///   - isScript: whether the report has to name the message, since a script's user does not see which one it is.
    ///   - requested: the span before which the server asked not to try again.
    mutating func refused(
        _ id: UploadID, _ code: WireError.Code?, _ message: String, isScript: Bool, at now: Instant,
        pause requested: Duration = .zero
    ) -> Refused {
        if code == .unknown || code == .unavailable || code == .busy {
            return postpone(id, mayBeStored: code == .unknown, at: now, pause: requested)
        }
        guard let outgoing = remove(id) else { return .dropped([]) }
        guard outgoing.recipients.isEmpty || isScript else { return .dropped([.show(.privateRefusal, message)]) }
        return .dropped([.refuse("not sent: \(message): \(outgoing.line)", ChatExit(refusal: code))])
    }

    /// Removes a message that the server has accepted or refused for good.
    private mutating func remove(_ id: UploadID) -> Outgoing? {
        guard let first = messages.first, first.id == id else { return nil }
        isSending = false
        failures = 0
        return messages.removeFirst()
    }

    /// Schedules another attempt after a growing pause; it has the same id, so that the server stores the message only
    /// once.
    private mutating func postpone(
        _ id: UploadID, mayBeStored: Bool, at now: Instant, pause requested: Duration
    ) -> Refused {
        guard let first = messages.first, first.id == id else { return .dropped([]) }
        if mayBeStored { messages[0].mayBeStored = true }
        isSending = false
        let pause = min(ChatLimits.firstPause * (1 << min(failures, 16)), ChatLimits.longestPause)
        resendAt = now + max(pause, requested)
        failures += 1
        return .postponed(failures - 1)
    }

    mutating func timePassed(at now: Instant) {
        if let resendAt, now >= resendAt { self.resendAt = nil }
    }

    /// Notes that the connection is lost: the message in flight may or may not be stored.
    mutating func connectionBroke() {
        if isSending { messages[0].mayBeStored = true }
        isSending = false
        resendAt = nil
    }

    /// Drops all messages, and reports each of them.
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
                mayBeStored ? "it is unknown whether this was stored: \(outgoing.line)" : "not sent: \(outgoing.line)")
        }
    }
}
