import TweetModel
import TweetWire

/// Routes what becomes of the sign-in to the parts that go on from there.
extension ChatMachine {
    /// Asks for the name or the account that one had or wants.
    mutating func beginSignIn() { perform(signIn.begin(questions.current)) }

    /// The server has agreed to a name.
    mutating func signedIn(_ agreement: SignIn.Agreement) {
        if isLeaving { return }
        if !isHere, requests.hasSignIn { return signIn.grant(agreement) }
        if signIn.accept(agreement) {
            // The messages of one name are not sent under another.
            perform(outbox.dropAll())
            // A guest who was hidden stays so with an account that is made of the name.
            if signIn.hasAccount, !agreement.isNew { presence.loggedIn() }
        }
        // Somebody may be in the middle of a password, which the next line then is.
        questions.askUnlessPassword(nil)
        let waiting = reader.signedIn(waiting: agreement.waiting ?? 0)
        if isHere {
            // The connection has another name now, which has to join as well where the server does not see to it.
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

    /// The server has not agreed.
    mutating func signInRefused(_ purpose: PendingRequest, _ code: WireError.Code?, _ message: String) {
        if isLeaving { return }
        if !isHere {
            guard let granted = signIn.granted else { return perform(signIn.refused(purpose, code, message, at: now)) }
            // The name that it had before holds.
            signedIn(granted)
        }
        perform(SignIn.accountRefused(purpose, code, message))
    }

    /// Whose a name is that is taken.
    mutating func ownerAnswered(_ name: Name, _ person: WirePerson?) {
        // A log-in that is on its way tells who it is now.
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

    /// Asks for a password that a command wants.
    mutating func askPassword(_ next: Question, _ word: ChatCommand.Word, _ line: String) {
        guard let refusal = questions.askPassword(next, situation) else { return }
        refuse(line, refusal.reason, refusal.exit)
        awaitNoPassword(behind: word)
    }

    /// Takes care of the password that is perhaps typed behind a command that has not asked for it: a script ends,
    /// without the lines behind the command.
    mutating func awaitNoPassword(behind word: ChatCommand.Word) {
        if start.canAsk { questions.awaitNoPassword() } else { lines.withhold(behind: word, at: now) }
    }
}
