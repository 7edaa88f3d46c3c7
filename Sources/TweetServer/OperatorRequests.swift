import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// What the operator asks for over the data directory's socket; a connection over it needs no password of its own.
extension ServerConnection {
    func addAccount(_ credentials: Credentials) {
        let name = credentials.name
        do throws(WireError) {
            try server.checkFree(name, for: self)
            server.live.directory.claim(name)
            try hash(credentials.password) { [self] hash in
                let entry = Entry.accountCreated(time: server.clock(), name: name, password: hash)
                server.propose(entry, for: self) { [self] outcome in
                    server.live.directory.unclaim(name)
                    answerOutcome(outcome, name, "was added by")
                }
            } failed: { [self] in
                server.live.directory.unclaim(name)
            }
        } catch {
            refuse(error)
        }
    }

    func resetPassword(_ credentials: Credentials) {
        let name = credentials.name
        do throws(WireError) {
            if try server.account(name) == nil { throw .noSuchName(name) }
            try hash(credentials.password) { [self] hash in
                let entry = Entry.passwordChanged(time: server.clock(), name: name, password: hash)
                server.propose(entry, for: self) { [self] outcome in
                    answerOutcome(outcome, name, "got a new password from")
                }
            } failed: {
            }
        } catch {
            refuse(error)
        }
    }

    /// Removes an account, which ends its connections.
    func removeAccount(_ name: Name) {
        conversation.answerBegan()
        server.propose(.accountRemoved(time: server.clock(), name: name), for: self) { [self] outcome in
            answerOutcome(outcome, name, "was removed by")
        }
    }

    /// Ends a connection that may no longer speak for its account: it is told why, whatever else it waits for.
    fileprivate func disconnect(_ error: WireError) {
        list = nil
        giveUpName()
        refuse(error)
        finish()
    }

    private func answerOutcome(_ outcome: Outcome, _ name: Name, _ what: String) {
        if let error = outcome.failure { return answerRefusal(error) }
        reportPerson(.general, name, what)
        answer(PacketWriter.okDone())
    }
}

extension Server {
    /// Ends all connections that speak for an account, but the one that has asked for it.
    func disconnectAll(_ identity: Identity, but asking: ServerConnection?, _ reason: String) {
        loop.connections.forEach { other in
            guard let other = other as? ServerConnection, other !== asking else { return }
            if other.conversation.identity == identity { other.disconnect(WireError(.notPermitted, reason)) }
        }
    }
}
