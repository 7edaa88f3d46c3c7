import TweetModel
public import TweetSystem
public import TweetWire

/// One request and its answer, over as many connections as it takes: the rules alone, no clock and no socket.
///
/// On each new connection a prelude goes before the request in the same write, a login for one; where it is refused the
/// request is as good as not sent. Whoever does the I/O calls ``start(at:)``, does the action, tells what came of it,
/// does the next action, until ``Action/finish(_:)``.
public struct Exchange: Sendable {
    /// The next step; report its result afterwards.
    public enum Action: Equatable, Sendable {
        /// Close what is open and connect: then ``connected(at:)`` or, also when the moment is over first,
        /// ``connectFailed(_:at:)``.
        case connect(until: Instant)
        /// Send all of it, then receive.
        case send([UInt8], until: Instant)
        /// Wait for bytes: then ``received(_:at:)``, ``broken(_:at:)`` or ``timePassed(at:)``.
        case receive(until: Instant)
        /// Close what is open and wait: then ``timePassed(at:)``.
        case pause(until: Instant, because: String)
        case finish(Result<WholeAnswer, ClientError>)
    }

    /// The longest pause between two tries.
    static let longestPause: Duration = .seconds(1)
    /// The longest pause between two tries where they go on for long.
    static let longestRetryPause: Duration = .seconds(5)
    /// How often a question is asked again when the connection breaks.
    ///
    /// A request that changes something is sent again until its time is over: only the answer tells whether it was
    /// done.
    static let questionRetries = 2
    /// How long a guest's name that is taken is asked for again: longer than an upload takes.
    static let nameWait: Duration = .seconds(2)

    private let request: Request
    private let packet: [UInt8]
    private let prelude: [Request]
    /// The clause of an error about a change that was sent and not answered; nil for a question.
    private let openOutcome: String?
    private let limit: TimeLimit

    private var backoff: RetryBackoff
    /// When this try began, and when it ends.
    private var tryBegan: Instant
    private var deadline: Instant
    /// Whether this connection has carried the request, which nothing has answered yet.
    private var isSent = false
    /// Whether an earlier sending may have been stored.
    private var hasBroken = false
    /// Whether a change was sent and nothing has told yet if it was made.
    private var outcomeIsOpen = false
    private var answers = AnswerReader()
    /// How many of the prelude's answers have not come on this connection.
    private var preludeLeft = 0
    private var reply: WholeAnswerReader

    /// - Parameters:
    ///   - prelude: what is done first on each connection, logging in for one.
    ///   - server: what it is called in errors.
    public init(_ request: Request, after prelude: [Request] = [], to server: ServerName, limit: TimeLimit) {
        self.request = request
        self.prelude = prelude
        packet = PacketWriter.request(request)
        openOutcome = request.openOutcome
        reply = WholeAnswerReader(request)
        backoff = RetryBackoff(server, longestPause: limit.isRetry ? Self.longestRetryPause : Self.longestPause)
        self.limit = limit
        tryBegan = limit.runBegan
        deadline = limit.retryEnd
    }

    /// Whether the message may have been stored by a connection before: elsewhere, if that led elsewhere.
    var mayBeStoredTwice: Bool { hasBroken && request.carriesMessage }

    // MARK: Connecting

    public mutating func start(at now: Instant) -> Action {
        deadline = limit.retryEnd
        return now < deadline ? connect(at: now) : fail(timedOut(at: now))
    }

    private mutating func connect(at now: Instant) -> Action {
        tryBegan = now
        deadline = limit.deadline(ofTryAt: now)
        guard now < deadline else { return fail(timedOut(at: now)) }
        backoff.connect()
        return .connect(until: deadline)
    }

    public mutating func connected(at now: Instant) -> Action {
        preludeLeft = prelude.count
        return send(prelude.flatMap(PacketWriter.request) + packet)
    }

    /// Starts on a connection that is there, on which the prelude is done.
    public mutating func startConnected(at now: Instant) -> Action {
        tryBegan = now
        deadline = limit.deadline(ofTryAt: now)
        return send(packet)
    }

    private mutating func send(_ bytes: [UInt8]) -> Action {
        backoff.connected()
        isSent = true
        outcomeIsOpen = openOutcome != nil
        return .send(bytes, until: deadline)
    }

    public mutating func connectFailed(_ failure: ConnectFailure, at now: Instant) -> Action {
        backoff.failed(failure)
        if now >= deadline { return ranOut(failure.text, at: now) }
        guard backoff.hasConnected || limit.isRetry, !backoff.isHopeless(failure) else { return fail(failure.error) }
        return tryAgain(failure.text, orFailWith: hasBroken ? timedOut(at: now) : failure.error, at: now)
    }

    // MARK: The answer

    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Action {
        var rest = bytes
        do throws(ClientError) {
            while let answer = try answers.next(from: &rest) {
                if let action = try take(answer, at: now) { return action }
            }
            return .receive(until: deadline)
        } catch {
            // A server of another kind stores nothing.
            if error.fault == .foreign { outcomeIsOpen = hasBroken }
            return fail(error.naming("\(backoff.server)"))
        }
    }

    /// - Returns: nil while more of the answer is to come.
    private mutating func take(_ answer: Answer, at now: Instant) throws(ClientError) -> Action? {
        switch answer {
        case .push: return nil
        case .error(let code, let message): return refused(code: code, message: message, at: now)
        case .done where preludeLeft > 0:
            preludeLeft -= 1
            return nil
        default:
            if preludeLeft > 0 { throw .notUnderstood("it does not fit the request") }
            return try reply.take(answer).map { .finish(.success($0)) }
        }
    }

    private mutating func refused(code: String, message: String, at now: Instant) -> Action {
        let error = ClientError(refusal: code, message, isUpload: request.carriesMessage && preludeLeft == 0)
        // Another run has the name, for as long as its own upload takes: several jobs may sign with one.
        if preludeLeft > 0, code == WireError.Code.nameTaken.rawValue, now < limit.runBegan + Self.nameWait {
            isSent = false
            return tryAgain(error.text, orFailWith: error, at: now)
        }
        if openOutcome != nil {
            // An error tells that this sending changed nothing, except for one. What became of an earlier sending it
            // does not tell: what passes is tried again.
            let mayBeStored = preludeLeft == 0 && code == WireError.Code.unknown.rawValue
            if !mayBeStored { isSent = false }
            outcomeIsOpen = hasBroken || mayBeStored
            if error.exitCode.passes, outcomeIsOpen || limit.isRetry {
                return tryAgain(error.text, orFailWith: outcomeIsOpen ? timedOut(at: now) : error, at: now)
            }
        }
        return fail(error)
    }

    // MARK: Trying again

    /// The connection ended before the answer was complete.
    public mutating func broken(_ reason: String, at now: Instant) -> Action {
        tryAgain(reason, orFailWith: nil, at: now)
    }

    /// - Parameter error: how it ends where there is no time for another try; nil times out.
    private mutating func tryAgain(_ reason: String, orFailWith error: ClientError?, at now: Instant) -> Action {
        backoff.broke(reason)
        if isSent { hasBroken = true }
        isSent = false
        answers = AnswerReader()
        reply = WholeAnswerReader(request)
        if openOutcome == nil, backoff.breaks > Self.questionRetries { return .finish(.failure(backoff.noAnswer)) }
        guard now < limit.retryEnd else { return fail(error ?? timedOut(at: now)) }
        return .pause(until: backoff.pause(at: now, until: limit.retryEnd), because: reason)
    }

    /// The moment that an action named is over.
    public mutating func timePassed(at now: Instant) -> Action {
        if backoff.isPausing { return connect(at: now) }
        if now < deadline { return .receive(until: deadline) }
        return ranOut("no answer within \(RetryBackoff.seconds(now - tryBegan))", at: now)
    }

    /// The time of this try is over.
    private mutating func ranOut(_ reason: String, at now: Instant) -> Action {
        limit.isRetry ? tryAgain(reason, orFailWith: timedOut(at: now), at: now) : fail(timedOut(at: now))
    }

    // MARK: Failing

    private func timedOut(at now: Instant) -> ClientError {
        backoff.timedOut(after: max(min(now, deadline), limit.runBegan) - limit.runBegan)
    }

    private func fail(_ error: ClientError) -> Action {
        guard outcomeIsOpen, let openOutcome else { return .finish(.failure(error)) }
        let text = "\(error.text); the outcome is unknown: \(openOutcome)"
        return .finish(.failure(ClientError(error.exitCode, text)))
    }
}

extension Request {
    /// The clause of an error about a change that was sent and not answered; nil for a question.
    fileprivate var openOutcome: String? {
        switch self {
        case .upload, .message: "the message may be stored or not"
        case .signUp: "the account may be made or not"
        case .changePassword: "the password may be changed or not"
        case .markRead: "the messages may be marked as read or not"
        default: nil
        }
    }

    /// Whether a wrong body is the message's fault and not this client's.
    fileprivate var carriesMessage: Bool {
        switch self {
        case .upload, .message: true
        default: false
        }
    }
}
