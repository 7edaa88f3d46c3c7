import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

/// The tokens of the account that the connection speaks for.
extension ClientHandler {
    func makeToken(_ new: NewToken) throws(WireError) -> Response {
        let owner = try ownName()
        if let error = conversation.storageRefusal { throw error }
        let secret = server.makeSecret()
        let time = server.clock()
        let expires = new.lifetime.map { time.adding(milliseconds: $0.multipliedSaturated(by: 1000)) }
        let entry = Entry.tokenCreated(
            time: time, owner: owner, hash: secret.hash, scope: new.scope, label: new.label, expires: expires)
        server.propose(
            entry,
            .reply(beginReply()) { [self] outcome throws(WireError) in
                guard case .stored(let id) = outcome else {
                    throw outcome.failure ?? WireError(.unavailable, "the store has answered something else")
                }
                reportPerson(.general, owner, "made token \(id) (\(new.scope.word)) from")
                let token = AccessToken(
                    id: id, owner: owner, scope: new.scope, label: new.label, created: time, expires: expires)
                return PacketWriter.ok(WireToken(token, secret: secret))
            })
        return .later
    }

    /// Lists the account's tokens that have not expired; they all fit into one turn.
    func listTokens() throws(WireError) -> Response {
        let owner = try ownName()
        let now = server.clock()
        let tokens = try server.readingStore { () throws(SQLiteError) in try server.reader.tokens(of: owner) }
            .filter { !$0.isExpired(at: now) }
        for token in tokens { send(PacketWriter.part(WireToken(token))) }
        return .line(PacketWriter.okCount(tokens.count))
    }

    /// Removes a token, and disconnects the connections that use it; this one speaks for nobody then.
    func removeToken(_ id: SequenceNumber) throws(WireError) -> Response {
        let owner = try ownName()
        server.propose(
            .tokenRemoved(time: server.clock(), owner: owner, token: id),
            .reply(beginReply()) { [self] outcome throws(WireError) in
                if let error = outcome.failure { throw error }
                reportPerson(.general, owner, "removed token \(id) from")
                if conversation.grant?.id == id { giveUpName() }
                return PacketWriter.okDone()
            })
        return .later
    }

    /// Forgets the token that it has logged in by.
    func forgetGrant() {
        conversation.grant = nil
        tokenExpiry = nil
    }

    // MARK: Expiry

    /// Closes the connection when the token that it has logged in by expires.
    func watchExpiry(of token: AccessToken) {
        guard let expires = token.expires else { return tokenExpiry = nil }
        let rest = expires.milliseconds.subtractingSaturated(server.clock().milliseconds)
        let span = min(max(.milliseconds(rest), .milliseconds(1)), ServerLimits.expiryLook)
        tokenExpiry = Event(server.loop, after: span) { [unowned self] in
            // The clock that tells the time of day may have been set meanwhile.
            guard token.isExpired(at: server.clock()) else { return watchExpiry(of: token) }
            disconnect(.wrongToken)
        }
    }
}

/// A log-in by a token, which needs no slow hash.
///
/// A right one is never delayed, whoever else guesses from there: nobody guesses 128 bits. The refusal of a wrong one is
/// throttled like that of a password, so that scripts with an old token do not hammer.
final class TokenLogIn: DelayedRequest {
    private let reply: Reply
    private var delay: Event?

    private init(_ reply: Reply) { self.reply = reply }

    static func begin(_ secret: TokenSecret, from client: ClientHandler) throws(WireError) -> Response {
        try client.checkLogIn()
        let server = client.server
        let token = try server.readingStore { () throws(SQLiteError) in try server.reader.token(secret.hash) }
        if let token, !token.isExpired(at: server.clock()) {
            let reply = client.beginReply()
            reply.answer { () throws(WireError) in try client.logIn(by: token) }
            return .later
        }
        guard let delay = server.throttle.begin(client.network, now: server.now) else { throw .tooManyPasswords }
        let request = TokenLogIn(client.beginReply())
        guard delay > .zero else {
            request.refuse()
            return .later
        }
        client.delayedRequest = request
        request.delay = Event(server.loop, after: delay) {
            client.delayedRequest = nil
            request.delay = nil
            request.refuse()
        }
        return .later
    }

    /// Cancels the refusal, whose connection has ended; the token was wrong all the same.
    func giveUp() {
        delay = nil
        countFailure()
    }

    private func countFailure() {
        let client = reply.client
        client.server.throttle.ended(client.network, succeeded: false, now: client.server.now)
    }

    private func refuse() {
        countFailure()
        reply.refuse(.wrongToken)
    }
}

extension ClientHandler {
    /// Checks whether the connection may log in.
    ///
    /// - Throws: `already_named` for one that has logged in; `busy` if it may not stay for long, which a request of HTTP
    ///   does not do.
    func checkLogIn() throws(WireError) {
        if case .account = conversation.identity { throw .alreadyNamed }
        if conversation.http == nil { try checkStay() }
    }

    /// Speaks for a token's owner from now on, or for one request of HTTP, as far as the token permits.
    ///
    /// - Returns: the answer.
    fileprivate func logIn(by token: AccessToken) throws(WireError) -> [UInt8] {
        guard let account = try server.account(token.owner) else { throw .wrongToken }
        if conversation.http != nil {
            conversation.identity = .account(account.name)
            conversation.grant = TokenGrant(id: token.id, scope: token.scope)
            watchExpiry(of: token)
            return PacketWriter.okDone()
        }
        let pending = try server.readingStore { () throws(SQLiteError) in
            try server.reader.pendingCount(of: account)
        }
        try makeRoomToStay()
        if takesAnswers { reportPerson(.general, account.name, "logged in by token \(token.id) from") }
        // Whoever has joined receives private messages, which only a session may read.
        if !token.scope.isSession { leave() }
        take(.account(account.name), isHidden: account.isHidden)
        guard connection.isOpen else { return PacketWriter.okDone() }
        conversation.grant = TokenGrant(id: token.id, scope: token.scope)
        watchExpiry(of: token)
        return token.scope.isSession
            ? PacketWriter.ok(account.name, pending: pending) : PacketWriter.ok(account.name)
    }
}

/// The token that a connection has logged in by, and what it permits.
public struct TokenGrant: Hashable, Sendable {
    let id: SequenceNumber
    let scope: TokenScope
}

/// A log-in that waits for the throttle.
protocol DelayedRequest: AnyObject {
    /// Cancels the request, since its connection has ended.
    func giveUp()
}

extension Server {
    /// Disconnects the clients that have logged in by a token, except the one that removes it.
    func disconnectAll(using token: SequenceNumber, but asking: ClientHandler?) {
        for other in clients.all where other !== asking && other.conversation.grant?.id == token {
            other.disconnect(.tokenRemoved)
        }
    }
}
