import TweetClient
import TweetModel
import TweetWire

/// Connecting, losing the connection and retrying.
extension ChatMachine {
    mutating func connect() {
        actions.append(.connect(until: connection.connect(at: now)))
    }

    mutating func connected() {
        guard connection.isConnecting else { return }
        connection.connected()
        requests = RequestQueue(connectedAt: now)
        // A server does not wait long for the first line of a connection, but a person may take long to type a name.
        request(.ping, .ping)
        beginSignIn()
    }

    mutating func connectFailed(_ failure: ConnectFailure) {
        guard connection.isConnecting else { return }
        if let exit = connection.failed(
            failure, isSignedIn: signIn.identity != nil, at: now, until: lines.limit)
        {
            quit(exit, failure.text)
        }
    }

    /// Handles a connection that has ended or can no longer be used.
    ///
    /// - Parameter namesServer: whether the reason already names the server.
    mutating func broken(_ reason: String, namesServer: Bool = false) {
        guard isConnected else { return }
        if isLeaving { return finish() }
        // At the end of the input, a lost connection restarts the wait, unless the server accepts connections and never
        // answers.
        if isHere { lines.restartWait(at: now) }
        guard connection.broke(at: now, until: lines.limit, pause: requestedPause) else {
            let advice = ClientError.advice(onReturnAfter: returnSpan)
            return quit(.unreachable, "the server \(start.server) cannot be used: \(reason)\(advice)")
        }
        actions.append(.disconnect)
        for request in requests.removeAll() { giveUp(request) }
        signIn.connectionBroke()
        outbox.connectionBroke()
        let subject = namesServer ? "the connection" : "the connection to \(start.server)"
        fail("\(subject) is lost: \(reason)\(returnAdvice(isTriedAgain: true))")
        if lines.waitOnlyForServer, connection.isHopelessAtEnd { finish() }
    }

    /// Handles the server's refusal of the connection itself: retries it if the cause may pass.
    mutating func turnedAway(_ code: String, _ message: String) {
        let error = ClientError(refusal: code, message, isUpload: false)
        let lasts = code == WireError.Code.tlsNeeded.rawValue || !error.exitCode.passes && !connection.hasBeenHere
        guard lasts else { return broken("the server says: \(message)") }
        if isLeaving { return finish() }
        quit(ChatExit(rawValue: error.exitCode.rawValue) ?? .notUnderstood, error.text)
    }

    /// Reports a request whose answer is lost; messages and the sign-in are sent again instead.
    private mutating func giveUp(_ request: PendingRequest) {
        switch request {
        case .changePassword:
            fail("it is unknown whether the password was changed")
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
}
