import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// The operator's requests over the data directory's socket; a connection over it needs no password of its own.
extension ClientHandler {
    /// Removes an account, which ends its connections.
    func removeAccount(_ name: Name) -> Response {
        let entry = Entry.accountRemoved(time: server.clock(), name: name)
        server.propose(
            entry,
            .reply(beginReply()) { [self] outcome throws(WireError) in
                if let error = outcome.failure { throw error }
                reportPerson(.general, name, "was removed by")
                return PacketWriter.okDone()
            })
        return .later
    }

    /// Ends a connection that may no longer speak for its account: it is told why, whatever else it waits for.
    fileprivate func disconnect(_ error: WireError) {
        giveUpName()
        refuse(error)
        connection.finish()
        list = nil
    }
}

extension Server {
    /// Ends all connections that speak for an account, but the one that has asked for it.
    func disconnectAll(_ identity: Identity, but asking: ClientHandler?, _ reason: String) {
        for other in clients.all where other !== asking && other.conversation.identity == identity {
            other.disconnect(WireError(.notPermitted, reason))
        }
    }
}
