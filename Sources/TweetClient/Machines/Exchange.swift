import TweetModel
public import TweetSystem
import TweetTLS
public import TweetWire

/// One request and its answer, across connections: only the rules, without a clock or a socket.
///
/// On each new connection a prelude, such as a login, is sent before the request in the same write; if it is refused,
/// the request has no effect. The caller does the I/O: it calls ``start(at:)``, carries out the action, reports the
/// result, carries out the next action, and so on until ``Action/finish(_:)``.
public struct Exchange: Sendable {
    /// The next step; the caller reports its result afterwards.
    public enum Action: Equatable, Sendable {
        /// Closes the open connection and connects: then ``connected(at:)`` or, also after a timeout,
        /// ``connectFailed(_:at:)``.
        case connect(until: Instant)
        /// Sends all bytes, then receives.
        case send([UInt8], until: Instant)
        /// Waits for bytes: then ``received(_:at:)``, ``broken(_:at:)`` or ``timePassed(at:)``.
        case receive(until: Instant)
        /// Closes the connection and waits: then ``timePassed(at:)``.
        case pause(until: Instant, because: String)
        case finish(Result<WholeAnswer, ClientError>)
    }

    /// The longest pause between two attempts.
    static let longestPause: Duration = .seconds(1)
    /// The longest pause between two attempts with `--retry`.
    static let longestRetryPause: Duration = .seconds(5)
    /// The number of retries of a read-only request after a break.
    ///
    /// A request that changes something is sent again until its time is over: only the answer says whether it was done.
    static let questionRetries = 2
    /// How long to retry a guest's name that is taken: longer than an upload takes.
    static let nameWait: Duration = .seconds(2)

    private let request: Request
    private let packet: [UInt8]
    private let prelude: [Request]
    /// The clause of an error about a change that was sent and not answered; nil for a read-only request.
    private let openOutcome: String?
    private let limit: TimeLimit

    private var backoff: RetryBackoff
    /// When this attempt began, and when it ends.
    private var tryBegan: Instant
    private var deadline: Instant
    /// Whether the request was sent on this connection and has no answer yet.
    private var isSent = false
    /// Whether an earlier attempt may have been stored.
    private var hasBroken = false
    /// Whether a change was sent and may or may not have been made.
    private var outcomeIsOpen = false
    private var answers = AnswerReader()
    /// The number of the prelude's answers that are missing on this connection.
    private var preludeLeft = 0
    private var reply: WholeAnswerReader

    /// - Parameters:
    ///   - prelude: requests to send first on each connection, such as a login.
    ///   - server: the server's name in errors.
    ///   - jitter: lets the run come back later than the server asks for.
    public init(
        _ request: Request, after prelude: [Request] = [], to server: ServerName, limit: TimeLimit, jitter: Jitter
    ) {
        self.request = request
        self.prelude = prelude
        packet = PacketWriter.request(request)
        openOutcome = request.openOutcome
        reply = WholeAnswerReader(request)
        backoff = RetryBackoff(
            server, longestPause: limit.isRetry ? Self.longestRetryPause : Self.longestPause, jitter: jitter)
        self.limit = limit
        tryBegan = limit.runBegan
        deadline = limit.retryEnd
    }

    /// Whether an earlier connection may have stored the message, on another server if it led to one.
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

    /// Starts on an open connection whose prelude is done.
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
            // A server that pushes without end, or drips, must not hold the run beyond its time.
            return timePassed(at: now)
        } catch {
            // A server of another kind stores nothing.
            if error.fault == .foreign { outcomeIsOpen = hasBroken }
            return fail(error.naming("\(backoff.server)"))
        }
    }

    /// - Returns: nil until the answer is complete.
    private mutating func take(_ answer: Answer, at now: Instant) throws(ClientError) -> Action? {
        switch answer {
        case .push: return nil
        case .error(let code, let message, let retryAfter):
            return refused(code: code, message: message, after: retryAfter.map { .seconds($0) }, at: now)
        case .done where preludeLeft > 0:
            preludeLeft -= 1
            return nil
        default:
            if preludeLeft > 0 { throw .notUnderstood("it does not fit the request") }
            return try reply.take(answer).map { .finish(.success($0)) }
        }
    }

    /// - Parameter span: the time before which the server asked not to come back; nil if it did not.
    private mutating func refused(code: String, message: String, after span: Duration?, at now: Instant) -> Action {
        let error = ClientError(refusal: code, message, isUpload: request.carriesMessage && preludeLeft == 0)
        // Another run has the name until its own upload is done: several jobs may sign with one name.
        if preludeLeft > 0, code == WireError.Code.nameTaken.rawValue, now < limit.runBegan + Self.nameWait {
            isSent = false
            return tryAgain(error.text, orFailWith: error, at: now)
        }
        let isUnknown = code == WireError.Code.unknown.rawValue
        if let span, error.exitCode.passes, !isUnknown, now + span < limit.retryEnd {
            outcomeIsOpen = hasBroken
            backoff.comeBack(after: span, at: now, until: limit.retryEnd)
            // Nothing has broken: a read-only request is sent again as often as the server asks for it.
            return pause(error.text, at: now)
        }
        if openOutcome != nil {
            // An error means that this attempt changed nothing, with one exception. It says nothing about an earlier
            // attempt; a temporary error is retried.
            let mayBeStored = preludeLeft == 0 && isUnknown
            if !mayBeStored { isSent = false }
            outcomeIsOpen = hasBroken || mayBeStored
            if error.exitCode.passes, outcomeIsOpen || limit.isRetry {
                let final = outcomeIsOpen ? timedOut(at: now) : error.advising(returnAfter: span)
                return tryAgain(error.text, orFailWith: final, returnAfter: span, at: now)
            }
        }
        return fail(error.advising(returnAfter: span))
    }

    mutating func nothingSent() {
        isSent = false
        outcomeIsOpen = hasBroken
    }

    var openClause: String { outcomeIsOpen ? openOutcome.map { "; the outcome is unknown: \($0)" } ?? "" : "" }

    mutating func refused(_ failure: TLSFailure, at now: Instant) -> Action {
        // Nothing of the request has reached the server.
        outcomeIsOpen = hasBroken
        return fail(ClientError(failure, from: backoff.server))
    }

    // MARK: Retrying

    /// Handles a connection that ended before the answer was complete.
    public mutating func broken(_ reason: String, at now: Instant) -> Action {
        tryAgain(reason, orFailWith: nil, at: now)
    }

    /// - Parameters:
    ///   - error: the final error if there is no time for another attempt; nil for a timeout.
    ///   - span: the time before which the server asked not to come back; nil if it did not.
    private mutating func tryAgain(
        _ reason: String, orFailWith error: ClientError?, returnAfter span: Duration? = nil, at now: Instant
    ) -> Action {
        backoff.broke(reason, returnAfter: span)
        if isSent { hasBroken = true }
        if openOutcome == nil, backoff.breaks > Self.questionRetries { return .finish(.failure(backoff.noAnswer)) }
        guard now < limit.retryEnd else { return fail(error ?? timedOut(at: now)) }
        return pause(reason, at: now)
    }

    private mutating func pause(_ reason: String, at now: Instant) -> Action {
        isSent = false
        answers = AnswerReader()
        reply = WholeAnswerReader(request)
        return .pause(until: backoff.pause(at: now, until: limit.retryEnd), because: reason)
    }

    /// Handles the end of an action's time.
    public mutating func timePassed(at now: Instant) -> Action {
        if backoff.isPausing { return connect(at: now) }
        if now < deadline { return .receive(until: deadline) }
        return ranOut("no answer within \(RetryBackoff.seconds(now - tryBegan))", at: now)
    }

    /// Handles the end of this attempt's time.
    private mutating func ranOut(_ reason: String, at now: Instant) -> Action {
        limit.isRetry ? tryAgain(reason, orFailWith: timedOut(at: now), at: now) : fail(timedOut(at: now))
    }

    // MARK: Failing

    private func timedOut(at now: Instant) -> ClientError {
        backoff.timedOut(after: max(min(now, deadline), limit.runBegan) - limit.runBegan)
    }

    private func fail(_ error: ClientError) -> Action {
        let clause = openClause
        if clause.isEmpty { return .finish(.failure(error)) }
        return .finish(.failure(ClientError(error.exitCode, error.text + clause)))
    }
}

extension Request {
    /// The clause of an error about a change that was sent and not answered; nil for a read-only request.
    fileprivate var openOutcome: String? {
        switch self {
        case .upload, .message: "the message may or may not be stored"
        case .signUp: "the account may or may not be made"
        case .changePassword: "the password may or may not be changed"
        case .markRead: "the messages may or may not be marked as read"
        case .makeToken: "the token may or may not be made"
        case .removeToken: "the token may or may not be removed"
        case .setBlocked: "the name may or may not be blocked"
        default: nil
        }
    }

    /// Whether an invalid body is the message's fault and not this client's.
    fileprivate var carriesMessage: Bool {
        switch self {
        case .upload, .message: true
        default: false
        }
    }
}
