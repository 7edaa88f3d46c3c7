import TweetClient
import TweetModel
import TweetWire

/// The name or the account that one has or wants, over as many connections as it takes.
struct SignIn: Sendable {
    enum Identity: Hashable, Sendable {
        case guest(Name)
        case account(Credentials)

        var name: Name {
            switch self {
            case .guest(let name): name
            case .account(let credentials): credentials.name
            }
        }
    }

    /// The server's agreement to an identity.
    struct Agreement: Hashable, Sendable {
        let identity: Identity
        /// The name as the server spells it; nil where it does not say.
        let spelled: String?
        /// How many private messages wait.
        let waiting: Int?
        /// Whether it is an account that was made just now.
        var isNew = false
    }

    /// Whether there is somebody who can be asked.
    private let canAsk: Bool
    private let resume: ResumeSecret
    /// Nil until the server has first accepted a name.
    private(set) var identity: Identity?
    /// The name as the server spells it.
    private(set) var name: String?
    /// The wanted name, until the server has accepted it, and the password for it, if it has one.
    private var wanted: Name?
    private var wantedPassword: Password?
    /// How often in a row the server was too busy to sign in, and when it is asked again.
    private var retries = 0
    private(set) var retryAt: UInt64?
    /// The agreement to a guest's name that this connection has got, while a log-in that was sent behind it has no answer
    /// yet.
    private(set) var granted: Agreement?

    init(_ start: ChatStart) {
        canAsk = start.canAsk
        resume = start.resume
        wanted = start.name
        wantedPassword = start.password
    }

    var hasAccount: Bool { if case .account = identity { true } else { false } }
    /// The question at the start: a name that is typed ahead is one.
    var firstQuestion: Question? { canAsk ? wanted.map { .signingIn($0) } ?? .name : nil }

    // MARK: Asking the server

    /// Asks for the name or the account that one had or wants.
    ///
    /// - Parameter question: the one that somebody is asked already.
    mutating func begin(_ question: Question?) -> [ChatStep] {
        switch identity {
        case .guest(let name): return [.request(.takeName(name, resume: resume), .name(name))]
        case .account(let credentials): return [.request(.logIn(credentials), .logIn(credentials))]
        case nil:
            if let question, !question.isWaiting { return [] }
            guard let wanted else { return [.ask(.name)] }
            return wantedPassword.map { logIn(Credentials(name: wanted, password: $0)) } ?? take(wanted)
        }
    }

    /// A person wants a name.
    ///
    /// - Parameter isSigningIn: whether there is a connection to ask for it.
    mutating func want(_ name: Name, isSigningIn: Bool) -> [ChatStep] {
        if isSigningIn { return take(name) }
        wanted = name
        return [.ask(.signingIn(name)), .note("the name is taken as soon as there is a connection")]
    }

    private mutating func take(_ name: Name) -> [ChatStep] {
        wanted = name
        wantedPassword = nil
        let wait = waitingQuestion(name)
        if name.isReserved {
            return wait + refuseName("\(name.string) is taken: the server speaks under it", .notPermitted)
        }
        return wait + [.request(.takeName(name, resume: resume), .name(name))]
    }

    mutating func logIn(_ credentials: Credentials) -> [ChatStep] {
        // This log-in decides the name that is used next, so the retry of an earlier one is dropped.
        retryAt = nil
        if identity == nil {
            wanted = credentials.name
            wantedPassword = credentials.password
        }
        return waitingQuestion(credentials.name) + [.request(.logIn(credentials), .logIn(credentials))]
    }

    mutating func signUp(_ credentials: Credentials) -> [ChatStep] {
        retryAt = nil
        return waitingQuestion(credentials.name) + [.request(.signUp(credentials), .signUp(credentials))]
    }

    private func waitingQuestion(_ name: Name) -> [ChatStep] { [.ask(canAsk ? .signingIn(name) : nil)] }

    // MARK: Agreed

    /// Keeps the agreement to a name until the log-in behind it is answered: whatever is sent now would be said by whom
    /// that names.
    mutating func grant(_ agreement: Agreement) {
        granted = Agreement(
            identity: .guest(agreement.identity.name), spelled: agreement.spelled, waiting: agreement.waiting)
    }

    /// The server has agreed.
    ///
    /// - Returns: whether it is another name than before.
    mutating func accept(_ agreement: Agreement) -> Bool {
        defer {
            identity = agreement.identity
            name = (agreement.spelled ?? agreement.identity.name.string).harmlessName
        }
        granted = nil
        retries = 0
        retryAt = nil
        return identity?.name != agreement.identity.name
    }

    mutating func passwordChanged(to password: Password) {
        guard case .account(let credentials) = identity else { return }
        identity = .account(Credentials(name: credentials.name, password: password))
    }

    // MARK: Refused

    /// The server has not agreed to a sign-in.
    mutating func refused(
        _ purpose: PendingRequest, _ code: WireError.Code?, _ message: String, at now: UInt64
    ) -> [ChatStep] {
        switch (code, purpose) {
        case (.busy, _), (.unavailable, _): return retry(at: now)
        // The connection that broke does not hold it: the secret proves whose it is.
        case (.nameTaken, .name(let name)): return [.request(.directory(.one(name)), .owner(of: name))]
        case (.wrongPassword, .logIn(let credentials)):
            guard canAsk else { return [.quit(.notPermitted, message)] }
            // One that held before may have been changed by another connection.
            return forget() + [.askRefused(.password(credentials.name), message)]
        case (.badPassword, .signUp(let credentials)) where canAsk:
            return [.askRefused(.newPassword(credentials.name), message)]
        default: return refuseName(message, ChatExit(refusal: code))
        }
    }

    /// A log-in or a sign-up of somebody who is here was refused: the name that one has stays.
    static func accountRefused(_ purpose: PendingRequest, _ code: WireError.Code?, _ message: String) -> [ChatStep] {
        switch purpose {
        case .logIn(let credentials): [.askRefused(.password(credentials.name), message)]
        case .signUp(let credentials) where code == .badPassword: [.askRefused(.newPassword(credentials.name), message)]
        default: [.endWaiting, .fail(message)]
        }
    }

    /// Tells whose the name is that is taken: an account's owner can log in.
    ///
    /// - Parameters:
    ///   - person: none for a hidden one, of whom nobody is told.
    ///   - isTypingPassword: whether somebody is asked for another password now.
    mutating func ownerAnswered(_ name: Name, _ person: WirePerson?, isTypingPassword: Bool) -> [ChatStep] {
        let isGuests = person.map { !$0.hasAccount } ?? false
        if isGuests || isTypingPassword || !canAsk {
            let whose =
                isGuests
                ? "somebody else has it"
                : isTypingPassword ? "it is an account's" : "it is an account's, and there is no password"
            // A script may have written the password that nobody has asked it for.
            return (!isGuests && !canAsk ? [.countUnsent] : [])
                + refuseName("the name \(name.string) is taken: \(whose)", .notPermitted)
        }
        let text = "the name \(name.string) is taken; its password logs in, no password asks for another name"
        return forget() + [.note(text), .ask(.password(name))]
    }

    /// Says why, and asks for another name.
    private mutating func refuseName(_ reason: String, _ exit: ChatExit) -> [ChatStep] {
        guard canAsk else { return [.quit(exit, reason)] }
        return [.fail(reason)] + forget() + [.askUnlessPassword(.name)]
    }

    private mutating func forget() -> [ChatStep] {
        defer {
            identity = nil
            name = nil
            wanted = nil
            wantedPassword = nil
            retries = 0
        }
        return identity == nil ? [] : [.dropMessages]
    }

    private mutating func retry(at now: UInt64) -> [ChatStep] {
        retries += 1
        let trouble: [ChatStep] = retries == 3 ? [.trouble("the server is busy; trying again")] : []
        guard retries <= ChatLimits.signInRetries else {
            return trouble + refuseName("the server does not give a name now", .unreachable)
        }
        retryAt = now + ChatLimits.signInRetry
        return trouble
    }

    // MARK: Breaks and time

    mutating func connectionBroke() {
        retryAt = nil
        granted = nil
    }

    /// Says what a break leaves open of a sign-in; whoever has a name signs in again.
    func answerLost(_ purpose: PendingRequest) -> [ChatStep] {
        switch purpose {
        case .signUp(let credentials):
            return [.fail("whether there is an account \(credentials.name.string) now is not known"), .endWaiting]
        case .logIn(let credentials):
            guard let identity, identity != .account(credentials) else { return [] }
            return [.askRefused(.password(credentials.name), "the server's answer was lost")]
        default: return []
        }
    }

    /// - Returns: whether the server is to be asked once more.
    mutating func timePassed(at now: UInt64) -> Bool {
        guard let retryAt, now >= retryAt else { return false }
        self.retryAt = nil
        return true
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
