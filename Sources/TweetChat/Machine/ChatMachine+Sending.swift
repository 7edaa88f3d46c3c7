import TweetModel
import TweetWire

/// The messages that a person or a script sends.
extension ChatMachine {
    /// Sends a message after the earlier ones are stored.
    mutating func send(_ text: TweetText, to recipients: [Name], _ line: String) {
        guard signIn.identity != nil else {
            return refuse("not sent, because you have no name yet: \(line)", .notPermitted)
        }
        guard outbox.hasRoom else {
            return refuse("not sent: \(outbox.count) messages already wait for the server", .unreachable)
        }
        perform(outbox.append(text, to: recipients))
        perform(outbox.noteWait(1, isHere: isHere))
    }

    /// Sends the lines of a paste: all of them or none.
    mutating func pasted(_ texts: [TweetText]) {
        if isEnding { return fail(Self.dropped) }
        guard !texts.contains(where: { passwords.areIn($0.string) }) else { return fail(TypedPasswords.refusal) }
        guard signIn.identity != nil, questions.current == nil else { return fail("not sent: you have no name yet") }
        guard outbox.hasRoom(forPasteOf: texts.count) else {
            return fail("not sent: \(outbox.count) messages already wait for the server")
        }
        for text in texts { perform(outbox.append(text, to: [])) }
        if !texts.isEmpty { perform(outbox.noteWait(texts.count, isHere: isHere)) }
    }

    /// Sends the waiting messages one after the other, and says goodbye after the last one.
    mutating func sendWaiting() {
        guard isHere || isLeaving else { return }
        if let outgoing = outbox.next() {
            if isLeaving { connection.leave(at: now) }
            request(outgoing.request, .outgoing(outgoing.id))
        }
        if isLeaving, outbox.isAtRest, !requests.hasLeave { request(.leave, .leave) }
    }

    mutating func notSent(_ id: UploadID, _ code: WireError.Code?, _ message: String) {
        switch outbox.refused(id, code, message, isScript: start.holdsLines, at: now, pause: requestedPause) {
        case .dropped(let steps): perform(steps)
        case .postponed(let times):
            guard !isLeaving, times == 0 else { return }
            // At the end of the input, the first refusal restarts the wait: earlier messages may have taken long.
            lines.restartWait(at: now)
            let end = returnAdvice(isTriedAgain: !waitsInVain)
            fail("the server says: \(message)\(end)")
        }
    }

    /// Reports the unsent messages and drops them: the name that they were typed under is lost, or the run ends.
    mutating func dropMessages() {
        perform(outbox.dropAll())
        perform(lines.dropHeld())
    }
}
