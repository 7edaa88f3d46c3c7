import TweetModel
import TweetWire

/// The question that the next line answers: a refused password is asked for again, hidden, until an empty line gives
/// up.
struct Questions: Sendable {
    /// The state that decides how an answer is handled.
    struct Situation {
        /// Whether a person can be asked questions.
        let canAsk: Bool
        /// Whether the run started with a password.
        let hasPassword: Bool
        /// The accepted name; nil until there is one.
        let name: String?
        let hasAccount: Bool
        let isConnected: Bool
        let isHere: Bool
    }

    private(set) var current: Question?
    /// See ``ChatView/typeAheadResets``.
    private(set) var typeAheadResets = 0

    /// Whether the person may be typing a password, so that the next line is one.
    var asksPassword: Bool { current?.asksPassword == true }

    // MARK: Asking

    /// Asks a question; nil asks nothing any more.
    mutating func ask(_ next: Question?) { current = next }

    /// Asks, unless the person may be typing a password: the result of that asks again.
    mutating func askUnlessPassword(_ next: Question?) { if !asksPassword { current = next } }

    /// Ends the wait for the server.
    mutating func endWaiting() { if current?.isWaiting == true { current = nil } }

    /// Tells the front to drop its type-ahead, which was typed for something else.
    mutating func dropTypeAhead() { typeAheadResets += 1 }

    /// Asks for a password that a command needs.
    ///
    /// - Returns: the reason if it cannot be asked for; nil if it is.
    mutating func askPassword(_ next: Question, _ situation: Situation) -> (reason: String, exit: ChatExit)? {
        if !situation.canAsk {
            // A script that has a password logs in with it at its start.
            let reason =
                situation.hasPassword
                ? "the chat cannot ask for a password here" : "there is no password: TTWEET_PASSWORD is not set"
            return (reason, .notPermitted)
        }
        if situation.name != nil, !situation.isConnected { return ("there is no connection now", .unreachable) }
        if next == .oldPassword {
            if !situation.hasAccount {
                return ("there is no password to change: you have no account", .notPermitted)
            }
        } else if situation.hasAccount {
            return ("you are logged in as \(situation.name ?? "")", .notPermitted)
        }
        current = next
        return nil
    }

    /// Drops the password that may already be typed after a command that did not ask for it.
    ///
    /// A person may type it without noticing the refusal: everything already typed is dropped, and later lines are
    /// hidden and dropped until an empty one.
    mutating func awaitNoPassword() {
        dropTypeAhead()
        current = .noPassword
    }

    // MARK: Answers

    mutating func answer(_ line: String, _ situation: Situation) -> [ChatStep] {
        guard let question = current else { return [] }
        switch question {
        case .noPassword: return answerNoPassword(line, situation)
        case .signingIn, .changingPassword: return answerWhileWaiting(line)
        case .name: return answerName(line)
        case .password(let name):
            guard !line.isEmpty else { return cancel(situation) }
            guard let password = Password(line) else {
                return askAgain(question, WireError.wrongPassword.message, situation)
            }
            guard situation.isConnected || situation.name == nil else {
                return askAgain(question, "there is no connection now", situation)
            }
            return [.logIn(Credentials(name: name, password: password))]
        case .newPassword(let name):
            return answerNew(line, question, situation) { .newPasswordAgain(name, $0) }
        case .newPasswordAgain(let name, let password):
            if let steps = refuseOther(line, than: password, .newPassword(name), situation) { return steps }
            guard situation.isConnected else {
                return askAgain(.newPassword(name), "there is no connection now", situation)
            }
            return [.signUp(Credentials(name: name, password: password))]
        case .oldPassword:
            guard !line.isEmpty else { return cancel(situation) }
            guard let old = Password(line) else {
                return askAgain(question, WireError.wrongPassword.message, situation)
            }
            current = .changedPassword(old: old)
            return []
        case .changedPassword(let old):
            return answerNew(line, question, situation) { .changedPasswordAgain(old: old, new: $0) }
        case .changedPasswordAgain(let old, let new):
            if let steps = refuseOther(line, than: new, .changedPassword(old: old), situation) { return steps }
            return change(PasswordChange(old: old, new: new), situation)
        }
    }

    private mutating func answerName(_ line: String) -> [ChatStep] {
        if let name = Name(line) { return [.wantName(name)] }
        return line.isEmpty ? [] : [.fail("a name is \(Name.rule), nothing else")]
    }

    /// Handles a line that is typed while the server is being asked: it may be a password typed too early, so it is
    /// dropped.
    private func answerWhileWaiting(_ line: String) -> [ChatStep] {
        // `/quit` and `!exit` are shorter than any password, so they still work.
        if case .some(.quit) = try? ChatCommand(line) { return [.leave] }
        if line.isEmpty { return [] }
        return [.fail("dropped: the chat takes no input until the server has answered")]
    }

    /// Handles a line after a password was not asked for: an empty line is no password, and shows that the person
    /// noticed.
    private mutating func answerNoPassword(_ line: String, _ situation: Situation) -> [ChatStep] {
        if line.isEmpty {
            current = situation.name == nil ? .name : nil
            return []
        }
        if case .some(.quit) = try? ChatCommand(line) { return [.leave] }
        return [.fail("dropped: it may be a password, but none is asked for; an empty line continues")]
    }

    /// Takes a new password, and asks for it again.
    private mutating func answerNew(
        _ line: String, _ question: Question, _ situation: Situation, then next: (Password) -> Question
    ) -> [ChatStep] {
        if line.isEmpty { return cancel(situation) }
        guard let password = Password(line) else { return askAgain(question, Password.rule, situation) }
        current = next(password)
        return []
    }

    /// Starts over if the two passwords differ; nil if they are the same.
    private mutating func refuseOther(
        _ line: String, than password: Password, _ question: Question, _ situation: Situation
    ) -> [ChatStep]? {
        if line.hasBytes(of: password.string) { return nil }
        return line.isEmpty ? cancel(situation) : askAgain(question, "the two passwords differ", situation)
    }

    private mutating func change(_ change: PasswordChange, _ situation: Situation) -> [ChatStep] {
        guard situation.isHere else {
            let reason = situation.isConnected ? "you have no name yet" : "there is no connection now"
            return askAgain(.oldPassword, reason, situation)
        }
        current = .changingPassword
        return [.request(.changePassword(change), .changePassword(change))]
    }

    // MARK: Refused

    /// Says why the server has refused a password and asks for it again, unless the person may be typing another one.
    mutating func askRefused(_ question: Question, _ reason: String, _ situation: Situation) -> [ChatStep] {
        asksPassword ? [.fail(reason)] : askAgain(question, reason, situation)
    }

    /// Handles the server's refusal to change the password.
    mutating func changeRefused(
        _ change: PasswordChange, _ code: WireError.Code?, _ message: String, _ situation: Situation
    ) -> [ChatStep] {
        switch code {
        case .wrongPassword: return askRefused(.oldPassword, message, situation)
        case .badPassword: return askRefused(.changedPassword(old: change.old), message, situation)
        default:
            endWaiting()
            return [.fail(message)]
        }
    }

    /// Says why, and asks for the password again: a person who retypes it without looking still types it hidden.
    private mutating func askAgain(_ question: Question, _ reason: String, _ situation: Situation) -> [ChatStep] {
        let way = situation.name == nil ? "or an empty line for another name" : "or an empty line to cancel"
        current = question
        return [.fail("\(reason); type the password again, \(way)")]
    }

    private mutating func cancel(_ situation: Situation) -> [ChatStep] {
        guard situation.name == nil else {
            current = nil
            return [.note("nothing was changed")]
        }
        current = .name
        return [.note("no password: the next line is a name, and is shown as you type it")]
    }
}
