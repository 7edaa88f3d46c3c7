import TweetModel
import TweetSystem
import TweetWire

/// The unanswered requests of the connection, in order, and the time since the server was last heard.
struct RequestQueue: Sendable {
    /// The meaning of a line from the server.
    enum Taken: Hashable, Sendable {
        case push(Push)
        /// A part of an answer; more parts follow.
        case part
        /// The end of an answer, with its parts.
        case answer(PendingRequest, Answer, [Answer.Item])
        case refusal(PendingRequest, WireError.Code?, String)
        /// The server refuses the connection itself, with a code for programs and a reason for people.
        case end(code: String, String)
        /// An answer without a request.
        case misfit
    }

    /// The step that is due after a silence.
    enum Due: Hashable, Sendable {
        case nothing
        /// The server has to be pinged.
        case ping
        /// The server has not answered in time.
        case givenUp
    }

    private var pending: [PendingRequest] = []
    /// Whether a request on this connection has been answered.
    private var hasAnswer = false
    /// The parts of the incoming answer.
    private var parts: [Answer.Item] = []
    private var partBytes = 0
    /// The time when the server was last heard.
    private var heard = Instant(milliseconds: 0)
    /// The time when the oldest unanswered request was sent, or became the oldest, and that of its answer's last line.
    private var asked = Instant(milliseconds: 0)
    private var progressed = Instant(milliseconds: 0)
    /// The greatest sequence of a pushed tweet.
    private var greatest: SequenceNumber?

    init() {}

    /// Creates the queue of a new connection.
    init(connectedAt now: Instant) {
        heard = now
    }

    var count: Int { pending.count }
    var isEmpty: Bool { pending.isEmpty }
    /// Whether a command may add a request.
    var hasRoom: Bool { count < ChatLimits.requestsUnderWay }
    /// Whether an unanswered request may still give a name or an account.
    var hasSignIn: Bool { pending.contains(where: \.isSignIn) }
    var hasLeave: Bool { pending.contains(.leave) }
    /// Whether all unanswered requests are messages.
    var hasOnlyMessages: Bool { pending.allSatisfy(\.isOutgoing) }

    /// Adds a request that is being sent.
    ///
    /// - Returns: false if too many requests have no answer.
    mutating func add(_ request: PendingRequest, at now: Instant) -> Bool {
        guard pending.count < 2 * ChatLimits.requestsUnderWay else { return false }
        if pending.isEmpty { (asked, progressed) = (now, now) }
        pending.append(request)
        return true
    }

    mutating func take(_ answer: Answer, at now: Instant) -> Taken {
        heard = now
        switch answer {
        case .push(let push):
            notePush(push, at: now)
            return .push(push)
        case .part(let item):
            guard let request = pending.first, request.partLimit > 0 else { return .misfit }
            progressed = now
            partBytes += item.memoryBytes
            if parts.count < request.partLimit, partBytes <= ChatLimits.answerBytes { parts.append(item) }
            return .part
        case .error(let code, let message, _):
            let known = WireError.Code(rawValue: code)
            if known == .stopping || known == .timedOut || pending.isEmpty || isTurnedAway(known) {
                return .end(code: code, message)
            }
            return .refusal(removeFirst(at: now).request, known, message.harmless)
        case .one, .end, .done:
            guard !pending.isEmpty else { return .misfit }
            let (request, parts) = removeFirst(at: now)
            return .answer(request, answer, parts)
        }
    }

    /// Whether a refusal is about the connection and not about the request that it answers: a ping is never refused.
    ///
    /// An older server does not know the ping, but that is an answer as well.
    private func isTurnedAway(_ code: WireError.Code?) -> Bool {
        guard pending.first == .ping, code != .unknownOperation else { return false }
        return !hasAnswer || code == .busy || code?.endsConnection == true
    }

    private mutating func removeFirst(at now: Instant) -> (request: PendingRequest, parts: [Answer.Item]) {
        defer { dropParts() }
        (asked, progressed) = (now, now)
        hasAnswer = true
        return (pending.removeFirst(), parts)
    }

    private mutating func dropParts() { (parts, partBytes) = ([], 0) }

    /// Notes a tweet that was missed: it comes before the answer to the follow that asks for it.
    private mutating func notePush(_ push: Push, at now: Instant) {
        guard case .tweet(let tweet) = push, let sequence = tweet.sequence, sequence > greatest ?? .min else { return }
        greatest = sequence
        if pending.first?.isFollow == true { progressed = now }
    }

    /// Removes all requests, since the connection is lost.
    mutating func removeAll() -> [PendingRequest] {
        defer { pending = [] }
        dropParts()
        return pending
    }

    // MARK: Silence

    /// The time of the next ``Due``.
    var deadline: Instant {
        guard let first = pending.first else { return heard + ChatLimits.silence }
        let line = progressed + ChatLimits.answer
        return first.isFollow ? line : min(line, asked + ChatLimits.wholeAnswer)
    }

    func due(at now: Instant) -> Due {
        if now < deadline { return .nothing }
        return pending.isEmpty ? .ping : .givenUp
    }
}
