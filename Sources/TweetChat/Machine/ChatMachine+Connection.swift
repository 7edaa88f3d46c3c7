import TweetClient
import TweetModel
import TweetWire

/// Connecting, breaking and trying again.
extension ChatMachine {
    mutating func connect() {
        actions.append(.connect(until: connection.connect(at: now)))
    }

    mutating func connected() {
        guard connection.isConnecting else { return }
        connection.connected()
        requests = RequestQueue(connectedAt: now)
        // A server does not wait long for a connection's first line; a person may take long to give a name.
        request(.ping, .ping)
        beginSignIn()
    }

    mutating func connectFailed(_ failure: ConnectFailure) {
        guard connection.isConnecting else { return }
        if let exit = connection.failed(failure, isSignedIn: signIn.identity != nil, at: now) {
            quit(exit, failure.text)
        }
    }

    /// The connection has ended or cannot be used any more.
    ///
    /// - Parameter namesServer: whether the reason says which server it is.
    mutating func broken(_ reason: String, namesServer: Bool = false) {
        guard isConnected else { return }
        if isLeaving { return finish() }
        let wasHere = isHere
        guard connection.broke(at: now) else {
            return quit(.unreachable, "the server \(start.server) cannot be used: \(reason)")
        }
        actions.append(.disconnect)
        for request in requests.removeAll() { giveUp(request) }
        signIn.connectionBroke()
        outbox.connectionBroke()
        // Requests under way at the end get their time again, unless the server accepts connections and never answers.
        if wasHere { lines.restartWait(at: now) }
        let subject = namesServer ? "the connection" : "the connection to \(start.server)"
        fail("\(subject) is lost: \(reason); trying again")
        if lines.waitForServerSince != nil, connection.isHopelessAtEnd { finish() }
    }

    /// Says what a break leaves open; what was said to others is sent again, and so is the sign-in.
    private mutating func giveUp(_ request: PendingRequest) {
        switch request {
        case .changePassword:
            fail("whether the password was changed is not known")
            questions.endWaiting()
        case .signUp, .logIn: perform(signIn.answerLost(request))
        case let request:
            guard let line = request.line else { return }
            refuse("the server's answer to \(line) was lost", .unreachable)
        }
    }

    mutating func notUnderstood(_ reason: String) {
        if !connection.hasBeenHere {
            quit(.notUnderstood, reason)
        } else {
            broken(reason, namesServer: true)
        }
    }

    // MARK: Leaving

    /// Ends the chat once what is under way has its answers; a second time at once.
    mutating func leave() {
        questions.ask(nil)
        guard isHere else { return finish() }
        connection.leave(at: now)
        sendWaiting()
    }

    /// Sends what waits, one message after the other, and says goodbye behind the last one.
    mutating func sendWaiting() {
        guard isHere || isLeaving else { return }
        if let outgoing = outbox.next() {
            if isLeaving { connection.leave(at: now) }
            request(outgoing.request, .outgoing(outgoing.id))
        }
        if isLeaving, outbox.isAtRest, !requests.hasLeave { request(.leave, .leave) }
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

    /// Leaves when a script has said all, and all of it is answered.
    mutating func leaveAtEnd() {
        guard lines.haveEnded, !lines.hasHeld, !connection.isOver, !isLeaving else { return }
        if questions.current != nil || !start.holdsLines { return leave() }
        if isHere, outbox.isEmpty, requests.isEmpty { leave() }
    }
}
