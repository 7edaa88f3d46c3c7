/// The end of a run: what is under way is waited for, and what was not said is named.
extension ChatMachine {
    /// Ends the chat once what is under way has its answers; a second time at once.
    mutating func leave() {
        questions.ask(nil)
        guard isHere else { return finish() }
        connection.leave(at: now)
        sendWaiting()
    }

    /// Leaves when a script has said all, and all of it is answered.
    mutating func leaveAtEnd() {
        guard lines.haveEnded, !lines.hasHeld, !connection.isOver, !isLeaving else { return }
        if questions.current != nil || !start.holdsLines { return leave() }
        if isHere, outbox.isEmpty, requests.isEmpty { leave() }
    }

    /// Ends the run, with how much of what was typed is not stored.
    mutating func finish() {
        let open = outbox.openCount
        let lost = outbox.count + lines.heldCount - open
        if open + lost == 0 { return quit(.done) }
        var reasons: [String] = []
        if lost > 0 { reasons.append(lost == 1 ? "a message was not sent" : "\(lost) messages were not sent") }
        if open > 0 {
            reasons.append(
                (open == 1
                    ? "a message has no answer: whether it was" : "\(open) messages have no answer: whether they were")
                    + " stored is not known")
        }
        quit(open > 0 ? .timedOut : .unreachable, reasons.joined(separator: "; "))
    }

    /// Ends the run and names what was not said.
    ///
    /// - Parameter reason: from anywhere; whoever reports it makes it harmless.
    mutating func quit(_ exit: ChatExit, _ reason: String? = nil) {
        dropMessages()
        if isConnected { actions.append(.disconnect) }
        connection.end()
        questions.ask(nil)
        actions.append(.quit(exit == .done ? lines.firstRefusal ?? .done : exit, reason))
    }

    /// Ends the run in the middle of what it does, since nothing can be shown any more.
    ///
    /// - Parameter undone: the actions of the last event that were not done: what they send is not on its way.
    /// - Returns: what to show: those of them, and the words that have not reached the others.
    mutating func abandon(_ undone: [Action]) -> [Action] {
        let sent = undone.contains { if case .send(let bytes) = $0 { outbox.isSending(bytes) } else { false } }
        if sent { outbox.takeBack() }
        return undone + handle(.stopped, at: moment)
    }

    /// The reports on the lines that the machine was not given, at the end of the run.
    mutating func reports(ofUnsent lines: [String]) -> [String] {
        self.lines.reports(ofUnsent: lines)
    }
}
