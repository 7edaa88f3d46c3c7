import CSystem
import TweetHTTP
import TweetModel
import TweetReactor
import TweetSystem
import TweetTLS
import TweetWire

/// A client of the server; carries out the actions of its conversation.
final class ClientHandler: ConnectionHandler {
    let connection: Connection
    let server: Server
    /// Its index in the ``ClientTable``.
    var index = 0
    /// The allowances of its network; nil for the operator.
    private(set) var visitor: Visitor?
    /// Its index among its site's connections that stay, or among the others.
    var siteIndex = 0
    /// Whether it counts among its network's connections that stay for long.
    var isStaying = false
    // Not checked at run time for overlapping accesses, which took some percent of a request: a conversation is a value
    // that calls nothing outside, so no access to it begins within another.
    @exclusivity(unchecked) var conversation: Conversation
    /// The answer of many lines that is being sent.
    var list: ListAnswer?
    /// Whether the next request waits for output to be sent, rather than for an answer.
    private var awaitsOutput = false
    private(set) var peerText: String
    /// The network for which its log-ins count; see ``TweetSystem/SocketAddress/network``.
    var network: String { visitor?.network ?? connection.peer.network }
    /// The connection's subscriptions.
    let subscriber: Subscriber
    /// Whether its name is hidden from the directory.
    var isHidden = false
    /// Whether the client has said that it is away.
    var isAway = false
    /// The secret with which the client can take over its guest name on a new connection.
    var resumeSecret: ResumeSecret?
    /// Whether the server is stopping.
    private var isStopping = false
    /// Whether its uploads are refused because its site has stored too much, or because the store is full.
    var isStorageRefused = false
    /// Whether its uploads wait until fewer entries are under way.
    private var holdsUploads = false
    /// The instant from which on its uploads are taken again.
    private var storesFrom = Instant(milliseconds: 0)
    /// A throttled request whose password is checked later.
    var delayedRequest: (any DelayedRequest)?
    /// Its request if it follows as ntfy's clients do.
    var ntfy: NtfyFollow?
    /// Closes the connection when the token that it has logged in by expires.
    var tokenExpiry: Event?

    /// Starts to serve an accepted client.
    ///
    /// - Parameters:
    ///   - visitor: the allowances of its network; nil for the operator.
    ///   - speaksOnlyHTTP: whether it has connected to a port for HTTP.
    init(_ connection: Connection, server: Server, visitor: Visitor? = nil, speaksOnlyHTTP: Bool = false) {
        self.connection = connection
        self.server = server
        self.visitor = visitor
        subscriber = Subscriber(connection, of: server.live.feeds)
        let peer = connection.peer
        peerText = peer.description
        conversation = Conversation(
            identity: peer.isUnix ? .theOperator : .nobody, requiresAccount: server.requiresAccount,
            plainUse: server.encryption.plainUse(of: peer),
            http: speaksOnlyHTTP || server.http.place == .samePort && !peer.isUnix ? server.http.rules(for: peer) : nil,
            speaksOnlyHTTP: speaksOnlyHTTP)
        isStorageRefused = !server.gate.isOpen
        server.clients.add(self)
        server.visitors.add(self)
        report(.general, " activated")
        connection.setInputDeadline(after: ServerLimits.firstLine)
        connection.start(self, certificate: peer.isUnix ? nil : server.encryption.certificate)
    }

    // MARK: Events of the connection

    func received(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Int {
        var offset = 0
        var requests = 0
        if isStorageRefused || visitor?.site.owesStorage == true { checkStorage() }
        var isSilent = conversation.isSilent
        if isSilent, connection.isEncrypted { conversation.plainUse = .everything }
        conversation.webSocket?.noteInput()
        while connection.isOpen {
            if awaitsOutput || !makesRoomForOutput() {
                awaitOutput()
                return offset
            }
            // Looking at the clock costs as much as a twentieth of a plain request.
            if requests % ServerLimits.requestsPerLook == 0 {
                if requests > 0, connection.isShareUsed, offset < bytes.count {
                    connection.yieldInput()
                    return offset
                }
                updateHold()
            }
            requests += 1
            let (action, taken) = conversation.next(UnsafeRawBufferPointer(rebasing: bytes[offset...]), atEnd: atEnd)
            offset += taken
            if isSilent {
                isSilent = conversation.isSilent
                if let framing = conversation.framing { connection.use(framing) }
                if conversation.isWithinOriginal { connection.setResetsOnClose(true) }
                if !isSilent { connection.setInputDeadline(after: nil) }
            }
            if conversation.framing == nil { updateDeadline(for: action, isPartial: offset < bytes.count) }
            switch action {
            case .awaitInput: return offset
            case .awaitAnswers:
                connection.pauseInput()
                if holdsUploads { server.awaitingJournal.append(self) }
                return offset
            case .perform, .answer, .answerPage, .answerMetrics:
                run(action)
                // These may take as long as hundreds of others.
                requests = 0
                if connection.isShareUsed, offset < bytes.count {
                    connection.yieldInput()
                    return offset
                }
            default: run(action)
            }
        }
        return offset
    }

    /// Charges what follows to another client, for which a proxy speaks: its allowances, place and turns.
    private func charge(_ client: SocketAddress) {
        server.visitors.remove(self)
        let visitor = server.visitors.visitor(client, now: server.now)
        self.visitor = visitor
        server.visitors.add(self)
        connection.join(visitor.site.turns)
        peerText = "\(client) through \(connection.peer)"
        storesFrom = Instant(milliseconds: 0)
        checkStorage()
    }

    /// Refuses uploads while the store is full, and while the client's site owes storage, at least for as long as a
    /// refusal has said: a later upload must not overtake a refused one that the client sends again.
    private func checkStorage() {
        if let refusal = server.gate.refusal(now: server.now) {
            conversation.storageRefusal = refusal
            return
        }
        isStorageRefused = false
        if let visitor {
            let debt = visitor.site.storageDebt(now: server.now)
            if debt > .zero { storesFrom = server.now + debt.inWholeSeconds }
            isStorageRefused = storesFrom > server.now
        }
        conversation.storageRefusal = isStorageRefused ? .storesTooMuch(until: storesFrom - server.now) : nil
    }

    /// Lets uploads wait while too many entries are under way.
    private func updateHold() {
        let mustHold = mayNotPropose
        guard mustHold != holdsUploads else { return }
        holdsUploads = mustHold
        conversation.holdsUploads = mustHold
    }

    /// Whether so many entries are under way that another upload has to wait.
    private var mayNotPropose: Bool {
        let count = server.waiters.count
        if count < ServerLimits.entriesOfHeavy { return false }
        return connection.isHeavy || count >= ServerLimits.entriesOfLight && !conversation.isAnswered
    }

    func takeTurn() { continueList() }

    func inputTimedOut() {
        guard conversation.isSilent else {
            if connection.isFinishing { return }
            if let http = conversation.http { return timedOut(http) }
            if let webSocket = conversation.webSocket {
                keepAlive(webSocket, isReading: conversation.isAnswered && !awaitsOutput)
            }
            return
        }
        if connection.isInHandshake {
            let seconds = ServerLimits.firstLine.components.seconds
            return connection.close(.failed(.mismatch("no whole TLS handshake in \(seconds) seconds")))
        }
        run(conversation.firstLineTimedOut())
    }

    func outputDrained() {
        if list != nil { connection.awaitTurn() }
        if awaitsOutput, list == nil, connection.outputBytes == 0 {
            awaitsOutput = false
            connection.resumeInput()
        }
        if isStopping, isIdle, !connection.isQueuedForTurn { finish(.goingAway) }
    }

    func wantsAllLines(from number: UInt64) -> Bool {
        subscriber.wantsAllLines(from: number) && conversation.http?.isWaiting != true
    }

    func wants(line number: UInt64) -> Bool {
        guard subscriber.wants(line: number) else { return false }
        if let http = conversation.http { return streamTakes(number, http) }
        return true
    }

    func prefix(ofLine number: UInt64) -> UnsafeRawBufferPointer {
        ntfy?.prefix(among: server.live.feeds.feeds(of: number)) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    func feedAdvanced(to number: UInt64) {
        subscriber.hasRead(to: number)
        if hasWaited { endStream() }
    }

    func overtaken(at number: UInt64) { lagged() }

    func closed(_ ending: Connection.Ending) {
        server.clients.remove(self)
        server.visitors.remove(self)
        list = nil
        delayedRequest?.giveUp()
        delayedRequest = nil
        giveUpName()
        subscriber.unfollowAll()
        switch ending {
        case .finished:
            report(.general, " deactivated")
            report(.connection, " disconnected")
        case .failed(.system(let error)) where error.code == ETIMEDOUT:
            // Either the peer is gone or it does not read: the kernel does not say which.
            report(.error, " timed out: it is gone, or did not read what it was sent")
            report(.connection, " disconnected")
        case .failed(let error): report(.connection, " disconnected: ", error.description)
        case .stalled:
            report(.error, " did not read what it was sent")
            report(.connection, " disconnected")
        case .silent: report(.connection, " disconnected: it gave no sign of life")
        case .superseded: report(.connection, " disconnected: its client has come back on another connection")
        case .reset: report(.connection, " disconnected: reset, since its request was refused")
        case .evicted: report(.connection, " disconnected: another connection needs its place", "", .refusal)
        case .serverStopped: report(.connection, " disconnected: the server stops")
        }
    }

    // MARK: Events of the server

    /// Finishes the requests under way and refuses new ones.
    func stop() {
        isStopping = true
        conversation.isStopping = true
        // Reads requests that have already arrived, to refuse them: closing with unread input would send a reset.
        connection.readNow()
        // A handshake that has still not ended has no request behind it that was answered.
        if connection.isInHandshake { return connection.close(.serverStopped) }
        if isIdle, !connection.isFinishing, !connection.isQueuedForTurn {
            connection.close(.serverStopped, saying: farewell(nil, .goingAway))
        }
    }

    /// Whether every request is answered and all output sent.
    private var isIdle: Bool { conversation.isAnswered && connection.outputBytes == 0 }

    /// Writes the output if it is too much to wait for the end of the turn.
    ///
    /// - Returns: false if the client does not take it.
    private func makesRoomForOutput() -> Bool {
        connection.outputBytes < ServerLimits.outputHighWater || connection.sendNow()
    }

    // MARK: Actions of the conversation

    /// Takes no further request until the output is sent.
    func awaitOutput() {
        awaitsOutput = true
        connection.pauseInput()
    }

    func run(_ action: Conversation.Action) {
        switch action {
        case .awaitInput, .awaitAnswers: break
        case .answerLastMessage:
            if let exchange = conversation.exchange { return sendLastMessage(as: exchange) }
            send(server.live.session.lastMessageLine)
        case .answer(let download): respond { () throws(WireError) in try answer(download) }
        case .perform(let request): respond { () throws(WireError) in try perform(request) }
        case .append(let upload): server.append(upload, reply: Reply(self, .upload(bytes: upload.bytesUnderWay)))
        case .appendOriginal(let upload):
            connection.setResetsOnClose(true)
            server.append(upload, reply: Reply(self, .original(bytes: upload.bytesUnderWay)))
        case .refuse(let error): refuse(error)
        case .end(let error):
            if error == .httpNotServed, !connection.peer.isUnix { refuseInHTTP(error) } else { refuse(error) }
            finish(error.code == .stopping ? .goingAway : .policyViolation)
        case .reset(let error):
            reportRefusal(error)
            connection.setResetsOnClose(true)
            connection.close(.reset)
        case .answerOriginal:
            send(server.live.session.lastMessageText)
            connection.finish()
        case .chargeClient(let chain): charge(server.http.client(of: chain, through: connection.peer))
        case .sayContinue: connection.send(ResponseWriter.continueAnswer)
        case .answerHealth: if let exchange = conversation.exchange { sendHealth(as: exchange) }
        case .answerMetrics(let isDirect):
            if let exchange = conversation.exchange { sendMetrics(isDirect: isDirect, as: exchange) }
        case .answerPage(let answer): if let exchange = conversation.exchange { send(answer, as: exchange) }
        case .refuseHTTP(let problem): refuse(problem)
        case .answerRefusedLogIn(let problem): if let exchange = conversation.exchange { send(problem, as: exchange) }
        case .upgrade(let upgrade): begin(upgrade)
        case .sendFrame(let frame): connection.send(frame)
        case .close(let end): self.end(end)
        case .finish:
            connection.finish()
            // The client of a stream by HTTP may go while it is sent what it has missed.
            list = nil
            endExchange()
        }
    }

    /// Sends the handler's immediate answer, or the error that it throws.
    private func respond(_ handler: () throws(WireError) -> Response) {
        do throws(WireError) {
            if case .line(let line) = try handler() { send(line) }
        } catch {
            refuse(error)
        }
    }

    /// Carries out a request that the conversation has admitted.
    private func perform(_ request: Request) throws(WireError) -> Response {
        switch request {
        case .follow(let request): return try follow(request)
        case .unfollow(let tag): subscriber.unfollow(tag)
        case .tags(let count): return beginList(.hashtags(HashtagCursor(atMost: count ?? WireLimits.downloadCount)))
        case .search(let search): return answer(search)
        case .ping: break
        case .takeName(let name, let secret): return try takeName(name, resume: secret)
        case .signUp(let credentials): return try AccountRequest.signUp(credentials, from: self)
        case .logIn(let credentials): return try AccountRequest.logIn(credentials, from: self)
        case .logInByToken(let secret): return try TokenLogIn.begin(secret, from: self)
        case .makeToken(let token): return try makeToken(token)
        case .tokens: return try listTokens()
        case .removeToken(let id): return try removeToken(id)
        case .changePassword(let change): return try AccountRequest.changePassword(change, from: self)
        case .join: join()
        case .leave: leave()
        case .setHidden(let isHidden): return try setHidden(isHidden)
        case .setAway(let isAway): return try setAway(isAway)
        case .directory(let query): return try answer(query)
        case .message(let message): return try send(message)
        case .inbox(let query): return try answerInbox(query)
        case .markRead(let messages): return try markRead(messages)
        case .sent(let query): return try answerSent(query)
        case .setBlocked(let name, let isBlocked): return try setBlocked(name, isBlocked)
        case .blocked: return try listBlocked()
        case .addAccount(let credentials): return try AccountRequest.addAccount(credentials, from: self)
        case .resetPassword(let credentials): return try AccountRequest.resetPassword(credentials, from: self)
        case .removeAccount(let name): return removeAccount(name)
        case .stats: return .line(try server.stats(for: conversation.identity))
        case .lastMessage, .download, .upload:
            preconditionFailure("the conversation has actions of their own for these")
        }
        return .done
    }

    /// Answers with an error and reports it.
    func refuse(_ error: WireError) {
        reportRefusal(error)
        send(error)
    }

    /// Answers a client that speaks HTTP where it is not served, in words that a browser or curl shows.
    private func refuseInHTTP(_ error: WireError) {
        reportRefusal(error)
        let problem = HTTPProblem(.notImplemented, error.code.rawValue, error.message, closes: true)
        connection.send(problem.wholeAnswer(at: server.httpDate))
    }

    /// Queues a packet.
    func send(_ packet: [UInt8]) {
        if let ntfy { return send(packet, to: ntfy) }
        if conversation.framing == nil, let http = conversation.http { return send(packet, to: http) }
        connection.send(packet: packet)
    }

    /// Queues an error, the answer to a request.
    func send(_ error: WireError) {
        if ntfy != nil { return endNtfy(error) }
        if conversation.framing == nil, let http = conversation.http { return send(error, to: http) }
        connection.send(packet: PacketWriter.error(error))
    }
}
