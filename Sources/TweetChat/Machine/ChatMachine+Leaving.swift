import TweetClient
import TweetSystem

/// The end of a run: requests in flight are awaited, and unsent lines are named.
extension ChatMachine {
    /// Ends the chat once the requests in flight have their answers; the second call ends it at once.
    mutating func leave() {
        questions.ask(nil)
        guard isHere else { return finish() }
        connection.leave(at: now)
        sendWaiting()
    }

    /// Leaves once a script has been read to its end and all of it is answered.
    mutating func leaveAtEnd() {
        guard lines.haveEnded, !lines.hasHeld, !connection.isOver, !isLeaving else { return }
        if questions.current != nil || !start.holdsLines { return leave() }
        if isHere, outbox.isEmpty, requests.isEmpty { leave() }
    }

    /// Whether the server is to be asked again only after the run has given up.
    var waitsInVain: Bool {
        let again = isHere ? outbox.resendAt : signIn.retryAt
        return lines.waitOnlyForServer && again.map { $0 >= lines.limit } == true
    }

    /// Ends the run of a script that has been read to its end, if the server is to be asked again only after that.
    mutating func giveUpAtEnd() {
        if waitsInVain, !isLeaving, !connection.isOver { leave() }
    }

    /// The end of a report on a refusal: when it is tried again, or when a person should try again.
    func returnAdvice(isTriedAgain: Bool) -> String {
        guard isTriedAgain else { return ClientError.advice(onReturnAfter: returnSpan) }
        return "; trying again" + (requestedPause > .zero ? " in \(requestedPause.components.seconds) s" : "")
    }

    /// Ends the run, with a report on how many messages are not stored.
    mutating func finish() {
        let open = outbox.openCount
        let lost = outbox.count + lines.heldCount - open
        if open + lost == 0 { return quit(.done) }
        var reasons: [String] = []
        if lost > 0 { reasons.append(lost == 1 ? "a message was not sent" : "\(lost) messages were not sent") }
        if open > 0 {
            reasons.append(
                open == 1
                    ? "a message has no answer: it is unknown whether it was stored"
                    : "\(open) messages have no answer: it is unknown whether they were stored")
        }
        quit(open > 0 ? .timedOut : .unreachable, reasons.joined(separator: "; "))
    }

    /// Ends the run and names what was not sent.
    ///
    /// - Parameter reason: unescaped; whoever reports it has to escape it.
    mutating func quit(_ exit: ChatExit, _ reason: String? = nil) {
        dropMessages()
        if isConnected { actions.append(.disconnect) }
        connection.end()
        questions.ask(nil)
        actions.append(.quit(exit == .done ? lines.firstRefusal ?? .done : exit, reason))
    }

    /// Ends the run in the middle of an event, since nothing can be shown any more.
    ///
    /// - Parameter undone: the last event's actions that were not carried out: their requests are not in flight.
    /// - Returns: the actions to show: those among the undone ones, and the reports on unsent messages.
    mutating func abandon(_ undone: [Action]) -> [Action] {
        let sent = undone.contains { if case .send(let bytes) = $0 { outbox.isSending(bytes) } else { false } }
        if sent { outbox.takeBack() }
        return undone + handle(.stopped, at: moment)
    }

    /// Makes the reports at the end of the run on the lines that the machine never received.
    mutating func reports(ofUnsent lines: [String]) -> [String] {
        self.lines.reports(ofUnsent: lines)
    }
}
