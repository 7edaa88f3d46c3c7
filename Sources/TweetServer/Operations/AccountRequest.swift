import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

/// A request about a password, from its reservations to its answer: each step is called when the one before is done.
///
///     signUp           reserve                    hash   propose  answer
///     logIn            reserve  wait   verify                     answer
///     changePassword   reserve  wait   verify     hash   propose  answer
///     addAccount       reserve                    hash   propose  answer
///     resetPassword                               hash   propose  answer
///
/// Whatever way it ends, ``release()`` gives back what it has reserved: the name of a new account, and its place among
/// the attempts of its address.
final class AccountRequest {
    enum Purpose {
        case signUp, logIn
        case changePassword(to: Password)
        /// The operator's.
        case addAccount, resetPassword
    }

    private let purpose: Purpose
    private let name: Name
    /// The password that is checked or stored first.
    private let password: Password
    private let reply: Reply
    private let server: Server
    private var isAttempt = false
    private var hasClaim = false
    /// The wait for the turn to be checked.
    private var delay: Event?
    /// The account whose password was right.
    private var verified: Account?

    private init(_ purpose: Purpose, _ credentials: Credentials, from connection: ServerConnection) {
        self.purpose = purpose
        name = credentials.name
        password = credentials.password
        server = connection.server
        reply = connection.beginReply()
    }

    var connection: ServerConnection { reply.connection }

    // MARK: Reserve

    static func signUp(_ credentials: Credentials, from connection: ServerConnection) throws(WireError) -> Response {
        if case .account = connection.conversation.identity { throw .alreadyNamed }
        let server = connection.server
        try server.checkFree(credentials.name, for: connection)
        // A sign-up takes as long as a guess: no address gets more of the pool for it.
        let address = connection.peer.network
        guard server.throttle.begin(address, credentials.name, now: server.now) != nil else { throw .tooManyPasswords }
        let request = AccountRequest(.signUp, credentials, from: connection)
        request.isAttempt = true
        if server.throttle.signsUp(address, now: server.now) {
            request.claim()
            request.hash(credentials.password)
        } else {
            request.refuse(WireError(.busy, "too many sign-ups from your address; try again in a while"))
        }
        return .later
    }

    static func logIn(_ credentials: Credentials, from connection: ServerConnection) throws(WireError) -> Response {
        if case .account = connection.conversation.identity { throw .alreadyNamed }
        return try check(.logIn, credentials, from: connection)
    }

    static func changePassword(_ change: PasswordChange, from connection: ServerConnection) throws(WireError)
        -> Response
    {
        guard case .account(let name) = connection.conversation.identity else { throw .accountNeeded }
        let credentials = Credentials(name: name, password: change.old)
        return try check(.changePassword(to: change.new), credentials, from: connection)
    }

    static func addAccount(_ credentials: Credentials, from connection: ServerConnection) throws(WireError) -> Response
    {
        try connection.server.checkFree(credentials.name, for: connection)
        let request = AccountRequest(.addAccount, credentials, from: connection)
        request.claim()
        request.hash(credentials.password)
        return .later
    }

    static func resetPassword(_ credentials: Credentials, from connection: ServerConnection) throws(WireError)
        -> Response
    {
        if try connection.server.account(credentials.name) == nil { throw .noSuchName(credentials.name) }
        AccountRequest(.resetPassword, credentials, from: connection).hash(credentials.password)
        return .later
    }

    /// Checks a password, after as long as earlier failures make it wait.
    private static func check(
        _ purpose: Purpose, _ credentials: Credentials, from connection: ServerConnection
    ) throws(WireError) -> Response {
        let server = connection.server
        guard let delay = server.throttle.begin(connection.peer.network, credentials.name, now: server.now) else {
            throw .tooManyPasswords
        }
        let request = AccountRequest(purpose, credentials, from: connection)
        request.isAttempt = true
        if delay > 0 {
            connection.delayedRequest = request
            request.delay = Event(server.loop, afterMilliseconds: delay) { request.waited() }
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

    /// Gives back what is reserved and not given back yet.
    private func release() {
        endAttempt(succeeded: nil)
        if hasClaim { server.live.directory.unclaim(name) }
        hasClaim = false
    }

    private func endAttempt(succeeded: Bool?) {
        guard isAttempt else { return }
        isAttempt = false
        server.throttle.ended(connection.peer.network, name, succeeded: succeeded, now: server.now)
    }

    private func refuse(_ error: WireError, attemptAt name: Name? = nil) {
        release()
        reply.refuse(error, attemptAt: name)
    }

    /// The connection ends before its password was looked at.
    func giveUp() {
        delay = nil
        release()
    }

    // MARK: Wait and verify

    private func waited() {
        delay = nil
        connection.delayedRequest = nil
        verify()
    }

    private func verify() {
        do throws(WireError) {
            let account = try server.account(name)
            let work = PasswordPool.Work.verify(password, account?.password)
            let isTaken = server.passwords.submit(work) { [self] result in
                guard case .verified(true) = result, let account else { return verifiedWrong() }
                verifiedRight(account)
            }
            if !isTaken { throw .hashingBusy }
        } catch {
            refuse(error)
        }
    }

    private func verifiedWrong() {
        endAttempt(succeeded: false)
        refuse(.wrongPassword, attemptAt: name)
    }

    private func verifiedRight(_ former: Account) {
        endAttempt(succeeded: true)
        do throws(WireError) {
            // It may have gone, or got another password, while this one was hashed.
            guard let account = try server.account(name), account.password == former.password else {
                return refuse(.wrongPassword, attemptAt: name)
            }
            verified = account
            guard case .changePassword(let new) = purpose else { return finishLogIn(account) }
            hash(new)
        } catch {
            refuse(error)
        }
    }

    private func finishLogIn(_ account: Account) {
        reply.answer { () throws(WireError) in
            let pending = try server.readingStore { () throws(SQLiteError) in
                try server.reader.pendingCount(of: account)
            }
            connection.reportPerson(.general, account.name, "logged in from")
            connection.take(.account(account.name), isHidden: account.isHidden)
            return PacketWriter.ok(account.name, pending: pending)
        }
    }

    // MARK: Hash and propose

    private func hash(_ password: Password) {
        let isOperators = connection.conversation.identity == .theOperator
        let isTaken = server.passwords.submit(.hash(password), isOperators: isOperators) { [self] result in
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
            // The account may have been removed meanwhile, and its name be somebody else's.
            guard connection.conversation.identity == .account(name) else { return refuse(.noSuchName(name)) }
            // The operator may have given it another password: that one stays.
            let entry = Entry.passwordChanged(
                time: time, name: name, password: hash, replacing: verified?.password)
            server.propose(entry, .account(self))
        case .logIn: preconditionFailure("a log-in stores no password")
        }
    }

    // MARK: Answer

    /// The journal has settled the entry.
    func settled(_ outcome: Outcome) {
        release()
        switch purpose {
        case .signUp:
            guard case .stored = outcome else { return reply.refuse(outcome.failure ?? .nameTaken(name)) }
            connection.reportPerson(.general, name, "signed up from")
            speakForNewAccount()
        case .changePassword: answer(outcome, "changed the password from")
        case .addAccount: answer(outcome, "was added by")
        case .resetPassword: answer(outcome, "got a new password from")
        case .logIn: preconditionFailure("a log-in proposes nothing")
        }
    }

    private func answer(_ outcome: Outcome, _ what: String) {
        reply.answer { () throws(WireError) in
            if let error = outcome.failure { throw error }
            connection.reportPerson(.general, name, what)
            return PacketWriter.okDone()
        }
    }

    /// Speaks for the account from now on; a guest who was hidden stays so.
    private func speakForNewAccount() {
        let (connection, name) = (connection, name)
        func take() -> [UInt8] {
            connection.take(.account(name), isHidden: connection.isHidden)
            return PacketWriter.ok(name, pending: 0)
        }
        guard connection.isHidden else { return reply.send(take()) }
        let entry = Entry.visibilityChanged(time: server.clock(), name: name, isHidden: true)
        server.propose(entry, .reply(reply) { _ in take() })
    }
}
