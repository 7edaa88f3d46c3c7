import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

/// A request about a password, from its reservations to its answer: each step starts when the one before is done.
///
///     signUp           reserve                    hash   propose  answer
///     logIn            reserve  wait   verify                     answer
///     changePassword   reserve  wait   verify     hash   propose  answer
///     addAccount       reserve                    hash   propose  answer
///     resetPassword                               hash   propose  answer
///
/// However it ends, ``release()`` releases its remaining reservations: the name of a new account, its share of the
/// accounts that its site may make, and its place among the attempts of its address, which it keeps only until its
/// first password is hashed.
final class AccountRequest: DelayedRequest {
    enum Purpose {
        case signUp, logIn
        case changePassword(to: Password)
        /// Requests of the operator.
        case addAccount, resetPassword
    }

    private let purpose: Purpose
    private let name: Name
    /// The password to check or, for a new account or a reset, to store.
    private let password: Password
    private let reply: Reply
    private let server: Server
    private var isAttempt = false
    private var hasClaim = false
    /// Whether its site's allowance pays for an account that is not made yet.
    private var hasAllowance = false
    /// The throttle's delay before the check.
    private var delay: Event?
    /// The account whose password was verified.
    private var verified: Account?
    /// Whether the account exists, and only the hidden status of its former guest is still to be stored.
    private var isHiding = false

    private init(_ purpose: Purpose, _ credentials: Credentials, from client: ClientHandler) {
        self.purpose = purpose
        name = credentials.name
        password = credentials.password
        server = client.server
        reply = client.beginReply()
    }

    var client: ClientHandler { reply.client }

    // MARK: Reserve

    static func signUp(_ credentials: Credentials, from client: ClientHandler) throws(WireError) -> Response {
        try client.checkLogIn()
        let server = client.server
        try server.checkFree(credentials.name, for: client)
        // Refused before its password is hashed in vain.
        if let refusal = server.gate.refusal(now: server.now) { throw refusal }
        // A sign-up costs as much hashing as a guess, so it counts as an attempt of its address.
        let address = client.network
        guard server.throttle.begin(address, credentials.name, now: server.now) != nil else { throw .tooManyPasswords }
        let request = AccountRequest(.signUp, credentials, from: client)
        request.isAttempt = true
        if let span = client.visitor?.site.signUps.take(now: server.now) {
            request.refuse(.tooManySignUps(until: span))
        } else {
            request.hasAllowance = true
            request.claim()
            request.hash(credentials.password)
        }
        return .later
    }

    static func logIn(_ credentials: Credentials, from client: ClientHandler) throws(WireError) -> Response {
        try client.checkLogIn()
        return try check(.logIn, credentials, from: client)
    }

    static func changePassword(_ change: PasswordChange, from client: ClientHandler) throws(WireError)
        -> Response
    {
        guard case .account(let name) = client.conversation.identity else { throw .accountNeeded }
        let credentials = Credentials(name: name, password: change.old)
        return try check(.changePassword(to: change.new), credentials, from: client)
    }

    static func addAccount(_ credentials: Credentials, from client: ClientHandler) throws(WireError) -> Response {
        try client.server.checkFree(credentials.name, for: client)
        if let refusal = client.server.gate.refusal(now: client.server.now) { throw refusal }
        let request = AccountRequest(.addAccount, credentials, from: client)
        request.claim()
        request.hash(credentials.password)
        return .later
    }

    static func resetPassword(_ credentials: Credentials, from client: ClientHandler) throws(WireError)
        -> Response
    {
        if try client.server.account(credentials.name) == nil { throw .noSuchName(credentials.name) }
        AccountRequest(.resetPassword, credentials, from: client).hash(credentials.password)
        return .later
    }

    /// Checks a password, after the delay that earlier failures cause.
    private static func check(
        _ purpose: Purpose, _ credentials: Credentials, from client: ClientHandler
    ) throws(WireError) -> Response {
        let server = client.server
        let network = client.network
        let isKnown = server.knownLogins.contains(credentials.name, from: network)
        guard let delay = server.throttle.begin(network, credentials.name, isKnown: isKnown, now: server.now) else {
            throw .tooManyPasswords
        }
        let request = AccountRequest(purpose, credentials, from: client)
        request.isAttempt = true
        if delay > .zero {
            client.delayedRequest = request
            request.delay = Event(server.loop, after: delay) { request.waited() }
        } else {
            request.verify()
        }
        return .later
    }

    private func claim() {
        server.live.directory.claim(name)
        hasClaim = true
    }

    // MARK: Release

    /// Releases the remaining reservations.
    private func release() {
        endAttempt(succeeded: nil)
        if hasClaim { server.live.directory.unclaim(name) }
        hasClaim = false
        if hasAllowance { client.visitor?.site.signUps.giveBack() }
        hasAllowance = false
    }

    private func endAttempt(succeeded: Bool?) {
        guard isAttempt else { return }
        isAttempt = false
        server.throttle.ended(client.network, name, succeeded: succeeded, now: server.now)
    }

    private func refuse(_ error: WireError, attemptAt name: Name? = nil) {
        release()
        reply.refuse(error, attemptAt: name)
    }

    /// Cancels the request, whose connection has ended before its password was checked.
    func giveUp() {
        delay = nil
        release()
    }

    // MARK: Wait and verify

    private func waited() {
        delay = nil
        client.delayedRequest = nil
        verify()
    }

    private func verify() {
        do throws(WireError) {
            let account = try server.account(name)
            let work = PasswordPool.Work.verify(password, account?.password)
            let isTaken = server.passwords.submit(work, from: origin) { [self] result in
                if case .crowdedOut = result { return refuse(.hashingBusy) }
                guard case .verified(true) = result, let account else { return verifiedWrong() }
                verifiedRight(account)
            }
            if !isTaken { throw .hashingBusy }
        } catch {
            refuse(error)
        }
    }

    /// The origin of the password that is to be hashed.
    private var origin: PasswordOrigin {
        let network = client.network
        let standing: PasswordOrigin.Standing =
            if client.conversation.identity == .theOperator {
                .theOperator
            } else {
                server.knownLogins.contains(name, from: network) ? .known : .stranger
            }
        return PasswordOrigin(network: network, account: name, standing: standing)
    }

    private func verifiedWrong() {
        endAttempt(succeeded: false)
        refuse(.wrongPassword, attemptAt: name)
    }

    private func verifiedRight(_ former: Account) {
        endAttempt(succeeded: true)
        do throws(WireError) {
            // The account may have been removed, or its password changed, while this password was hashed.
            guard let account = try server.account(name), account.password == former.password else {
                return refuse(.wrongPassword, attemptAt: name)
            }
            verified = account
            let isKnown = server.knownLogins.contains(name, from: client.network)
            server.knownLogins.note(name, from: client.network)
            guard case .changePassword(let new) = purpose else { return finishLogIn(account, isKnown: isKnown) }
            hash(new)
        } catch {
            refuse(error)
        }
    }

    /// - Parameter isKnown: whether the account has logged in from this network before: a script logs in for each of its
    ///   requests, so only its first log-in by HTTP is reported.
    private func finishLogIn(_ account: Account, isKnown: Bool) {
        // Reported even if the client is gone: a client that guesses passwords need not wait for the answer.
        if !isKnown { reportLogIn(of: account) }
        reply.answer { () throws(WireError) in
            if client.conversation.http != nil {
                client.conversation.identity = .account(account.name)
                return PacketWriter.okDone()
            }
            let pending = try server.readingStore { () throws(SQLiteError) in
                try server.reader.pendingCount(of: account)
            }
            try client.makeRoomToStay()
            if isKnown, client.takesAnswers { reportLogIn(of: account) }
            client.take(.account(account.name), isHidden: account.isHidden)
            return PacketWriter.ok(account.name, pending: pending)
        }
    }

    private func reportLogIn(of account: Account) { client.reportPerson(.general, account.name, "logged in from") }

    // MARK: Hash and propose

    private func hash(_ password: Password) {
        let isTaken = server.passwords.submit(.hash(password), from: origin) { [self] result in
            if case .crowdedOut = result { return refuse(.hashingBusy) }
            guard case .hash(let hash?) = result else {
                return refuse(WireError(.unavailable, "the password cannot be hashed: the system lacks memory"))
            }
            hashed(hash)
        }
        if !isTaken { refuse(.hashingBusy) }
    }

    private func hashed(_ hash: PasswordHash) {
        endAttempt(succeeded: nil)
        let time = server.clock()
        switch purpose {
        case .signUp, .addAccount:
            server.propose(.accountCreated(time: time, name: name, password: hash), .account(self))
        case .resetPassword:
            server.propose(.passwordChanged(time: time, name: name, password: hash), .account(self))
        case .changePassword:
            // The account may have been removed meanwhile, and somebody else may have its name.
            guard client.conversation.identity == .account(name) else { return refuse(.noSuchName(name)) }
            // If the operator has reset the password meanwhile, the reset wins.
            let entry = Entry.passwordChanged(
                time: time, name: name, password: hash, replacing: verified?.password)
            server.propose(entry, .account(self))
        case .logIn: preconditionFailure("a log-in stores no password")
        }
    }

    // MARK: Answer

    /// Handles the journal's outcome of the entry.
    func settled(_ outcome: Outcome) {
        if case .stored = outcome, case .signUp = purpose, !isHiding {
            hasAllowance = false
            client.reportPerson(.general, name, "signed up from")
            // The name stays claimed until its guest has become the account.
            if client.isHidden { return hide() }
        }
        release()
        switch purpose {
        case .signUp:
            reply.answer { () throws(WireError) in
                guard case .stored = outcome else { throw isHiding ? .notHidden : outcome.failure ?? .nameTaken(name) }
                server.knownLogins.note(name, from: client.network)
                // The account is made: without room it is one place too many.
                try? client.makeRoomToStay()
                client.take(.account(name), isHidden: client.isHidden)
                return PacketWriter.ok(name, pending: 0)
            }
        case .changePassword:
            if case .stored = outcome {
                // Its session's token is removed, but it has just proved the password.
                client.forgetGrant()
                // Where others have logged in is known no more.
                server.knownLogins.forget(name)
                server.knownLogins.note(name, from: client.network)
            }
            answer(outcome, "changed the password from")
        case .addAccount: answer(outcome, "was added by")
        case .resetPassword:
            if case .stored = outcome { server.knownLogins.forget(name) }
            answer(outcome, "got a new password from")
        case .logIn: preconditionFailure("a log-in proposes nothing")
        }
    }

    private func hide() {
        isHiding = true
        server.propose(.visibilityChanged(time: server.clock(), name: name, isHidden: true), .account(self))
    }

    private func answer(_ outcome: Outcome, _ what: String) {
        reply.answer { () throws(WireError) in
            if let error = outcome.failure { throw error }
            client.reportPerson(.general, name, what)
            return PacketWriter.okDone()
        }
    }
}
