public import TweetClient
public import TweetModel
public import TweetSystem
public import TweetWire

/// A moment by both clocks: what is waited for, and what people read.
public struct Moment: Hashable, Sendable {
    /// Milliseconds of the monotonic clock.
    public let monotonic: UInt64
    public let time: Timestamp

    public init(monotonic: UInt64, time: Timestamp) {
        self.monotonic = monotonic
        self.time = time
    }
}

/// The facts that a chat starts with.
public struct ChatStart: Sendable {
    /// As it is shown.
    public var server: String
    /// Asked for where it is nil.
    public var name: Name?
    /// Logs in with it, instead of asking.
    public var password: Password?
    /// Whether there is somebody who can be asked.
    public var canAsk: Bool
    /// Whether lines come from a script or a pipe: each then waits until it can be carried out.
    public var holdsLines: Bool
    /// The beginning of the ids of this run's messages: nobody else's begin so.
    public var idPrefix: String
    /// Proves to the server that a guest who comes back is the same one.
    public var resume: ResumeSecret
    /// How many seconds local time is ahead of UTC at a moment.
    public var secondsFromUTC: @Sendable (Timestamp) -> Int

    public init(
        server: String, name: Name?, password: Password?, canAsk: Bool, holdsLines: Bool, idPrefix: String,
        resume: ResumeSecret, secondsFromUTC: @escaping @Sendable (Timestamp) -> Int
    ) {
        self.server = server
        self.name = name
        self.password = password
        self.canAsk = canAsk
        self.holdsLines = holdsLines
        self.idPrefix = idPrefix
        self.resume = resume
        self.secondsFromUTC = secondsFromUTC
    }
}

/// The chat as the client sees it, over as many connections as it takes: the rules alone, no clock, socket or screen.
///
/// Whoever does the I/O says what happens and does the actions that come back; what is to be shown besides lines
/// stands in its ``view``. The machine itself only routes: each of its parts knows its own subject, and answers with
/// steps.
public struct ChatMachine: Sendable {
    public enum Event: Hashable, Sendable {
        case started
        case connected
        case connectFailed(ConnectFailure)
        case received(Answer)
        /// A line that is no answer.
        case notUnderstood(String)
        case broken(String)
        case typed(String)
        /// Lines of a paste: text, whatever they look like.
        case pasted([TweetText])
        /// A line that cannot be read: which one, and why.
        case refusedLine(String)
        /// A script is read to its end, or as far ahead as it may be, while lines of it may still wait; or it is not any
        /// more.
        case inputReadAhead(Bool)
        /// Nothing more will be typed.
        case inputEnded
        /// Nothing more can be read of what is typed.
        case inputFailed(Errno)
        /// A signal ends the run.
        case stopped
        /// ``wakeAt`` has come.
        case timePassed
    }

    public enum Action: Hashable, Sendable {
        /// Close what is open and connect: then `connected` or, also when the moment is over first, `connectFailed`.
        case connect(until: UInt64)
        case disconnect
        case send([UInt8])
        case show(ChatLine)
        /// The end, and why where it is a failure.
        case quit(ChatExit, String?)
    }

    let start: ChatStart
    var moment = Moment(monotonic: 0, time: Timestamp(milliseconds: 0))
    var actions: [Action] = []

    // MARK: The parts

    /// Whether there is a connection, and when it is tried again.
    var connection = Reconnection()
    /// The requests that the server has not answered.
    var requests = RequestQueue()
    /// The name or the account of this person.
    var signIn: SignIn
    var questions = Questions()
    var passwords = TypedPasswords()
    /// The way the others see this person.
    var presence = OwnPresence()
    /// The messages of the others.
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

    /// - Returns: what to do, in this order.
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
        case .typed(let line): typed(line)
        case .pasted(let texts): pasted(texts)
        case .refusedLine(let reason): refuse(reason, .refused)
        case .stopped: finish()
        case .inputReadAhead(let isReadAhead): lines.readAhead(isReadAhead, at: now)
        case .inputEnded: lines.ended(at: now)
        case .inputFailed(let error):
            lines.ended(at: now)
            lines.refused(.streamFailed)
            fail("cannot read standard input: \(error)")
        case .timePassed: timePassed()
        }
        releaseLines()
        sendWaiting()
        leaveAtEnd()
        switch event {
        case .typed, .pasted, .started: break
        default: if questions.current != asked, !connection.isOver { questions.dropTypeAhead() }
        }
        defer { actions = [] }
        return actions
    }

    // MARK: Time

    var now: UInt64 { moment.monotonic }

    /// When to say that time has passed, in milliseconds of the monotonic clock; `UInt64.max` never.
    public var wakeAt: UInt64 {
        var moments: [UInt64] = []
        if let deadline = connection.deadline { moments.append(deadline) }
        if connection.isSigningIn || isHere { moments.append(requests.deadline) }
        if let retryAt = signIn.retryAt { moments.append(retryAt) }
        if let resendAt = outbox.resendAt { moments.append(resendAt) }
        if let waitForServerSince = lines.waitForServerSince, !isConnected {
            moments.append(waitForServerSince + ChatLimits.end)
        }
        return moments.min() ?? .max
    }

    private mutating func timePassed() {
        if let deadline = connection.deadline, now >= deadline {
            if isLeaving { finish() } else { connect() }
        } else if connection.isSigningIn || isHere {
            switch requests.due(at: now) {
            case .nothing: break
            case .ping: request(.ping, .ping)
            case .givenUp: broken("the server has not answered for \(ChatLimits.answer / 1000) seconds")
            }
        }
        if signIn.timePassed(at: now), connection.isSigningIn, !requests.hasSignIn { beginSignIn() }
        outbox.timePassed(at: now)
        if let waitForServerSince = lines.waitForServerSince, !isConnected, now >= waitForServerSince + ChatLimits.end {
            leave()
        }
    }
}
