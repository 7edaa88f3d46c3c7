import TweetHTTP
import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Names, joining and leaving, hiding and being away.
extension ClientHandler {
    func takeName(_ name: Name, resume secret: ResumeSecret?) throws(WireError) -> Response {
        if conversation.identity != .nobody { throw .alreadyNamed }
        if let secret, let old = server.live.directory.guest(name), old.resumeSecret == secret {
            // Within a site the name and the stay only move. Another site needs a place of its own, but nobody has to go
            // for it: the old connection does, and must still be here when its name is taken over.
            if old.visitor?.site !== visitor?.site {
                try checkGuestNames()
                try checkStayOfSite()
            }
            takeOver(name, from: old)
        } else {
            try server.checkFree(name, for: self)
            try checkGuestNames()
            try makeRoomToStay()
            take(.guest(name), isHidden: false)
        }
        resumeSecret = secret
        return .line(PacketWriter.ok(name, pending: 0))
    }

    /// Takes over the name of an older connection of the same guest, and closes that connection.
    ///
    /// A client may come back before the server notices that its old connection is dead. Others are not notified: the
    /// guest has neither left nor joined.
    private func takeOver(_ name: Name, from old: ClientHandler) {
        old.visitor?.site.guestNames -= 1
        hold(name)
        conversation.identity = .guest(name)
        noteStay()
        (isHidden, isAway) = (old.isHidden, old.isAway)
        if old.subscriber.hasJoined {
            server.live.directory.replace(old, by: self, as: name)
            old.subscriber.leave()
            subscriber.join()
        }
        old.conversation.identity = .nobody
        old.connection.close(.superseded, saying: old.farewell(nil, .policyViolation))
    }

    /// Changes the connection's identity; if it has joined, it joins again under the new name.
    func take(_ identity: Identity, isHidden: Bool) {
        guard connection.isOpen else { return }
        let (hadJoined, joinedAtLine) = (subscriber.hasJoined, subscriber.joinedAtLine)
        let wasAway = isAway
        giveUpName()
        conversation.identity = identity
        noteStay()
        self.isHidden = isHidden
        if case .guest(let name) = identity { hold(name) }
        isAway = wasAway
        // Notices that are still unsent under the old name are sent all the same.
        if hadJoined { join(at: joinedAtLine) }
    }

    /// Checks whether the connection's site may have one more guest.
    ///
    /// - Throws: `busy` if it has too many.
    private func checkGuestNames() throws(WireError) {
        if let visitor, visitor.site.guestNames >= ServerLimits.guestNames { throw .tooManyGuests }
    }

    /// Takes a guest's name for this connection.
    private func hold(_ name: Name) {
        server.live.directory.hold(name, at: self)
        visitor?.site.guestNames += 1
    }

    /// Gives up the connection's name, and frees it if it is a guest's.
    func giveUpName() {
        leave()
        if case .guest(let name) = conversation.identity {
            server.live.directory.release(name)
            visitor?.site.guestNames -= 1
        }
        if conversation.identity.name != nil { conversation.identity = .nobody }
        forgetGrant()
    }

    // MARK: Joining

    /// - Parameter line: the first line of the ring whose notices it receives; the next line by default.
    func join(at line: UInt64? = nil) {
        guard !subscriber.hasJoined, let name = conversation.identity.name else { return }
        var hasAccount = false
        if case .account = conversation.identity { hasAccount = true }
        let time = server.clock()
        let notice = server.live.directory.join(self, as: name, hasAccount: hasAccount, isHidden: staysHidden, at: time)
        if let notice { publish(notice, at: time) }
        if isAway { server.live.directory.setAway(true, self, as: name, at: time) }
        subscriber.join(at: line)
        reportPerson(.connection, name, "joined from")
    }

    func leave() {
        isAway = false
        guard subscriber.hasJoined, let name = conversation.identity.name else { return }
        subscriber.leave()
        let time = server.clock()
        if let notice = server.live.directory.leave(self, as: name, at: time) { publish(notice, at: time) }
        reportPerson(.connection, name, "left from")
    }

    // MARK: Visibility

    /// Whether its name is hidden; for an account, another connection may have changed that.
    private var staysHidden: Bool {
        guard case .account(let name) = conversation.identity else { return isHidden }
        return (try? server.account(name))?.isHidden ?? isHidden
    }

    func setAway(_ isAway: Bool) throws(WireError) -> Response {
        let name = try ownName()
        // A client that says so before it joins is away as soon as it joins.
        self.isAway = isAway
        server.live.directory.setAway(isAway, self, as: name, at: server.clock())
        return .done
    }

    func setHidden(_ isHidden: Bool) throws(WireError) -> Response {
        let name = try ownName()
        guard case .account = conversation.identity else {
            // A guest's setting lasts as long as the guest.
            self.isHidden = isHidden
            if let notice = server.live.directory.setHidden(isHidden, name) { server.notify(notice, about: name) }
            return .done
        }
        let entry = Entry.visibilityChanged(time: server.clock(), name: name, isHidden: isHidden)
        server.propose(
            entry,
            .reply(beginReply()) { [self] outcome throws(WireError) in
                if let error = outcome.failure { throw error }
                self.isHidden = isHidden
                return PacketWriter.okDone()
            })
        return .later
    }

    /// Publishes a notice about this connection's name, which the connection itself does not receive.
    private func publish(_ notice: PresenceNotice, at time: Timestamp) {
        subscriber.passOver(server.live.feeds.publish(notice, at: time))
    }

    /// The name that the connection speaks for; the conversation requires one before an operation that needs it.
    func ownName() throws(WireError) -> Name {
        guard let name = conversation.identity.name else { throw .nameNeeded }
        return name
    }

    /// Reports an event of a person, with the client's address.
    func reportPerson(_ category: Report.Category, _ name: Name, _ what: String) {
        server.report(category, of: visitor, .account) { line in
            line.append(contentsOf: "\(name.string) \(what) \(peerText)".utf8)
        }
    }
}

extension Server {
    /// Publishes a notice about a name to others; the name's own connections do not receive it.
    func notify(_ notice: PresenceNotice, about name: Name) {
        let line = live.feeds.publish(notice, at: clock())
        for place in live.directory[name]?.places ?? [] { place.subscriber.passOver(line) }
    }

    /// Checks that a name is free: no account or other guest has it, no sign-up has reserved it, and nobody is still
    /// here under an account that is being removed.
    func checkFree(_ name: Name, for connection: ClientHandler) throws(WireError) {
        let isOwn = connection.conversation.identity.name == name
        let isHere = live.directory.isHeld(name) || live.directory[name] != nil
        if name.isReserved || isHere && !isOwn { throw .nameTaken(name) }
        if try account(name) != nil { throw .nameTaken(name) }
    }
}
