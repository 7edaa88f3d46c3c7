import TweetModel
import TweetWire

/// Questions and their answers: a password that is refused is asked for again, hidden, until an empty line gives up.
extension ChatMachine {
    /// Asks for a password that a command wants.
    mutating func askPassword(_ next: Question, _ word: ChatCommand.Word, _ line: String) {
        let refusal: (reason: String, exit: ChatExit)?
        if !start.canAsk {
            // A script that has a password is logged in with it at its start.
            let reason =
                start.password == nil
                ? "there is no password: TTWEET_PASSWORD is not set" : "no password can be asked for here"
            refusal = (reason, .notPermitted)
        } else if identity != nil, !isConnected {
            refusal = ("there is no connection now", .unreachable)
        } else if next == .oldPassword {
            refusal = hasAccount ? nil : ("there is no password to change: you have no account", .notPermitted)
        } else {
            refusal = hasAccount ? ("you are logged in as \(spelledName ?? "")", .notPermitted) : nil
        }
        guard let refusal else {
            question = next
            return
        }
        refuse(line, refusal.reason, refusal.exit)
        awaitNoPassword(behind: word)
    }

    /// Takes care of the password that is perhaps typed behind a command that has not asked for it.
    ///
    /// A person may type it without a look at the refusal: what is typed already is dropped, and the lines that come
    /// later are hidden and dropped until an empty one. A script ends, without the lines behind the command.
    mutating func awaitNoPassword(behind word: ChatCommand.Word) {
        if start.canAsk {
            dropTypeAhead()
            question = .noPassword
        } else {
            lines.withhold(behind: word, at: now)
        }
    }

    mutating func answer(_ line: String) {
        guard let question else { return }
        if question.isHidden, question != .noPassword { passwords.remember(line) }
        switch question {
        case .noPassword: answerNoPassword(line)
        case .signingIn, .changingPassword: answerWhileWaiting(line)
        case .name: answerName(line)
        case .password(let name):
            guard !line.isEmpty else { return cancel() }
            guard let password = Password(line) else {
                return askAgain(question, WireError.wrongPassword.message)
            }
            guard isConnected || identity == nil else { return askAgain(question, "there is no connection now") }
            logIn(Credentials(name: name, password: password))
        case .newPassword(let name):
            guard let password = newPassword(line, for: question) else { return }
            self.question = .newPasswordAgain(name, password)
        case .newPasswordAgain(let name, let password):
            guard isSame(line, as: password, else: .newPassword(name)) else { return }
            signUp(Credentials(name: name, password: password))
        case .oldPassword:
            guard !line.isEmpty else { return cancel() }
            guard let old = Password(line) else { return askAgain(question, WireError.wrongPassword.message) }
            self.question = .changedPassword(old: old)
        case .changedPassword(let old):
            guard let new = newPassword(line, for: question) else { return }
            self.question = .changedPasswordAgain(old: old, new: new)
        case .changedPasswordAgain(let old, let new):
            guard isSame(line, as: new, else: .changedPassword(old: old)) else { return }
            guard isHere else {
                return askAgain(.oldPassword, isConnected ? "a name comes first" : "there is no connection now")
            }
            self.question = .changingPassword
            let change = PasswordChange(old: old, new: new)
            request(.changePassword(change), .changePassword(change))
        }
    }

    private mutating func answerName(_ line: String) {
        guard let name = Name(line) else {
            if !line.isEmpty { fail("a name is \(Name.rule), nothing else") }
            return
        }
        if connection.isSigningIn { return take(name) }
        wanted = name
        question = .signingIn(name)
        note("the name is taken as soon as there is a connection")
    }

    /// A line that is typed while the server is asked may be a password that was typed too early: none is taken.
    private mutating func answerWhileWaiting(_ line: String) {
        // `/quit` and `!exit` are shorter than any password, so they still work.
        if case .some(.quit) = try? ChatCommand(line) { return leave() }
        if !line.isEmpty { fail("dropped: the server has not answered yet, and nothing is taken until then") }
    }

    /// An empty line is no password, and says that somebody has seen that none is asked for.
    private mutating func answerNoPassword(_ line: String) {
        if line.isEmpty {
            question = identity == nil ? .name : nil
        } else if case .some(.quit) = try? ChatCommand(line) {
            leave()
        } else {
            fail("dropped: it may be a password, and none is asked for; an empty line goes on")
        }
    }

    private mutating func signUp(_ credentials: Credentials) {
        guard isConnected else { return askAgain(.newPassword(credentials.name), "there is no connection now") }
        retryAt = nil
        question = .signingIn(credentials.name)
        request(.signUp(credentials), .signUp(credentials))
    }

    /// A password to be; nil where it is none, and the question stands.
    private mutating func newPassword(_ line: String, for question: Question) -> Password? {
        guard !line.isEmpty else {
            cancel()
            return nil
        }
        if let password = Password(line) { return password }
        askAgain(question, Password.rule)
        return nil
    }

    private mutating func isSame(_ line: String, as password: Password, else question: Question) -> Bool {
        if line == password.string { return true }
        if line.isEmpty { cancel() } else { askAgain(question, "the two passwords differ") }
        return false
    }

    // MARK: Refused

    /// Says why the server has refused a password, and asks for it once more, unless a person is in the middle of
    /// another one.
    mutating func askRefused(_ question: Question, _ reason: String) {
        if self.question?.asksPassword == true { fail(reason) } else { askAgain(question, reason) }
    }

    /// Says why, and asks for the password once more: whoever types it again without looking types it hidden.
    private mutating func askAgain(_ question: Question, _ reason: String) {
        let way = identity == nil ? "an empty line asks for another name" : "an empty line leaves it"
        fail("\(reason); type the password again, \(way)")
        self.question = question
    }

    /// Nothing is waited for any more.
    mutating func endWaiting() {
        if question?.isWaiting == true { question = nil }
    }

    private mutating func cancel() {
        if identity == nil {
            question = .name
            note("no password: the next line is a name, and is shown as you type it")
        } else {
            question = nil
            note("nothing was changed")
        }
    }
}
