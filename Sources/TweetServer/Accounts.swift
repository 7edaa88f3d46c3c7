import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

/// Signing up, logging in and changing the password: each of them waits for a hash, and then for the journal.
extension ServerConnection {
    func signUp(_ credentials: Credentials) {
        let name = credentials.name
        do throws(WireError) {
            if case .account = conversation.identity { throw .alreadyNamed }
            try server.checkFree(name, for: self)
            // A sign-up takes as long as a guess: no address gets more of the pool for it.
            guard server.guesses.begin(peer.network, name, now: server.now) != nil else { throw .tooManyPasswords }
            func hashed() { server.guesses.ended(peer.network, name, succeeded: nil, now: server.now) }
            guard server.guesses.signsUp(peer.network, now: server.now) else {
                hashed()
                throw WireError(.busy, "too many sign-ups from your address; try again in a while")
            }
            server.live.directory.claim(name)
            try hash(credentials.password) { [self] hash in
                hashed()
                let entry = Entry.accountCreated(time: server.clock(), name: name, password: hash)
                server.propose(entry, for: self) { [self] outcome in
                    server.live.directory.unclaim(name)
                    if case .stored = outcome {
                        reportPerson(.general, name, "signed up from")
                        return begin(name)
                    }
                    answerRefusal(outcome.failure ?? .nameTaken(name))
                }
            } failed: { [self] in
                hashed()
                server.live.directory.unclaim(name)
            }
        } catch {
            refuse(error)
        }
    }

    /// Speaks for an account that was just made; a guest who was hidden stays so.
    private func begin(_ name: Name) {
        func take() {
            self.take(.account(name), isHidden: isHidden)
            answer(PacketWriter.ok(name, pending: 0))
        }
        guard isHidden else { return take() }
        let entry = Entry.visibilityChanged(time: server.clock(), name: name, isHidden: true)
        server.propose(entry, for: self) { outcome in take() }
    }

    func logIn(_ credentials: Credentials) {
        if case .account = conversation.identity { return refuse(.alreadyNamed) }
        check(credentials) { [self] account in
            do throws(WireError) {
                let pending = try server.readingStore { () throws(SQLiteError) in
                    try server.reader.pendingCount(of: account)
                }
                reportPerson(.general, account.name, "logged in from")
                take(.account(account.name), isHidden: account.isHidden)
                answer(PacketWriter.ok(account.name, pending: pending))
            } catch {
                answerRefusal(error)
            }
        }
    }

    func changePassword(_ change: PasswordChange) {
        guard case .account(let name) = conversation.identity else { return }
        check(Credentials(name: name, password: change.old)) { [self] account in
            conversation.answerEnded()
            do throws(WireError) {
                try hash(change.new) { [self] hash in
                    // The account may have been removed meanwhile, and its name be somebody else's.
                    guard conversation.identity == .account(name) else { return answerRefusal(.noSuchName(name)) }
                    // The operator may have given it another password: that one stays.
                    let entry = Entry.passwordChanged(
                        time: server.clock(), name: name, password: hash, replacing: account.password)
                    server.propose(entry, for: self) { [self] outcome in
                        if let error = outcome.failure { return answerRefusal(error) }
                        reportPerson(.general, name, "changed the password from")
                        answer(PacketWriter.okDone())
                    }
                } failed: {
                }
            } catch {
                answerRefusal(error)
            }
        }
    }

    // MARK: Hashing

    /// Checks a password, after as long as earlier failures make it wait.
    ///
    /// - Parameter succeeded: called on the loop with the account; else the request is refused.
    private func check(_ credentials: Credentials, succeeded: @escaping (Account) -> Void) {
        let name = credentials.name
        let address = peer.network
        guard let delay = server.guesses.begin(address, name, now: server.now) else {
            return refuse(.tooManyPasswords)
        }
        conversation.answerBegan()
        guard delay > 0 else { return verify(credentials, succeeded) }
        let event = Event(server.loop, afterMilliseconds: delay) { [unowned self] in
            delayedCheck = nil
            verify(credentials, succeeded)
        }
        delayedCheck = (event, name)
    }

    /// The connection ends before its password was looked at.
    func giveUpCheck() {
        guard let name = delayedCheck?.name else { return }
        delayedCheck = nil
        server.guesses.ended(peer.network, name, succeeded: nil, now: server.now)
    }

    private func verify(_ credentials: Credentials, _ succeeded: @escaping (Account) -> Void) {
        let name = credentials.name
        func end(_ wasRight: Bool?) {
            server.guesses.ended(peer.network, name, succeeded: wasRight, now: server.now)
        }
        do throws(WireError) {
            let account = try server.account(name)
            let work = PasswordPool.Work.verify(credentials.password, account?.password)
            let isTaken = server.passwords.submit(work) { [self] result in
                guard case .verified(true) = result else {
                    end(false)
                    return answerRefusal(.wrongPassword, attemptAt: name)
                }
                end(true)
                do throws(WireError) {
                    // It may have gone, or got another password, while this one was hashed.
                    guard let account, try server.account(name)?.password == account.password else {
                        return answerRefusal(.wrongPassword, attemptAt: name)
                    }
                    succeeded(account)
                } catch {
                    answerRefusal(error)
                }
            }
            if !isTaken { throw .hashingBusy }
        } catch {
            end(nil)
            answerRefusal(error)
        }
    }

    /// Hashes a password; the request is under way from then on.
    func hash(
        _ password: Password, completion: @escaping (PasswordHash) -> Void, failed: @escaping () -> Void
    ) throws(WireError) {
        let isOperators = conversation.identity == .theOperator
        let isTaken = server.passwords.submit(.hash(password), isOperators: isOperators) { [self] result in
            if case .hash(let hash?) = result { return completion(hash) }
            failed()
            answerRefusal(WireError(.unavailable, "the password cannot be hashed: the system lacks memory"))
        }
        guard isTaken else {
            failed()
            throw .hashingBusy
        }
        conversation.answerBegan()
    }

    // MARK: Answers that come later

    /// Ends a request that was under way.
    func answer(_ line: [UInt8]) {
        conversation.answerEnded()
        guard isOpen, !isFinishing else { return }
        send(line)
        resumeInput()
    }

    func answerRefusal(_ error: WireError, attemptAt name: Name? = nil) {
        conversation.answerEnded()
        guard isOpen, !isFinishing else { return }
        refuse(error, attemptAt: name)
        resumeInput()
    }
}

extension Server {
    /// Milliseconds that never go back.
    var now: UInt64 { monotonicClock() }

    func account(_ name: Name) throws(WireError) -> Account? {
        try readingStore { () throws(SQLiteError) in try reader.account(name) }
    }

    /// Reads the store for an answer.
    func readingStore<Result>(_ body: () throws(SQLiteError) -> Result) throws(WireError) -> Result {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw .unreadable(error)
        }
    }
}
