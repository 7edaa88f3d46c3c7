import CSystem
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// A client's connection: carries out what its conversation says.
final class ServerConnection: Connection {
    let server: Server
    var conversation: Conversation
    /// The answer of many lines that is under way.
    var list: ListAnswer?
    /// Whether the next request waits for output to leave, not for an answer.
    private var awaitsOutput = false
    let peerText: String
    /// The feeds it follows, the chat's notices among them when it has joined.
    var followings: [Following] = []
    /// Tweets after this sequence are for it, whatever their hashtags: `.max` unless all tweets are what it follows.
    var everythingFloor: SequenceNumber = .max
    var isReadingRing = false
    /// The greatest sequence of a tweet that it was sent from the ring.
    var sentSequence: SequenceNumber = 0
    /// Tweets behind that one which it was sent all the same.
    var sentAhead = SentAhead()
    /// Whether its name is here.
    var hasJoined = false
    /// Notices before this line of the ring came before it joined.
    var joinedAtLine: UInt64 = 0
    /// The last notices about itself, which are for the others.
    var ownNotices: [UInt64] = []
    /// Whether the directory leaves its name out.
    var isHidden = false
    /// Whether somebody is not at it, by what it last said.
    var isAway = false
    /// The proof by which its client takes its guest's name over on a new connection.
    var resumeSecret: ResumeSecret?
    /// A request whose password is looked at later.
    var delayedRequest: AccountRequest?

    init(_ loop: EventLoop, _ descriptor: consuming Descriptor, peer: SocketAddress, server: Server) {
        self.server = server
        peerText = peer.description
        conversation = Conversation(
            identity: peer.isUnix ? .theOperator : .nobody, requiresAccount: server.requiresAccount)
        super.init(loop, descriptor, peer: peer)
        report(.general, " activated")
        setInputDeadline(milliseconds: Limits.firstLineMilliseconds)
    }

    // MARK: Events of the connection

    override func received(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> Int {
        var offset = 0
        while isOpen {
            if awaitsOutput || outputBytes >= Limits.outputHighWater {
                awaitOutput()
                return offset
            }
            let wasSilent = conversation.isSilent
            let (action, taken) = conversation.next(UnsafeRawBufferPointer(rebasing: bytes[offset...]), atEnd: atEnd)
            offset += taken
            if wasSilent {
                if conversation.isWithinOriginal { setResetsOnClose(true) }
                if !conversation.isSilent { setInputDeadline(milliseconds: nil) }
            }
            switch action {
            case .awaitInput: return offset
            case .awaitAnswers:
                pauseInput()
                return offset
            default: run(action)
            }
        }
        return offset
    }

    override func inputTimedOut() {
        if conversation.isSilent { run(conversation.firstLineTimedOut()) }
    }

    override func outputDrained() {
        if list != nil { continueList() }
        if awaitsOutput, list == nil, outputBytes == 0 {
            awaitsOutput = false
            resumeInput()
        }
        if conversation.isStopping, isIdle { finish() }
    }

    override func wants(line number: UInt64) -> Bool { isFor(line: number) }

    override func feedAdvanced(to number: UInt64) { hasRead(to: number) }

    override func overtaken(at number: UInt64) { lagged() }

    override func closed(_ ending: Ending) {
        list = nil
        delayedRequest?.giveUp()
        delayedRequest = nil
        giveUpName()
        unfollowAll()
        switch ending {
        case .finished:
            report(.general, " deactivated")
            report(.connection, " disconnected")
        case .failed(let error) where error.code == ETIMEDOUT:
            // The peer is gone, or it is there and does not read: the kernel does not tell which.
            report(.error, " timed out: it is gone, or did not read what it was sent")
            report(.connection, " disconnected")
        case .failed(let error): report(.connection, " disconnected: ", error.description)
        case .stalled:
            report(.error, " did not read what it was sent")
            report(.connection, " disconnected")
        case .superseded: report(.connection, " disconnected: its client has come back on another connection")
        case .reset: report(.connection, " disconnected: reset, since its request was refused")
        case .serverStopped: report(.connection, " disconnected: the server stops")
        }
    }

    // MARK: Events of the server

    /// Finishes what is under way and begins nothing more.
    func stop() {
        conversation.isStopping = true
        // A request that has come by now is refused: closing without reading it would be a reset.
        readNow()
        if isIdle, !isFinishing { close(.serverStopped) }
    }

    /// Whether nothing is asked for and nothing to be sent.
    private var isIdle: Bool { conversation.isAnswered && outputBytes == 0 }

    // MARK: Actions of the conversation

    /// Takes no further request until the output has left.
    func awaitOutput() {
        awaitsOutput = true
        pauseInput()
    }

    private func run(_ action: Conversation.Action) {
        switch action {
        case .awaitInput, .awaitAnswers: break
        case .answerLastMessage: send(server.live.session.lastMessageLine)
        case .answer(let download): respond { () throws(WireError) in try answer(download) }
        case .perform(let request): respond { () throws(WireError) in try perform(request) }
        case .append(let upload): server.append(upload, reply: Reply(self, .upload(bytes: upload.journalBytes)))
        case .appendOriginal(let upload):
            setResetsOnClose(true)
            server.append(upload, reply: Reply(self, .original(bytes: upload.journalBytes)))
        case .refuse(let error): refuse(error)
        case .end(let error):
            refuse(error)
            finish()
        case .reset(let error):
            reportRefusal(error)
            setResetsOnClose(true)
            close(.reset)
        case .answerOriginal:
            send(server.live.session.lastMessageText)
            finish()
        case .finish: finish()
        }
    }

    /// Sends the answer that a handler gives at once, or the error that it throws.
    private func respond(_ handler: () throws(WireError) -> Response) {
        do throws(WireError) {
            if case .line(let line) = try handler() { send(line) }
        } catch {
            refuse(error)
        }
    }

    /// Carries out a request that the conversation has let through.
    private func perform(_ request: Request) throws(WireError) -> Response {
        switch request {
        case .follow(let request): return try follow(request)
        case .unfollow(let tag): unfollow(tag)
        case .tags(let count): return beginList(.hashtags(HashtagCursor(atMost: count ?? Limits.downloadCount)))
        case .ping: break
        case .takeName(let name, let secret): return try takeName(name, resume: secret)
        case .signUp(let credentials): return try AccountRequest.signUp(credentials, from: self)
        case .logIn(let credentials): return try AccountRequest.logIn(credentials, from: self)
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
        case .addAccount(let credentials): return try AccountRequest.addAccount(credentials, from: self)
        case .resetPassword(let credentials): return try AccountRequest.resetPassword(credentials, from: self)
        case .removeAccount(let name): return removeAccount(name)
        case .lastMessage, .download, .upload:
            preconditionFailure("the conversation has actions of their own for these")
        }
        return .done
    }

    /// Answers with an error, and reports it where it is the client's.
    ///
    /// - Parameter name: whose password was tried.
    func refuse(_ error: WireError, attemptAt name: Name? = nil) {
        reportRefusal(error, attemptAt: name)
        send(PacketWriter.error(error))
    }

    private func reportRefusal(_ error: WireError, attemptAt name: Name? = nil) {
        switch error.code {
        case .stopping, .notFresh: break
        default:
            let attempt = name.map { " for \($0.string)" } ?? ""
            report(.error, " was refused: ", "\(error.code.rawValue)\(attempt), \(error.message)")
        }
    }

    /// Reports an upload that the journal, or the store behind it, has refused.
    func reportRefusedMessage(_ error: WireError) {
        server.log.report(.error, "message from \(peerText) was refused: \(error.code.rawValue), \(error.message)")
    }

    func report(_ category: Report.Category, _ what: StaticString, _ detail: String = "") {
        server.log.report(category) { line in
            line.append("client ")
            line.append(contentsOf: peerText.utf8)
            line.append(what)
            if !detail.isEmpty { line.appendEscaped(detail) }
        }
    }
}
