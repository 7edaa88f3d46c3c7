import TweetHTTP
import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// The operator's requests over the data directory's socket, which needs no password.
extension ClientHandler {
    /// Removes an account, and disconnects its connections.
    func removeAccount(_ name: Name) -> Response {
        let entry = Entry.accountRemoved(time: server.clock(), name: name)
        server.propose(
            entry,
            .reply(beginReply()) { [self] outcome throws(WireError) in
                if let error = outcome.failure { throw error }
                server.knownLogins.forget(name)
                reportPerson(.general, name, "was removed by")
                return PacketWriter.okDone()
            })
        return .later
    }

    /// Disconnects a client that may no longer speak for its account, and tells it why, even if other answers are
    /// pending.
    func disconnect(_ error: WireError) {
        giveUpName()
        if let http = conversation.http, case .logInEnded = http.stage {
            // The request of HTTP for which it has logged in is still to be looked at.
            http.stage = .logInEnded(.refused(HTTPProblem(error)))
            return reportRefusal(error)
        }
        refuse(error)
        finish(.policyViolation)
        list = nil
    }
}

extension Server {
    /// Disconnects all clients that speak for an account, except the one that asked for it.
    ///
    /// - Parameter sparesScripts: whether those stay that have logged in by the token of a script.
    func disconnectAll(_ identity: Identity, but asking: ClientHandler?, sparesScripts: Bool, _ reason: String) {
        for other in clients.all where other !== asking && other.conversation.identity == identity {
            if sparesScripts, other.conversation.grant?.scope.isSession == false { continue }
            other.disconnect(WireError(.notPermitted, reason))
        }
    }
}
