import TweetClient
import TweetModel
import TweetWire

/// From a connection to being here: a name or an account, again after each break.
extension ChatMachine {
    /// Asks for the name or the account that one had or wants.
    mutating func signIn() {
        switch identity {
        case .guest(let name): request(.takeName(name, resume: start.resume), .name(name))
        case .account(let credentials): request(.logIn(credentials), .logIn(credentials))
        case nil:
            // Somebody is being asked already.
            if let question, !question.isWaiting { return }
            guard let wanted else {
                question = .name
                return
            }
            if let wantedPassword {
                logIn(Credentials(name: wanted, password: wantedPassword))
            } else {
                take(wanted)
            }
        }
    }

    mutating func take(_ name: Name) {
        question = start.canAsk ? .signingIn(name) : nil
        wanted = name
        wantedPassword = nil
        if name.isReserved {
            refuseName("\(name.string) is taken: the server speaks under it", .notPermitted)
        } else {
            request(.takeName(name, resume: start.resume), .name(name))
        }
    }

    mutating func logIn(_ credentials: Credentials) {
        question = start.canAsk ? .signingIn(credentials.name) : nil
        // This log-in decides the name that is used next, so the retry of an earlier one is dropped.
        retryAt = nil
        if identity == nil {
            wanted = credentials.name
            wantedPassword = credentials.password
        }
        request(.logIn(credentials), .logIn(credentials))
    }

    /// The server has agreed to a name.
    ///
    /// - Parameter isNew: whether it is an account that was made of the name.
    mutating func signedIn(as identity: Identity, named name: String, pending count: Int?, isNew: Bool = false) {
        if isLeaving { return }
        if !isHere, requests.hasSignIn {
            // A log-in is behind it already: whatever is sent now would be said by whom that names.
            granted = (identity.name, name, count)
            return
        }
        granted = nil
        // The messages of one name are not sent under another.
        if let former = self.identity, former.name != identity.name {
            perform(outbox.dropAll())
        }
        // A guest who was hidden stays so with an account of the same person's.
        if case .account(let credentials) = identity, self.identity?.name != credentials.name, !isNew {
            presence.loggedIn()
        }
        self.identity = identity
        signInRetries = 0
        retryAt = nil
        // Somebody may be in the middle of a password, which the next line then is.
        if question?.asksPassword != true { question = nil }
        spelledName = name.harmlessName
        let waiting = reader.signedIn(waiting: count ?? 0)
        if isHere {
            // The connection has another name now, which has to join as well where the server does not see to it.
            request(.join, .ping)
            request(.directory(.here), .roster)
            note("you are \(spelledName ?? "") now")
        } else {
            enter()
        }
        perform(waiting)
    }

    private mutating func enter() {
        let (isAgain, hadTrouble) = (connection.hasBeenHere, connection.hasTrouble)
        connection.enter(at: now)
        perform(presence.join(isGuest: !hasAccount))
        request(.directory(.here), .roster)
        perform(reader.followAll())
        show(
            hadTrouble ? .connection : .note,
            "\(isAgain ? "connected again" : "connected") to \(start.server) as \(spelledName ?? "")")
    }

    // MARK: Refusals

    /// The server has not agreed.
    mutating func signInRefused(_ purpose: PendingRequest, _ code: WireError.Code?, _ message: String) {
        if isLeaving { return }
        if isHere { return accountRefused(purpose, code, message) }
        if let (name, named, count) = granted {
            // The name that it had before holds.
            signedIn(as: .guest(name), named: named, pending: count)
            return accountRefused(purpose, code, message)
        }
        switch (code, purpose) {
        case (.busy, _), (.unavailable, _): retrySignIn()
        // The connection that broke does not hold it: the secret proves whose it is.
        case (.nameTaken, .name(let name)): request(.directory(.one(name)), .owner(of: name))
        case (.wrongPassword, .logIn(let credentials)):
            guard start.canAsk else { return quit(.notPermitted, message) }
            // One that held before may have been changed by another connection.
            forget()
            askRefused(.password(credentials.name), message)
        case (.badPassword, .signUp(let credentials)) where start.canAsk:
            askRefused(.newPassword(credentials.name), message)
        default: refuseName(message, ChatExit(refusal: code))
        }
    }

    /// A log-in or a sign-up of somebody who is here was refused: the name that one has stays.
    private mutating func accountRefused(_ purpose: PendingRequest, _ code: WireError.Code?, _ message: String) {
        switch purpose {
        case .logIn(let credentials): askRefused(.password(credentials.name), message)
        case .signUp(let credentials) where code == .badPassword:
            askRefused(.newPassword(credentials.name), message)
        default:
            endWaiting()
            fail(message)
        }
    }

    /// The server has refused to change the password.
    mutating func changeRefused(_ change: PasswordChange, _ code: WireError.Code?, _ message: String) {
        switch code {
        case .wrongPassword: askRefused(.oldPassword, message)
        case .badPassword: askRefused(.changedPassword(old: change.old), message)
        default:
            endWaiting()
            fail(message)
        }
    }

    /// Tells whose the name is that is taken: an account's owner can log in.
    ///
    /// - Parameter person: none for a hidden one, of whom nobody is told.
    mutating func ownerAnswered(_ name: Name, _ person: WirePerson?) {
        // A log-in that is on its way tells who it is now.
        if requests.hasSignIn { return }
        let isGuests = person.map { !$0.hasAccount } ?? false
        let isAsked = question?.asksPassword == true
        if isGuests || isAsked || !start.canAsk {
            let whose =
                isGuests
                ? "somebody else has it"
                : isAsked ? "it is an account's" : "it is an account's, and there is no password"
            // A script may have written the password that nobody has asked it for.
            if !isGuests, !start.canAsk { lines.countUnsent() }
            return refuseName("the name \(name.string) is taken: \(whose)", .notPermitted)
        }
        forget()
        note("the name \(name.string) is taken; its password logs in, no password asks for another name")
        question = .password(name)
    }

    /// Says why, and asks for another name.
    mutating func refuseName(_ reason: String, _ exit: ChatExit) {
        guard start.canAsk else { return quit(exit, reason) }
        fail(reason)
        forget()
        askNext(.name)
    }

    /// Asks, unless somebody is in the middle of a password: what comes of that asks again.
    private mutating func askNext(_ next: Question) {
        if question?.asksPassword != true { question = next }
    }

    private mutating func forget() {
        if identity != nil { dropMessages() }
        identity = nil
        wanted = nil
        wantedPassword = nil
        signInRetries = 0
        spelledName = nil
    }

    private mutating func retrySignIn() {
        signInRetries += 1
        if signInRetries == 3 {
            connection.noteTrouble()
            show(.connection, "the server is busy; trying again")
        }
        guard signInRetries <= ChatLimits.signInRetries else {
            return refuseName("the server does not give a name now", .unreachable)
        }
        retryAt = now + ChatLimits.signInRetry
    }
}

extension ChatExit {
    /// For an error that ends the sign-in: the one-shot client's number, where the chat has it.
    init(refusal code: WireError.Code?) {
        // What is wrong with a name's body is the name.
        let known = code.map { ExitCode(wireCode: $0.rawValue, isUpload: true) }
        self = known.flatMap { ChatExit(rawValue: $0.rawValue) } ?? .notUnderstood
    }
}
