public import TweetClient
public import TweetModel
public import TweetSystem
public import TweetWire

/// A moment by both clocks: the monotonic one for waiting, and the one that people read.
public struct Moment: Hashable, Sendable {
    public let monotonic: Instant
    public let time: Timestamp

    public init(monotonic: Instant, time: Timestamp) {
        self.monotonic = monotonic
        self.time = time
    }
}

/// The settings that a chat starts with.
public struct ChatStart: Sendable {
    /// The server's name, as shown.
    public var server: String
    /// The name; if nil, the person is asked for it.
    public var name: Name?
    /// The password to log in with; if nil, the person is asked for it.
    public var password: Password?
    /// Whether a person can be asked questions.
    public var canAsk: Bool
    /// Whether the lines come from a script or a pipe: each then waits until it can be carried out.
    public var holdsLines: Bool
    /// The prefix of this run's message ids, which is unique.
    public var idPrefix: String
    /// Proof to the server that a returning guest is the same one.
    public var resume: ResumeSecret
    /// Lets the chat come back later than the server asks for.
    public var jitter: Jitter
    /// The number of seconds that local time is ahead of UTC at a moment.
    public var secondsFromUTC: @Sendable (Timestamp) -> Int

    public init(
        server: String, name: Name?, password: Password?, canAsk: Bool, holdsLines: Bool, idPrefix: String,
        resume: ResumeSecret, jitter: Jitter, secondsFromUTC: @escaping @Sendable (Timestamp) -> Int
    ) {
        self.server = server
        self.name = name
        self.password = password
        self.canAsk = canAsk
        self.holdsLines = holdsLines
        self.idPrefix = idPrefix
        self.resume = resume
        self.jitter = jitter
        self.secondsFromUTC = secondsFromUTC
    }
}

/// The client's side of the chat, across connections: only the rules, without a clock, a socket or a screen.
///
/// The caller does the I/O: it reports events and carries out the returned actions; what is shown besides lines is in
/// ``view``. The machine itself only routes: each of its parts has one subject, and returns steps.
public struct ChatMachine: Sendable {
    public enum Event: Hashable, Sendable {
        case started
        case connected
        case connectFailed(ConnectFailure)
        case received(Answer)
        /// A line from the server that is no valid answer.
        case notUnderstood(String)
        case broken(String)
        /// There can be no encrypted stream to the server: it is not the one to trust, or has no TLS.
        case insecure(String)
        case typed(String)
        /// Lines of a paste: always text, never commands.
        case pasted([TweetText])
        /// A typed line that cannot be read, with its place and the reason.
        case refusedLine(String)
        /// Whether a script has been read to its end, or as far ahead as allowed, although lines of it may still wait.
        case inputReadAhead(Bool)
        /// The input has ended.
        case inputEnded
        /// The input cannot be read any more.
        case inputFailed(Errno)
        /// A signal ends the run.
        case stopped
        /// ``wakeAt`` has come.
        case timePassed
    }

    public enum Action: Hashable, Sendable {
        /// Closes the open connection and connects: the next event is `connected` or, also after a timeout,
        /// `connectFailed`.
        case connect(until: Instant)
        case disconnect
        case send([UInt8])
        case show(ChatLine)
        /// Ends the run, with the reason if it is a failure.
        case quit(ChatExit, String?)
    }

    let start: ChatStart
    var moment = Moment(monotonic: Instant(milliseconds: 0), time: Timestamp(milliseconds: 0))
    var actions: [Action] = []
    /// The pause that the server asked for in the answer that is being handled, with its jitter.
    var requestedPause = Duration.zero
    /// The time that the server has named in the answer that is being handled; nil if it named none.
    var returnSpan: Duration?

    // MARK: The parts

    /// The state of the connection, and the time of the next attempt.
    var connection = Reconnection()
    /// The unanswered requests.
    var requests = RequestQueue()
    /// The name or the account of this person.
    var signIn: SignIn
    var questions = Questions()
    var passwords = TypedPasswords()
    /// The presence that others see of this person.
    var presence = OwnPresence()
    /// The messages from others.
    var reader = MessageReader()
    /// The people who are here.
    var roster = Roster()
    /// The messages of this person, until they are stored.
    var outbox: Outbox
    /// The typed lines that are not carried out.
    var lines = TypedLines()

    var isConnected: Bool { connection.isConnected }
    var isHere: Bool { connection.isHere }
    var isLeaving: Bool { connection.isLeaving }

    public init(_ start: ChatStart) {
        self.start = start
        signIn = SignIn(start)
        outbox = Outbox(idPrefix: start.idPrefix)
        if let password = start.password { passwords.remember(password.string) }
    }

    // MARK: Events

    /// - Returns: the actions, in order.
    public mutating func handle(_ event: Event, at moment: Moment) -> [Action] {
        if connection.isOver { return [] }
        self.moment = moment
        let asked = questions.current
        switch event {
        case .started:
            questions.ask(signIn.firstQuestion)
            connect()
        case .connected: connected()
        case .connectFailed(let failure): connectFailed(failure)
        case .received(let answer): received(answer)
        case .notUnderstood(let reason): notUnderstood(reason)
        case .broken(let reason): broken(reason)
        case .insecure(let reason): quit(.notUnderstood, reason)
        case .typed(let line): typed(line)
        case .pasted(let texts): pasted(texts)
        case .refusedLine(let reason): refuse(reason, .refused)
        case .stopped: finish()
        case .inputReadAhead(let isReadAhead):
            lines.readAhead(isReadAhead, at: now)
            connection.shortenPause(at: now, until: lines.limit)
        case .inputEnded:
            lines.ended(at: now)
            connection.shortenPause(at: now, until: lines.limit)
        case .inputFailed(let error):
            lines.ended(at: now)
            lines.refused(.streamFailed)
            fail("cannot read standard input: \(error)")
        case .timePassed: timePassed()
        }
        releaseLines()
        sendWaiting()
        giveUpAtEnd()
        leaveAtEnd()
        switch event {
        case .typed, .pasted, .started: break
        default: if questions.current != asked, !connection.isOver { questions.dropTypeAhead() }
        }
        defer { actions = [] }
        return actions
    }

    // MARK: Time

    var now: Instant { moment.monotonic }

    /// The time for the next ``Event/timePassed``.
    public var wakeAt: Instant {
        var moments: [Instant] = []
        if let deadline = connection.deadline { moments.append(deadline) }
        if connection.isSigningIn || isHere { moments.append(requests.deadline) }
        if let retryAt = signIn.retryAt { moments.append(retryAt) }
        if let resendAt = outbox.resendAt { moments.append(resendAt) }
        if !isHere, !isLeaving { moments.append(lines.limit) }
        return moments.min() ?? .never
    }

    private mutating func timePassed() {
        if let deadline = connection.deadline, now >= deadline {
            if isLeaving { finish() } else { connect() }
        } else if connection.isSigningIn || isHere {
            switch requests.due(at: now) {
            case .nothing: break
            case .ping: request(.ping, .ping)
            case .givenUp: broken("the server has not answered for \(ChatLimits.answer.components.seconds) seconds")
            }
        }
        if signIn.timePassed(at: now), connection.isSigningIn, !requests.hasSignIn { beginSignIn() }
        outbox.timePassed(at: now)
        if !isHere, !isLeaving, now >= lines.limit { leave() }
    }
}
