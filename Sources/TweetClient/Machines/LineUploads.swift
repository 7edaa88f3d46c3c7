import TweetModel
public import TweetSystem
import TweetTLS
public import TweetWire

/// The upload of the lines of standard input, pipelined, across connections: only the rules, without I/O.
///
/// Each line has its own upload id and is kept until its answer arrives. After a break the unanswered lines are sent
/// again in order, and the server stores each once. Standard input is read only while few lines wait to be sent, so
/// that its writer runs at the server's speed. While it stays open the client waits for a lost server without a limit,
/// unless it is a file.
public struct LineUploads: Sendable {
    /// The longest pause between two attempts.
    static let longestPause: Duration = .seconds(5)
    /// The time limit for connecting, for an answer, and for a lost server once standard input has ended.
    static let patience = Invocation.defaultTimeout
    /// The number of lines to read ahead: about as many as a server takes at once.
    static let linesAhead = 160

    private enum Next: Sendable {
        case proceed
        case retry(String)
        case putOff(Refusal)
        case fail(ClientError)
    }

    /// A refusal that may pass: the server has stored nothing of what it refused.
    private struct Refusal: Sendable {
        let error: ClientError
        /// The time before which the server asked not to come back; nil if it did not.
        let span: Duration?
    }

    private let prelude: [Request]
    private let deadline: Instant
    /// How long to retry if the server has never answered; nil for one attempt.
    private let retry: Duration?
    private let inputIsFile: Bool

    private var backoff: RetryBackoff
    private var watch: SilenceWatch?
    private var isConnected = false
    /// Whether the server has ever answered: before that, a failure is an error.
    private var hasBegun = false
    private var answers = AnswerReader()
    /// Lines that were read and not sent on this connection.
    private var queue: [Line] = []
    /// Lines that were sent on this connection and have no answer.
    private var underWay: [Line] = []
    private var bytesUnderWay = 0
    /// Lines that the server refuses for a while on this connection: they are sent again on the next one, once those
    /// under way have their answers.
    private var postponed: [Line] = []
    /// The refusal for which the uploads wait; nil if they wait for another reason, or not at all.
    private var refusal: Refusal?
    /// The time before which the server asked not to come back.
    private var returnAt: Instant?
    /// Requests before those lines, the prelude or a ping, that have no answer yet.
    private var unansweredRequests = 0
    /// The time when the name was first found to be taken; nil once this connection has it.
    private var nameTakenSince: Instant?
    /// The time of the next connection attempt; nil before the first break.
    private var pauseEnd: Instant?
    /// The deadline of the next answer; nil if none is expected.
    private var answerDeadline: Instant?
    private var outcomes: [Outcome] = []
    /// Lines that were sent on a connection that broke before their answers arrived.
    private var resentLines: ClosedRange<Int>?
    /// Those of them that still have no outcome: they may be stored; as many as are under way at most.
    private var unknownLines: Set<Int> = []
    private var inputHasEnded = false
    private var startedAt = Instant.never
    /// The time of the last progress.
    private var lastProgress = Instant.never
    private var next = Next.proceed

    /// - Parameters:
    ///   - prelude: requests to send first on each connection, such as a login.
    ///   - deadline: when to give up altogether.
    ///   - retry: how long to retry an unreachable server, at the start and after the end of standard input.
    ///   - inputIsFile: whether all lines are available already: the wait for a lost server is then limited as after
    ///     the end of standard input.
    ///   - jitter: lets the run come back later than the server asks for.
    public init(
        to server: ServerName, after prelude: [Request] = [], deadline: Instant = .never, retry: Duration? = nil,
        inputIsFile: Bool = false, jitter: Jitter
    ) {
        // A request is sent in any case, so that a wrong server is noticed before the first line arrives.
        self.prelude = prelude.isEmpty ? [.ping] : prelude
        self.deadline = deadline
        self.retry = retry
        self.inputIsFile = inputIsFile
        backoff = RetryBackoff(server, longestPause: Self.longestPause, jitter: jitter)
    }

    /// The first line that was sent and has no outcome, if there is one: it may be stored.
    public var firstUnknownLine: Int? {
        let waiting = (postponed + queue).first { unknownLines.contains($0.number) }
        return [underWay.first, waiting].compactMap { $0?.number }.min()
    }

    /// The first line that was read and is certainly not stored, if there is one.
    public var firstUnsentLine: Int? {
        (postponed + queue).first { !unknownLines.contains($0.number) }?.number
    }

    /// Whether a line was also sent on an earlier connection, which broke before its answer arrived.
    func wasSentBefore(_ line: Int) -> Bool { resentLines?.contains(line) == true }

    // MARK: Connecting

    public mutating func start(at now: Instant) -> Action {
        startedAt = now
        lastProgress = now
        return connect(at: now)
    }

    /// The time to give up waiting.
    private var limit: Instant {
        if hasBegun, !inputHasEnded, !inputIsFile { return deadline }
        return min(deadline, lastProgress + (retry ?? Self.patience))
    }

    private mutating func connect(at now: Instant) -> Action {
        guard now < limit else { return timedOut(at: now) }
        backoff.connect()
        return .connect(until: min(limit, now + Self.patience))
    }

    public mutating func connected(at now: Instant) -> Action {
        backoff.connected()
        isConnected = true
        (refusal, returnAt) = (nil, nil)
        watch = SilenceWatch(at: now)
        unansweredRequests = prelude.count
        return send(prelude.flatMap(PacketWriter.request) + nextLines(), at: now)
    }

    public mutating func connectFailed(_ failure: ConnectFailure, at now: Instant) -> Action {
        backoff.failed(failure)
        if !hasBegun, !backoff.hasConnected && retry == nil || backoff.isHopeless(failure) {
            return .finish(failure.error)
        }
        return broken(failure.text, at: now)
    }

    // MARK: Lines

    /// Handles lines read from standard input.
    public mutating func linesRead(_ lines: [Line], at now: Instant) -> Action {
        if queue.isEmpty, underWay.isEmpty { lastProgress = now }
        queue += lines
        return goOn(at: now)
    }

    /// Notes that standard input has ended.
    public mutating func endInput(at now: Instant) {
        guard !inputHasEnded else { return }
        inputHasEnded = true
        lastProgress = now
    }

    /// Dequeues as many lines as a server takes at once.
    private mutating func nextLines() -> [UInt8] {
        var count = 0
        for line in queue {
            guard bytesUnderWay + line.bytes <= WireLimits.uploadBytesUnderWay else { break }
            underWay.append(line)
            bytesUnderWay += line.bytes
            count += 1
        }
        queue.removeFirst(count)
        return underWay.suffix(count).flatMap { PacketWriter.request(.upload($0.upload)) }
    }

    private mutating func send(_ bytes: [UInt8], at now: Instant) -> Action {
        if answerDeadline == nil { answerDeadline = now + Self.patience }
        return .send(bytes, until: min(deadline, now + Self.patience))
    }

    /// Handles the end of a send.
    public mutating func sent(at now: Instant) -> Action { goOn(at: now) }

    /// Decides on the next step when nothing new has happened.
    public mutating func goOn(at now: Instant) -> Action {
        if !outcomes.isEmpty {
            defer { outcomes = [] }
            return .report(outcomes)
        }
        switch next {
        case .proceed: break
        case .retry(let reason): return broken(reason, at: now)
        case .putOff(let refusal): return putOff(refusal, at: now)
        case .fail(let error): return .finish(error)
        }
        if let refusal, !postponed.isEmpty, underWay.isEmpty { return putOff(refusal, at: now) }
        let isIdle = queue.isEmpty && underWay.isEmpty && postponed.isEmpty
        if inputHasEnded, isIdle, hasBegun, unansweredRequests == 0 { return .finish(nil) }
        guard now < limit else { return timedOut(at: now) }
        if !isConnected, !isIdle || !hasBegun {
            if let returnAt, returnAt >= limit { return timedOut(at: now) }
            guard let pauseEnd, now < pauseEnd else { return connect(at: now) }
            return .wait(readsInput: readsInput, until: min(limit, pauseEnd))
        }
        if isConnected, !queue.isEmpty, postponed.isEmpty {
            let lines = nextLines()
            if !lines.isEmpty { return send(lines, at: now) }
        }
        // Pushes and pieces of lines are no answers, however many come.
        if let answerDeadline, now >= answerDeadline { return broken("the server does not answer", at: now) }
        let moment = answerDeadline ?? watch?.deadline ?? .never
        return .wait(readsInput: readsInput, until: min(limit, moment))
    }

    /// Whether to read standard input: also ahead, so that its end is noticed while the server is away.
    private var readsInput: Bool { queue.count < Self.linesAhead && !inputHasEnded }

    // MARK: Answers

    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Action {
        watch?.bytesReceived(at: now)
        let unanswered = unansweredRequests + underWay.count
        var rest = bytes
        do throws(ClientError) {
            while case .proceed = next, let answer = try answers.next(from: &rest) { try take(answer, at: now) }
        } catch {
            next = .fail(error.naming("\(backoff.server)"))
        }
        // Only a line that reduces these counts is an answer.
        let isLess = unansweredRequests + underWay.count < unanswered
        if isLess { answerDeadline = unansweredRequests == 0 && underWay.isEmpty ? nil : now + Self.patience }
        return goOn(at: now)
    }

    private mutating func take(_ answer: Answer, at now: Instant) throws(ClientError) {
        switch answer {
        case .push: return
        case .error(let code, let message, let retryAfter):
            refused(code: code, message: message, after: retryAfter.map { .seconds($0) }, at: now)
        case .done where unansweredRequests > 0: requestAnswered()
        case .one(.tweet(let tweet)) where unansweredRequests == 0 && tweet.sequence != nil && !underWay.isEmpty:
            outcomes.append(.stored(line: settleFirst(at: now), tweet))
        default: throw .notUnderstood("it does not fit the request")
        }
    }

    /// - Parameter span: the time before which the server asked not to come back; nil if it did not.
    private mutating func refused(code: String, message: String, after span: Duration?, at now: Instant) {
        let error = ClientError(refusal: code, message, isUpload: unansweredRequests == 0)
        // Lines after a refused name or password are refused too. An older server does not know the ping, but its
        // refusal is still an answer.
        let isUnknownPing = unansweredRequests > 0 && code == WireError.Code.unknownOperation.rawValue
        // Once one upload is not permitted, the ones after it are not stored either.
        if unansweredRequests > 0 && !isUnknownPing || error.exitCode == .notPermitted { takeBackUnderWay() }
        if unansweredRequests > 0, code == WireError.Code.nameTaken.rawValue, waitsForName(at: now) {
            next = .retry(error.text)
        } else if error.exitCode == .unreachable {
            refusedForAWhile(Refusal(error: error, span: span), at: now)
        } else if error.exitCode.passes {
            next = hasBegun || retry != nil ? .retry(error.text) : .fail(error)
        } else if isUnknownPing {
            requestAnswered()
        } else if unansweredRequests == 0, !underWay.isEmpty, error.exitCode == .refused {
            outcomes.append(.refused(line: settleFirst(at: now), error))
        } else {
            next = .fail(error)
        }
    }

    /// Handles a refusal that may pass: of a line, of a request before the lines, or of the connection.
    private mutating func refusedForAWhile(_ refusal: Refusal, at now: Instant) {
        if unansweredRequests == 0, let line = underWay.first {
            // The lines after it may be stored all the same: only their answers tell.
            removeFirstUnderWay()
            postponed.append(line)
            if refusal.span ?? .zero >= self.refusal?.span ?? .zero { self.refusal = refusal }
        } else {
            let isInTime = refusal.span.map { now + $0 < limit } ?? (retry != nil)
            next = hasBegun || isInTime ? .putOff(refusal) : .fail(refusal.error.advising(returnAfter: refusal.span))
        }
    }

    /// Whether to ask again for a guest's name that is taken: another run may be signing with it for a moment, or the
    /// server may not yet have noticed the end of this job's last run.
    private mutating func waitsForName(at now: Instant) -> Bool {
        let since = nameTakenSince ?? now
        nameTakenSince = since
        return now < since + Exchange.nameWait
    }

    private mutating func requestAnswered() {
        unansweredRequests -= 1
        if unansweredRequests == 0 {
            hasBegun = true
            nameTakenSince = nil
        }
        // While lines are in flight, only their answers prove that the server works.
        if underWay.isEmpty, queue.isEmpty { backoff.succeeded() }
    }

    /// Removes the first line in flight, and returns its number.
    private mutating func settleFirst(at now: Instant) -> Int {
        let line = removeFirstUnderWay()
        unknownLines.remove(line.number)
        lastProgress = now
        backoff.succeeded()
        return line.number
    }

    @discardableResult
    private mutating func removeFirstUnderWay() -> Line {
        let line = underWay.removeFirst()
        bytesUnderWay -= line.bytes
        return line
    }

    /// Only lines may be unknown; a ping or the prelude changes nothing.
    mutating func nothingSent() { takeBackUnderWay() }

    var openClause: String { firstUnknownLine.map { "; " + LineTally.unknown(from: $0) } ?? "" }

    mutating func refused(_ failure: TLSFailure, at now: Instant) -> Action {
        takeBackUnderWay()
        return .finish(ClientError(failure, from: backoff.server))
    }

    // MARK: Retrying

    /// Handles the end of the connection.
    public mutating func broken(_ reason: String, at now: Instant) -> Action {
        // A server that stops refuses lines before it closes the connection.
        if let refusal, !postponed.isEmpty { return putOff(refusal, at: now) }
        return lose(reason, because: nil, at: now)
    }

    /// Closes the connection until the server may take what it has refused.
    private mutating func putOff(_ refusal: Refusal, at now: Instant) -> Action {
        if let span = refusal.span { backoff.comeBack(after: span, at: now, until: limit) }
        return lose(refusal.error.text, because: refusal, at: now)
    }

    private mutating func lose(_ reason: String, because refusal: Refusal?, at now: Instant) -> Action {
        self.refusal = refusal
        returnAt = refusal?.span.map { now + $0 }
        isConnected = false
        watch = nil
        answers = AnswerReader()
        answerDeadline = nil
        unansweredRequests = 0
        if let first = underWay.first, let last = underWay.last {
            resentLines = first.number...max(last.number, resentLines?.upperBound ?? 0)
            unknownLines.formUnion(underWay.lazy.map(\.number))
        }
        takeBackUnderWay()
        next = .proceed
        // Without lines there is no reason to connect.
        if hasBegun, queue.isEmpty { return .close }
        backoff.broke(reason, returnAfter: refusal?.span)
        // Nobody waits for a time after the end.
        guard max(now, returnAt ?? now) < limit else { return timedOut(at: now) }
        pauseEnd = backoff.pause(at: now, until: limit)
        return .lose(because: reason)
    }

    /// Handles the end of an action's time.
    public mutating func timePassed(at now: Instant) -> Action {
        if answerDeadline == nil, now < limit, watch?.timePassed(at: now) == .ask {
            unansweredRequests += 1
            return send(PacketWriter.request(.ping), at: now)
        }
        return goOn(at: now)
    }

    private mutating func takeBackUnderWay() {
        queue = (postponed + underWay).sorted { $0.number < $1.number } + queue
        (postponed, underWay) = ([], [])
        bytesUnderWay = 0
    }

    private func timedOut(at now: Instant) -> Action {
        if let refusal, firstUnknownLine == nil, now < deadline {
            return .finish(refusal.error.advising(returnAfter: refusal.span))
        }
        let isIdle = queue.isEmpty && underWay.isEmpty && hasBegun
        if isIdle { return .finish(ClientError(.timedOut, "timed out: standard input has not ended")) }
        if !hasBegun, firstUnknownLine == nil, now < deadline, let failure = backoff.lastFailure {
            return .finish(failure.error)
        }
        return .finish(backoff.timedOut(after: now - (now >= deadline ? startedAt : lastProgress)))
    }
}
