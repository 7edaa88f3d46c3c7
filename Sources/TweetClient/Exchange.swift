import TweetModel
public import TweetWire

/// One request and its answer, over as many connections as it takes: the rules alone, no clock and no socket.
///
/// On each new connection a prelude goes before the request in the same write, a login for one; where it is refused the
/// request is as good as not sent. Whoever does the I/O calls ``start(at:)``, does the action, tells what came of it,
/// does the next action, until ``Action/finish(_:)``. All times are milliseconds of one monotonic clock.
public struct Exchange: Sendable {
    /// What to do next; then say what came of it.
    public enum Action: Equatable, Sendable {
        /// Close what is open and connect: then ``connected(at:)`` or, also when the moment is over first,
        /// ``connectFailed(_:at:)``.
        case connect(address: Int, until: UInt64)
        /// Send all of it, then receive.
        case send([UInt8], until: UInt64)
        /// Wait for bytes: then ``received(_:at:)``, ``broken(_:at:)`` or ``timePassed(at:)``.
        case receive(until: UInt64)
        /// Close what is open and wait: then ``timePassed(at:)``.
        case pause(until: UInt64, because: String)
        case finish(Result<Reply, ClientError>)
    }

    /// Milliseconds between two tries at most.
    static let longestPause: UInt64 = 1000
    /// How often a question is asked again when the connection breaks.
    ///
    /// What changes something is sent until its time is over: only the answer tells whether it was done.
    static let questionRetries = 2

    private let request: Request
    private let packet: [UInt8]
    private let prelude: [Request]
    /// What is not known while a change was sent and not answered; nil for a question.
    private let openOutcome: String?
    private let deadline: UInt64

    private var dialling: Dialling
    /// Whether an earlier sending may have been stored.
    private var hasBroken = false
    /// Whether a change was sent and nothing has told yet if it was made.
    private var outcomeIsOpen = false
    private var answers = AnswerReader()
    /// How many of the prelude's answers have not come on this connection.
    private var preludeLeft = 0
    private var reply: ReplyReader

    /// - Parameters:
    ///   - prelude: what is done first on each connection, logging in for one.
    ///   - addressCount: how many addresses the server's host has, at least one.
    ///   - deadline: when to give up.
    public init(_ request: Request, after prelude: [Request] = [], addressCount: Int, deadline: UInt64) {
        self.request = request
        self.prelude = prelude
        packet = PacketWriter.request(request)
        openOutcome = request.openOutcome
        reply = ReplyReader(request)
        dialling = Dialling(addressCount: addressCount, longestPause: Self.longestPause)
        self.deadline = deadline
    }

    // MARK: Connecting

    public mutating func start(at now: UInt64) -> Action {
        connect(at: now)
    }

    private mutating func connect(at now: UInt64) -> Action {
        guard now < deadline else { return timedOut() }
        return .connect(address: dialling.address, until: dialling.connect(at: now, until: deadline))
    }

    public mutating func connected(at now: UInt64) -> Action {
        preludeLeft = prelude.count
        return send(prelude.flatMap(PacketWriter.request) + packet)
    }

    /// Starts on a connection that is there, on which the prelude is done.
    ///
    /// - Parameter address: which one it leads to.
    public mutating func start(on address: Int) -> Action {
        dialling.settle(on: address)
        return send(packet)
    }

    private mutating func send(_ bytes: [UInt8]) -> Action {
        dialling.settle()
        outcomeIsOpen = openOutcome != nil
        return .send(bytes, until: deadline)
    }

    /// - Parameter reason: which address and why, `127.0.0.1:13001 (Connection refused)`.
    public mutating func connectFailed(_ reason: String, at now: UInt64) -> Action {
        if dialling.isSettled { return broken("cannot connect to \(reason)", at: now) }
        dialling.failed(reason)
        guard now < deadline else { return timedOut() }
        return dialling.advance() ? connect(at: now) : .finish(.failure(dialling.unreachable))
    }

    // MARK: The answer

    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: UInt64) -> Action {
        var rest = bytes
        do throws(ClientError) {
            while let answer = try answers.next(from: &rest) {
                if let action = try take(answer, at: now) { return action }
            }
            return .receive(until: deadline)
        } catch {
            return fail(error)
        }
    }

    /// - Returns: nil while more of the answer is to come.
    private mutating func take(_ answer: Answer, at now: UInt64) throws(ClientError) -> Action? {
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

    private mutating func refused(code: String, message: String, at now: UInt64) -> Action {
        let exitCode = ExitCode(wireCode: code, isUpload: request.carriesMessage && preludeLeft == 0)
        let reason = "the server says: \(message) (\(code))"
        if openOutcome != nil {
            // An error tells that this sending changed nothing, except for one. What became of an earlier sending it
            // does not tell: what passes is tried again.
            let passes = exitCode == .unreachable || exitCode == .timedOut
            outcomeIsOpen = hasBroken || preludeLeft == 0 && code == WireError.Code.unknown.rawValue
            if outcomeIsOpen, passes { return broken(reason, at: now) }
        }
        return fail(ClientError(exitCode, reason))
    }

    // MARK: Trying again

    /// The connection ended before the answer was complete.
    public mutating func broken(_ reason: String, at now: UInt64) -> Action {
        dialling.broke(reason)
        hasBroken = true
        answers = AnswerReader()
        reply = ReplyReader(request)
        if openOutcome == nil, dialling.breaks > Self.questionRetries { return .finish(.failure(dialling.noAnswer)) }
        guard now < deadline else { return timedOut() }
        return .pause(until: dialling.pause(at: now, until: deadline), because: reason)
    }

    /// The moment that an action named is over.
    public mutating func timePassed(at now: UInt64) -> Action {
        if dialling.isPausing { return connect(at: now) }
        return now < deadline ? .receive(until: deadline) : timedOut()
    }

    // MARK: Failing

    private func timedOut() -> Action { fail(dialling.timedOut) }

    private func fail(_ error: ClientError) -> Action {
        guard outcomeIsOpen, let openOutcome else { return .finish(.failure(error)) }
        let text = "\(error.text); the outcome is unknown: \(openOutcome)"
        return .finish(.failure(ClientError(error.exitCode, text)))
    }
}

extension Request {
    /// What a client does not know of a change that it has sent, until that is answered; nil for a question.
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
