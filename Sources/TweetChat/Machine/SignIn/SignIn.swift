import TweetClient
import TweetModel
import TweetSystem
import TweetWire

/// The current or the wanted name or account, across connections.
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

    /// The server's acceptance of an identity.
    struct Agreement: Hashable, Sendable {
        let identity: Identity
        /// The name as the server spells it; nil if the server does not say.
        let spelled: String?
        /// The number of unread private messages.
        let waiting: Int?
        /// Whether it is a new account.
        var isNew = false
    }

    /// Whether a person can be asked questions.
    private let canAsk: Bool
    private let resume: ResumeSecret
    /// The accepted identity; nil until the server has accepted a name.
    private(set) var identity: Identity?
    /// The name as the server spells it.
    private(set) var name: String?
    /// The wanted name until the server has accepted it, and its password, if it has one.
    private var wanted: Name?
    private var wantedPassword: Password?
    /// The number of consecutive sign-ins that a busy server has refused, and the time of the next attempt.
    private var retries = 0
    private(set) var retryAt: Instant?
    /// The acceptance of a guest's name on this connection, while a log-in sent after it has no answer yet.
    private(set) var granted: Agreement?

    init(_ start: ChatStart) {
        canAsk = start.canAsk
        resume = start.resume
        wanted = start.name
        wantedPassword = start.password
    }

    var hasAccount: Bool { if case .account = identity { true } else { false } }
    /// The question at the start, so that a line typed ahead counts as a name.
    var firstQuestion: Question? { canAsk ? wanted.map { .signingIn($0) } ?? .name : nil }

    // MARK: Asking the server

    /// Signs in with the current or the wanted name or account.
    ///
    /// - Parameter question: the question that the person is already being asked.
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

    /// Handles the wish of a person for a name.
    ///
    /// - Parameter isSigningIn: whether there is a connection to send the request on.
    mutating func want(_ name: Name, isSigningIn: Bool) -> [ChatStep] {
        if isSigningIn { return take(name) }
        wanted = name
        return [.ask(.signingIn(name)), .note("the chat takes the name as soon as it is connected")]
    }

    private mutating func take(_ name: Name) -> [ChatStep] {
        wanted = name
        wantedPassword = nil
        let wait = waitingQuestion(name)
        if name.isReserved {
            return wait + refuseName("\(name.string) is taken: it is the server's own name", .notPermitted)
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

    /// Keeps the acceptance of a name until the log-in after it is answered: only then is the author of what is sent
    /// now known.
    mutating func grant(_ agreement: Agreement) {
        granted = Agreement(
            identity: .guest(agreement.identity.name), spelled: agreement.spelled, waiting: agreement.waiting)
    }

    /// Handles the server's acceptance.
    ///
    /// - Returns: whether the name is another one than before.
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

    /// Handles a refused sign-in.
    ///
    /// - Parameter requested: the span before which the server asked not to try again.
    mutating func refused(
        _ purpose: PendingRequest, _ code: WireError.Code?, _ message: String, at now: Instant,
        pause requested: Duration = .zero
    ) -> [ChatStep] {
        switch (code, purpose) {
        case (.busy, _), (.unavailable, _): return retry(message, at: now, pause: requested)
        // The connection that broke does not hold the name: the secret would have proved that it is the same guest.
        case (.nameTaken, .name(let name)): return [.request(.directory(.one(name)), .owner(of: name))]
        case (.wrongPassword, .logIn(let credentials)):
            guard canAsk else { return [.quit(.notPermitted, message)] }
            // A password that was valid before may have been changed on another connection.
            return forget() + [.askRefused(.password(credentials.name), message)]
        case (.badPassword, .signUp(let credentials)) where canAsk:
            return [.askRefused(.newPassword(credentials.name), message)]
        default: return refuseName(message, ChatExit(refusal: code))
        }
    }

    /// Handles a refused log-in or sign-up of a person who is here: the current name stays.
    static func accountRefused(_ purpose: PendingRequest, _ code: WireError.Code?, _ message: String) -> [ChatStep] {
        switch purpose {
        // No password helps: it would only be sent in the open again.
        case .logIn where code == .tlsNeeded: [.endWaiting, .fail(message)]
        case .logIn(let credentials): [.askRefused(.password(credentials.name), message)]
        case .signUp(let credentials) where code == .badPassword: [.askRefused(.newPassword(credentials.name), message)]
        default: [.endWaiting, .fail(message)]
        }
    }

    /// Reports whether a taken name belongs to an account, whose owner can log in.
    ///
    /// - Parameters:
    ///   - person: the owner; nil also if the owner is hidden.
    ///   - isTypingPassword: whether the person is being asked for another password.
    mutating func ownerAnswered(_ name: Name, _ person: WirePerson?, isTypingPassword: Bool) -> [ChatStep] {
        let isGuests = person.map { !$0.hasAccount } ?? false
        if isGuests || isTypingPassword || !canAsk {
            let whose =
                isGuests
                ? "somebody else has it"
                : isTypingPassword ? "it belongs to an account" : "it belongs to an account, and there is no password"
            // A script may contain the password although nothing asked for it.
            return (!isGuests && !canAsk ? [.countUnsent] : [])
                + refuseName("the name \(name.string) is taken: \(whose)", .notPermitted)
        }
        let text = "the name \(name.string) is taken; type its password to log in, or an empty line for another name"
        return forget() + [.note(text), .ask(.password(name))]
    }

    /// Says why the name is refused, and asks for another one.
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

    private mutating func retry(_ message: String, at now: Instant, pause requested: Duration) -> [ChatStep] {
        retries += 1
        let isLong = requested > ChatLimits.signInRetry
        let trouble: [ChatStep] = retries == (isLong ? 1 : 3) ? [.trouble("the server says: \(message)")] : []
        guard retries <= ChatLimits.signInRetries else {
            return trouble + refuseName("the server cannot give you a name now: \(message)", .unreachable)
        }
        retryAt = now + max(ChatLimits.signInRetry, requested)
        return trouble
    }

    // MARK: Breaks and time

    mutating func connectionBroke() {
        retryAt = nil
        granted = nil
    }

    /// Reports a sign-in whose answer is lost; a client that has a name signs in again.
    func answerLost(_ purpose: PendingRequest) -> [ChatStep] {
        switch purpose {
        case .signUp(let credentials):
            return [.fail("it is unknown whether the account \(credentials.name.string) was made"), .endWaiting]
        case .logIn(let credentials):
            guard let identity, identity != .account(credentials) else { return [] }
            return [.askRefused(.password(credentials.name), "the server's answer was lost")]
        default: return []
        }
    }

    /// - Returns: whether to try again now.
    mutating func timePassed(at now: Instant) -> Bool {
        guard let retryAt, now >= retryAt else { return false }
        self.retryAt = nil
        return true
    }
}

extension ChatExit {
    /// The exit code for an error that ends the sign-in: the one-shot client's, if the chat has it.
    init(refusal code: WireError.Code?) {
        // An error in a sign-in's body is an error in the name.
        let known = code.map { ExitCode(wireCode: $0.rawValue, isUpload: true) }
        self = known.flatMap { ChatExit(rawValue: $0.rawValue) } ?? .notUnderstood
    }
}
