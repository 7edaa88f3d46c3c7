import TweetWire

/// The requests on the connection that have no answer yet, in their order, and how long the server has been silent.
struct RequestQueue: Sendable {
    /// The meaning of a line from the server.
    enum Taken: Hashable, Sendable {
        case push(Push)
        /// Part of an answer, of which more comes.
        case part
        /// The end of an answer, and the parts of it.
        case answer(PendingRequest, Answer, [Answer.Item])
        case refusal(PendingRequest, WireError.Code?, String)
        /// The server ends the connection and says why.
        case end(String)
        /// Nobody has asked for it.
        case misfit
    }

    /// The work that a silence makes.
    enum Due: Hashable, Sendable {
        case nothing
        /// The server is to be asked whether it is still there.
        case ping
        /// It has had its time to answer.
        case givenUp
    }

    private var pending: [PendingRequest] = []
    /// Of the answer that is coming.
    private var parts: [Answer.Item] = []
    /// When the server was heard last, and when the oldest request without an answer was sent.
    private var heard: UInt64 = 0
    private var asked: UInt64 = 0

    init() {}

    /// The queue of a new connection.
    init(connectedAt now: UInt64) {
        heard = now
    }

    var count: Int { pending.count }
    var isEmpty: Bool { pending.isEmpty }
    /// Whether a command may add one.
    var hasRoom: Bool { count < ChatLimits.requestsUnderWay }
    /// Whether a name or an account may still come of what was asked.
    var hasSignIn: Bool { pending.contains(where: \.isSignIn) }
    var hasLeave: Bool { pending.contains(.leave) }
    /// Whether all of them are messages.
    var hasOnlyMessages: Bool { pending.allSatisfy(\.isOutgoing) }

    /// Adds a request that is sent now.
    ///
    /// - Returns: false where the server answers none of so many.
    mutating func add(_ request: PendingRequest, at now: UInt64) -> Bool {
        guard pending.count < 2 * ChatLimits.requestsUnderWay else { return false }
        if pending.isEmpty { asked = now }
        pending.append(request)
        return true
    }

    mutating func take(_ answer: Answer, at now: UInt64) -> Taken {
        heard = now
        switch answer {
        case .push(let push): return .push(push)
        case .part(let item):
            guard let request = pending.first, request.partLimit > 0 else { return .misfit }
            if parts.count < request.partLimit { parts.append(item) }
            return .part
        case .error(let code, let message):
            let known = WireError.Code(rawValue: code)
            if known == .stopping || known == .timedOut || pending.isEmpty { return .end(message) }
            parts = []
            return .refusal(pending.removeFirst(), known, message.harmless)
        case .one, .end, .done:
            guard !pending.isEmpty else { return .misfit }
            defer { parts = [] }
            return .answer(pending.removeFirst(), answer, parts)
        }
    }

    /// Gives up all requests, since the connection has gone.
    mutating func removeAll() -> [PendingRequest] {
        defer { pending = [] }
        parts = []
        return pending
    }

    // MARK: Silence

    /// When something is due, in milliseconds of the monotonic clock.
    var deadline: UInt64 {
        pending.isEmpty ? heard + ChatLimits.silence : max(heard, asked) + ChatLimits.answer
    }

    func due(at now: UInt64) -> Due {
        if now < deadline { return .nothing }
        return pending.isEmpty ? .ping : .givenUp
    }
}
