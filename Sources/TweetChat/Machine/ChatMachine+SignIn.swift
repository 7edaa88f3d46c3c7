import TweetClient
import TweetModel
import TweetWire

/// Passes the results of the sign-in on to the other parts.
extension ChatMachine {
    /// Signs in with the current or the wanted name or account.
    mutating func beginSignIn() { perform(signIn.begin(questions.current)) }

    /// Handles the server's acceptance of a name.
    mutating func signedIn(_ agreement: SignIn.Agreement) {
        if isLeaving { return }
        if !isHere, requests.hasSignIn { return signIn.grant(agreement) }
        if signIn.accept(agreement) {
            // Messages typed under one name are not sent under another.
            perform(outbox.dropAll())
            // A hidden guest who creates an account from the name stays hidden.
            if signIn.hasAccount, !agreement.isNew { presence.loggedIn() }
        }
        // The person may be typing a password: the next line is still taken as one.
        questions.askUnlessPassword(nil)
        let waiting = reader.signedIn(waiting: agreement.waiting ?? 0)
        if isHere {
            // The connection has another name now, which also has to join unless the server does that itself.
            request(.join, .ping)
            request(.directory(.here), .roster)
            note("you are \(signIn.name ?? "") now")
        } else {
            enter()
        }
        perform(waiting)
    }

    private mutating func enter() {
        let (isAgain, hadTrouble) = (connection.hasBeenHere, connection.hasTrouble)
        connection.enter(at: now)
        perform(presence.join(isGuest: !signIn.hasAccount))
        request(.directory(.here), .roster)
        perform(reader.followAll())
        show(
            hadTrouble ? .connection : .note,
            "\(isAgain ? "connected again" : "connected") to \(start.server) as \(signIn.name ?? "")")
    }

    /// Handles a refused sign-in.
    mutating func signInRefused(_ purpose: PendingRequest, _ code: WireError.Code?, _ message: String) {
        if isLeaving { return }
        if !isHere {
            guard let granted = signIn.granted else {
                return perform(signIn.refused(purpose, code, message, at: now, pause: requestedPause))
            }
            // The name that the connection had before is still valid.
            signedIn(granted)
        }
        perform(SignIn.accountRefused(purpose, code, message + ClientError.advice(onReturnAfter: returnSpan)))
    }

    /// Handles the answer to whose account a taken name is.
    mutating func ownerAnswered(_ name: Name, _ person: WirePerson?) {
        // The answer to a log-in in flight decides the name.
        if requests.hasSignIn { return }
        perform(signIn.ownerAnswered(name, person, isTypingPassword: questions.asksPassword))
    }

    // MARK: Questions

    var situation: Questions.Situation {
        Questions.Situation(
            canAsk: start.canAsk, hasPassword: start.password != nil, name: signIn.name, hasAccount: signIn.hasAccount,
            isConnected: isConnected, isHere: isHere)
    }

    mutating func answer(_ line: String) {
        if let question = questions.current, question.isHidden, question != .noPassword { passwords.remember(line) }
        perform(questions.answer(line, situation))
    }

    /// Asks for a password that a command needs.
    mutating func askPassword(_ next: Question, _ word: ChatCommand.Word, _ line: String) {
        guard let refusal = questions.askPassword(next, situation) else { return }
        refuse(line, refusal.reason, refusal.exit)
        awaitNoPassword(behind: word)
    }

    /// Handles a password that may already be typed after a command that did not ask for it: a script ends, and its
    /// lines after the command are withheld.
    mutating func awaitNoPassword(behind word: ChatCommand.Word) {
        if start.canAsk { questions.awaitNoPassword() } else { lines.withhold(behind: word, at: now) }
    }
}
