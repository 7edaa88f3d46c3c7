import TweetModel
public import TweetSystem
public import TweetWire

/// The lines of standard input as uploads, pipelined over as many connections as it takes: the rules alone.
///
/// Each line has an upload id of its own and is kept until its answer has come. After a break the lines without an answer
/// are sent again in their order, and the server stores each once. Standard input is read only while few lines wait to be
/// sent, so its writer is as fast as the server. As long as it stays open a lost server is waited for without end, unless
/// it is a file.
public struct LineUploads: Sendable {
    /// A line that may be uploaded.
    public struct Line: Hashable, Sendable {
        /// Its place in standard input, from 1 on.
        let number: Int
        let upload: Upload

        fileprivate var bytes: Int { upload.bytesUnderWay }
    }

    /// The outcome of a line.
    public enum Outcome: Hashable, Sendable {
        case stored(line: Int, WireTweet)
        case refused(line: Int, ClientError)
    }

    /// The next step; report its result afterwards.
    public enum Action: Equatable, Sendable {
        /// Close what is open and connect: then ``connected(at:)`` or ``connectFailed(_:at:)``.
        case connect(until: Instant)
        /// Send all of it: then ``sent(at:)`` or ``broken(_:at:)``.
        case send([UInt8], until: Instant)
        /// Wait for bytes, and for standard input if it is to be read: then ``received(_:at:)``, ``broken(_:at:)``,
        /// ``linesRead(_:at:)``, ``goOn(at:)`` after ``endInput(at:)``, or ``timePassed(at:)``.
        case wait(readsInput: Bool, until: Instant)
        /// Tell what has become of lines: then ``goOn(at:)``.
        case report([Outcome])
        /// Close what is open: then ``goOn(at:)``.
        case close
        /// Close what is open and say why the server is lost: then ``goOn(at:)``.
        case lose(because: String)
        /// Done; without an error when each line has its outcome.
        case finish(ClientError?)
    }

    /// The longest pause between two tries.
    static let longestPause: Duration = .seconds(5)
    /// The time for a connect, for an answer, and for a server to come back once standard input has ended.
    static let patience = Invocation.defaultTimeout
    /// Lines that are read ahead of those that are sent: about as many as a server takes at once.
    static let linesAhead = 160

    private enum Next: Sendable {
        case proceed
        case retry(String)
        case fail(ClientError)
    }

    private let prelude: [Request]
    private let deadline: Instant
    /// How long a server that has never answered is tried; nil is once.
    private let retry: Duration?
    private let inputIsFile: Bool

    private var backoff: RetryBackoff
    private var watch: SilenceWatch?
    private var isConnected = false
    /// Whether the server has ever answered: until then a failure is an error.
    private var hasBegun = false
    private var answers = AnswerReader()
    /// Lines that were read and are not sent on this connection.
    private var queue: [Line] = []
    /// Lines that were sent on it and have no answer.
    private var underWay: [Line] = []
    private var bytesUnderWay = 0
    /// Requests before those lines, the prelude or a ping, that have no answer yet.
    private var unansweredRequests = 0
    /// When the name was first taken by another connection; nil once it is this one's.
    private var nameTakenSince: Instant?
    /// When to connect again; nil before the first break.
    private var pauseEnd: Instant?
    /// When the next answer has to have come; nil where none is to come.
    private var answerDeadline: Instant?
    private var outcomes: [Outcome] = []
    /// Lines that were sent on a connection that broke before their answers came: they may be stored.
    private var resentLines: ClosedRange<Int>?
    private var inputHasEnded = false
    private var startedAt = Instant.never
    /// Since when nothing has got on.
    private var lastProgress = Instant.never
    private var next = Next.proceed

    /// - Parameters:
    ///   - prelude: requests that go first on each connection, a login for one.
    ///   - deadline: when to give up altogether.
    ///   - retry: how long a server that cannot be reached is tried at the start and after the end of standard input.
    ///   - inputIsFile: whether all lines are there already: a lost server is then waited for only as long as after the
    ///     end of standard input.
    public init(
        to server: ServerName, after prelude: [Request] = [], deadline: Instant = .never, retry: Duration? = nil,
        inputIsFile: Bool = false
    ) {
        // Something is asked in any case: so a wrong server is noticed before the first line comes.
        self.prelude = prelude.isEmpty ? [.ping] : prelude
        self.deadline = deadline
        self.retry = retry
        self.inputIsFile = inputIsFile
        backoff = RetryBackoff(server, longestPause: Self.longestPause)
    }

    /// The first line that was sent and has no outcome, if there is one: it may be stored or not.
    public var firstUnknownLine: Int? {
        if let first = underWay.first { return first.number }
        guard let first = queue.first, let resentLines, first.number <= resentLines.upperBound else { return nil }
        return first.number
    }

    /// The first line that was read and never sent, if there is one.
    public var firstUnsentLine: Int? {
        queue.first { $0.number > resentLines?.upperBound ?? 0 }?.number
    }

    /// Whether a line was sent on an earlier connection too, which broke before its answer came.
    func wasSentBefore(_ line: Int) -> Bool { resentLines?.contains(line) == true }

    // MARK: Connecting

    public mutating func start(at now: Instant) -> Action {
        startedAt = now
        lastProgress = now
        return connect(at: now)
    }

    /// When to give up what waits.
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

    /// Lines were read.
    public mutating func linesRead(_ lines: [Line], at now: Instant) -> Action {
        if queue.isEmpty, underWay.isEmpty { lastProgress = now }
        queue += lines
        return goOn(at: now)
    }

    /// No line will follow the ones that were read.
    public mutating func endInput(at now: Instant) {
        guard !inputHasEnded else { return }
        inputHasEnded = true
        lastProgress = now
    }

    /// Takes as many lines as a server takes at once.
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
        return .send(bytes, until: now + Self.patience)
    }

    /// Everything is sent.
    public mutating func sent(at now: Instant) -> Action { goOn(at: now) }

    /// Says what to do next when nothing new has happened.
    public mutating func goOn(at now: Instant) -> Action {
        if !outcomes.isEmpty {
            defer { outcomes = [] }
            return .report(outcomes)
        }
        switch next {
        case .proceed: break
        case .retry(let reason): return broken(reason, at: now)
        case .fail(let error): return .finish(error)
        }
        let isIdle = queue.isEmpty && underWay.isEmpty
        if inputHasEnded, isIdle, hasBegun, unansweredRequests == 0 { return .finish(nil) }
        guard now < limit else { return timedOut(at: now) }
        if !isConnected, !isIdle || !hasBegun {
            guard let pauseEnd, now < pauseEnd else { return connect(at: now) }
            return .wait(readsInput: readsInput, until: min(limit, pauseEnd))
        }
        if isConnected, !queue.isEmpty {
            let lines = nextLines()
            if !lines.isEmpty { return send(lines, at: now) }
        }
        let moment = answerDeadline ?? watch?.deadline ?? .never
        return .wait(readsInput: readsInput, until: min(limit, moment))
    }

    /// Whether standard input is read: ahead too, so that its end is noticed while the server is away.
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
        // Whatever else a server says is no answer.
        let isLess = unansweredRequests + underWay.count < unanswered
        if isLess { answerDeadline = unansweredRequests == 0 && underWay.isEmpty ? nil : now + Self.patience }
        return goOn(at: now)
    }

    private mutating func take(_ answer: Answer, at now: Instant) throws(ClientError) {
        switch answer {
        case .push: return
        case .error(let code, let message): refused(code: code, message: message, at: now)
        case .done where unansweredRequests > 0: requestAnswered()
        case .one(.tweet(let tweet)) where unansweredRequests == 0 && tweet.sequence != nil && !underWay.isEmpty:
            outcomes.append(.stored(line: settleFirst(at: now), tweet))
        default: throw .notUnderstood("it does not fit the request")
        }
    }

    private mutating func refused(code: String, message: String, at now: Instant) {
        let error = ClientError(refusal: code, message, isUpload: unansweredRequests == 0)
        // Lines behind a refused name or password are refused too. An older server does not know a ping, and has
        // answered it all the same.
        let isUnknownPing = unansweredRequests > 0 && code == WireError.Code.unknownOperation.rawValue
        // Nor are uploads stored once one of them is not permitted.
        if unansweredRequests > 0 && !isUnknownPing || error.exitCode == .notPermitted { takeBackUnderWay() }
        if unansweredRequests > 0, code == WireError.Code.nameTaken.rawValue, waitsForName(at: now) {
            next = .retry(error.text)
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

    /// Whether a guest's name that is taken is asked for again: another run signs with it for a moment, or the server has
    /// not missed the last run of this job yet.
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
        // With lines under way only their answers tell that the server does what it should.
        if underWay.isEmpty, queue.isEmpty { backoff.succeeded() }
    }

    /// Takes the first line that is under way out, and gives its number.
    private mutating func settleFirst(at now: Instant) -> Int {
        let line = underWay.removeFirst()
        bytesUnderWay -= line.bytes
        lastProgress = now
        backoff.succeeded()
        return line.number
    }

    // MARK: Trying again

    /// The connection has ended.
    public mutating func broken(_ reason: String, at now: Instant) -> Action {
        isConnected = false
        watch = nil
        answers = AnswerReader()
        answerDeadline = nil
        unansweredRequests = 0
        if let first = underWay.first, let last = underWay.last {
            resentLines = first.number...max(last.number, resentLines?.upperBound ?? 0)
        }
        takeBackUnderWay()
        next = .proceed
        // Without a line there is nothing to connect for.
        if hasBegun, queue.isEmpty { return .close }
        backoff.broke(reason)
        guard now < limit else { return timedOut(at: now) }
        pauseEnd = backoff.pause(at: now, until: limit)
        return .lose(because: reason)
    }

    /// The moment that an action named is over.
    public mutating func timePassed(at now: Instant) -> Action {
        if let answerDeadline, now >= answerDeadline, now < limit {
            return broken("the server does not answer", at: now)
        }
        if answerDeadline == nil, now < limit, watch?.timePassed(at: now) == .ask {
            unansweredRequests += 1
            return send(PacketWriter.request(.ping), at: now)
        }
        return goOn(at: now)
    }

    private mutating func takeBackUnderWay() {
        queue = underWay + queue
        underWay = []
        bytesUnderWay = 0
    }

    private func timedOut(at now: Instant) -> Action {
        let isIdle = queue.isEmpty && underWay.isEmpty && hasBegun
        if isIdle { return .finish(ClientError(.timedOut, "timed out: standard input has not ended")) }
        if !hasBegun, firstUnknownLine == nil, now < deadline, let failure = backoff.lastFailure {
            return .finish(failure.error)
        }
        return .finish(backoff.timedOut(after: now - (now >= deadline ? startedAt : lastProgress)))
    }
}
