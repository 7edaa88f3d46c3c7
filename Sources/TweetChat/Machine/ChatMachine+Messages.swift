import TweetModel
import TweetWire

/// The messages of a person or a script on their way to the others.
extension ChatMachine {
    /// Says a message once those before it are stored.
    mutating func send(_ text: TweetText, to recipients: [Name], _ line: String) {
        guard identity != nil else { return refuse("not sent, since a name comes first: \(line)", .notPermitted) }
        guard outbox.count < ChatLimits.outboxMessages else {
            return refuse("not sent: \(outbox.count) messages wait for the server already", .unreachable)
        }
        enqueue(text, to: recipients)
        noteWait(1)
    }

    /// Says the lines of a paste: all of them or none.
    mutating func pasted(_ texts: [TweetText]) {
        if isEnding { return fail(Self.dropped) }
        guard !texts.contains(where: { isSecret($0.string) }) else { return fail(Self.secretRefusal) }
        guard identity != nil, question == nil else { return fail("not sent: a name comes first") }
        guard outbox.count + texts.count <= ChatLimits.outboxMessagesWithPaste else {
            return fail("not sent: \(outbox.count) messages wait for the server already")
        }
        for text in texts { enqueue(text, to: []) }
        if !texts.isEmpty { noteWait(texts.count) }
    }

    private mutating func enqueue(_ text: TweetText, to recipients: [Name]) {
        lastID += 1
        guard let id = UploadID("\(start.idPrefix)-\(lastID)") else {
            return refuse("not sent, since there is no id for it: \(text.string)", .refused)
        }
        outbox.append(Outgoing(id: id, text: text, recipients: recipients))
    }

    private mutating func noteWait(_ count: Int) {
        let what = count == 1 ? "it is" : "they are"
        if !isHere {
            note("\(what) sent as soon as there is a connection")
        } else if outbox.resendAt != nil {
            note("\(what) sent as soon as the server can store \(count == 1 ? "it" : "them")")
        }
    }

    // MARK: Answers

    /// The server has stored a message.
    mutating func sent(_ id: UploadID, _ item: Answer.Item) {
        // A message to all comes back with the feed.
        guard let outgoing = outbox.remove(id), !outgoing.recipients.isEmpty else { return }
        var time: Timestamp?
        if case .message(let message) = item { time = message.time }
        show(.sentMessage(to: outgoing.recipients.map(\.string)), outgoing.text.string, time: time)
    }

    mutating func notSent(_ id: UploadID, _ code: WireError.Code?, _ message: String) {
        if code == .unknown || code == .unavailable || code == .busy {
            return postpone(id, mayBeStored: code == .unknown, message)
        }
        guard let outgoing = outbox.remove(id) else { return }
        if outgoing.recipients.isEmpty || start.holdsLines {
            refuse("not sent: \(message): \(outgoing.line)", ChatExit(refusal: code))
        } else {
            show(.privateRefusal, message)
        }
    }

    /// Only a second try tells; it has the same id, and is not made at once, to be refused again.
    private mutating func postpone(_ id: UploadID, mayBeStored: Bool, _ reason: String) {
        let failures = outbox.postpone(id, mayBeStored: mayBeStored, at: now, pause: Reconnection.pause)
        guard let failures, !isLeaving else { return }
        if waitsForServerSince != nil, failures >= ChatLimits.triesAtEnd { return leave() }
        if failures == 0 { fail("the server says: \(reason); trying again") }
    }

    // MARK: Giving up

    /// Reports the messages that were not sent and drops them: the name that they were typed under is lost, or the run
    /// ends.
    mutating func dropMessages() {
        dropOutbox()
        dropHeld()
    }

    mutating func dropOutbox() {
        for (outgoing, mayBeStored) in outbox.removeAll() {
            fail(mayBeStored ? "whether it was stored is not known: \(outgoing.line)" : "not sent: \(outgoing.line)")
        }
    }

    mutating func dropHeld() {
        for line in held where !line.isEmpty { reportUnsent(line) }
        held = []
    }

    /// Says that a script's line is not sent, unless it may be a password.
    mutating func reportUnsent(_ line: String) {
        if let text = unsent.take(line) { fail(text) }
    }

    // MARK: Secrets

    static let secretRefusal = "not sent: this line was typed as a password before"

    /// Remembers a line that was typed for a hidden prompt, without the spaces around it, which are no part of a message.
    mutating func rememberSecret(_ line: String) {
        guard let password = Password(line.withoutSpacesAround) ?? Password(line), !secrets.contains(password) else {
            return
        }
        secrets.append(password)
        if secrets.count > ChatLimits.secrets { secrets.removeFirst() }
    }

    /// Whether a line that would be seen is a password, or a command with nothing else behind its first words
    /// (`@NAME TEXT`, `/msg NAME TEXT`): somebody has not noticed that another one was not asked for.
    func isSecret(_ line: String) -> Bool {
        if isPassword(line) { return true }
        var rest = line.withoutSpacesAround
        if isPassword(rest) { return true }
        guard let first = rest.first, "/@!".contains(first) else { return false }
        for _ in 0..<2 {
            guard let space = rest.firstIndex(where: \.isWhitespace) else { return false }
            rest = String(rest[space...]).withoutSpacesAround
            if isPassword(rest) { return true }
        }
        return false
    }

    private func isPassword(_ text: String) -> Bool { secrets.contains { $0.string == text } }
}

extension String {
    fileprivate var withoutSpacesAround: String {
        let rest = drop(while: \.isWhitespace)
        return String(rest[..<(rest.lastIndex { !$0.isWhitespace }.map { rest.index(after: $0) } ?? rest.startIndex)])
    }
}
