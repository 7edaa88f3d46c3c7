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
    /// A password that is looked at later, and whose.
    var delayedCheck: (event: Event, name: Name)?

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
        giveUpCheck()
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

    /// An upload has its outcome.
    ///
    /// - Parameters:
    ///   - answer: the line for the client; one that speaks the original's packet sees an end or a reset instead.
    ///   - isStored: whether the answer is no error.
    func answered(_ upload: Upload, isOriginal: Bool, _ answer: [UInt8], isStored: Bool) {
        conversation.answered(upload)
        guard isOpen, !isFinishing else { return }
        if isOriginal {
            guard isStored else { return close(.reset) }
            setResetsOnClose(false)
            return finish()
        }
        send(answer)
        if conversation.isAnswered { resumeInput() }
    }

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
        case .answer(let download): answer(download)
        case .perform(let request): perform(request)
        case .append(let upload): server.append(upload, from: self, isOriginal: false)
        case .appendOriginal(let upload):
            setResetsOnClose(true)
            server.append(upload, from: self, isOriginal: true)
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

    /// Carries out what the conversation has let through.
    private func perform(_ request: Request) {
        switch request {
        case .follow(let request): follow(request)
        case .unfollow(let tag):
            unfollow(tag)
            send(PacketWriter.okDone())
        case .tags(let count): beginList(.hashtags(HashtagCursor(atMost: count ?? Limits.downloadCount)))
        case .ping: send(PacketWriter.okDone())
        case .takeName(let name, let secret): takeName(name, resume: secret)
        case .signUp(let credentials): signUp(credentials)
        case .logIn(let credentials): logIn(credentials)
        case .changePassword(let change): changePassword(change)
        case .join:
            join()
            send(PacketWriter.okDone())
        case .leave:
            leave()
            send(PacketWriter.okDone())
        case .setHidden(let isHidden): setHidden(isHidden)
        case .setAway(let isAway): setAway(isAway)
        case .directory(let query): answer(query)
        case .message(let message): send(message)
        case .inbox(let query): answerInbox(query)
        case .markRead(let messages): markRead(messages)
        case .sent(let query): answerSent(query)
        case .addAccount(let credentials): addAccount(credentials)
        case .resetPassword(let credentials): resetPassword(credentials)
        case .removeAccount(let name): removeAccount(name)
        case .lastMessage, .download, .upload:
            preconditionFailure("the conversation has actions of their own for these")
        }
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

    func report(_ category: Report.Category, _ what: StaticString, _ detail: String = "") {
        server.log.report(category) { line in
            line.append("client ")
            line.append(contentsOf: peerText.utf8)
            line.append(what)
            if !detail.isEmpty { line.appendEscaped(detail) }
        }
    }
}
