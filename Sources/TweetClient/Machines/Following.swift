import TweetModel
public import TweetSystem
import TweetTLS
public import TweetWire

/// Following a feed across connections: only the rules, without a clock or a socket.
///
/// The caller does the I/O: it calls ``start(at:)``, carries out the action, reports the result, carries out the next
/// action, and so on until ``Action/finish(_:)``.
///
/// Sequences belong to one server. If another server takes over and knows fewer, its history is different, and is
/// followed from its current end; one that knows more is treated as the same server. A server that knows fewer from the
/// beginning is not the one that the run is meant for.
public struct Following: Sendable {
    /// The next step; the caller reports its result afterwards.
    public enum Action: Equatable, Sendable {
        /// Closes the open connection and connects: then ``connected(at:)`` or, also after a timeout,
        /// ``connectFailed(_:at:)``.
        case connect(until: Instant)
        /// Sends all bytes, then receives.
        case send([UInt8], until: Instant)
        /// Waits for bytes: then ``received(_:at:)``, ``broken(_:at:)`` or ``timePassed(at:)``.
        case receive(until: Instant)
        /// Delivers a tweet: then ``delivered(at:)``.
        case deliver(WireTweet)
        /// Closes the connection and waits: then ``timePassed(at:)``.
        case pause(until: Instant, because: String)
        /// Tells the user, once and not at each attempt: then ``said()``.
        case say(String)
        /// Finishes; without an error if the awaited tweet has been delivered.
        case finish(ClientError?)
    }

    /// The longest pause between two attempts.
    static let longestPause: Duration = .seconds(5)
    /// The time limit for connecting, and for the server's silence until the feed has begun.
    static let patience = Invocation.defaultTimeout
    /// The number of retries before anything has arrived; after that there is no limit.
    static let firstRetries = 2

    /// The step after the delivery of the received tweets.
    private enum Next: Sendable {
        case receive
        case follow
        case retry(String)
        /// Connect again when the server has asked for it.
        case comeBack(String, after: Duration)
        case fail(ClientError)
    }

    private let prelude: [Request]
    /// The number of the prelude's answers that are missing on this connection.
    private var preludeLeft = 0
    private let tags: [Hashtag]
    private let count: Int?
    private let endsWithTweet: Bool
    private let deadline: Instant

    private var backoff: RetryBackoff
    /// The time when the run began, if the deadline limits the whole run; nil if it began here.
    private var began: Instant?
    /// Whether the user was told that there is no connection.
    private var isOutageSaid = false
    /// The actions after a notice to the user: one notice may be followed by another.
    private var held: [Action] = []
    /// The next notice to the user, if there is one.
    private var notice: String?
    private var silence = SilenceWatch(at: .never)
    /// The number of unanswered pings.
    private var pings = 0
    /// Whether the server has ever reported the feed's position: before that, a failure is an error.
    private var hasBegun = false
    /// The deadline of a feed that has not begun.
    private var firstDeadline = Instant.never

    /// The greatest sequence that need not be requested again.
    private var known: SequenceNumber?
    /// The sequence from which a new connection resumes, until the server confirms it.
    private var resumed: SequenceNumber?
    private var lastDelivered: SequenceNumber?
    /// The deadline of the answer to a follow, or of a tweet before it; nil if it has arrived.
    private var answerDeadline: Instant?
    private var answers = AnswerReader()
    /// Received tweets that are not delivered yet.
    private var waiting: [WireTweet] = []
    private var next = Next.receive

    /// - Parameters:
    ///   - endsWithTweet: whether the run ends with the first tweet.
    ///   - prelude: requests to send first on each connection, such as a login.
    ///   - server: the server's name in errors.
    ///   - deadline: when to give up.
    ///   - began: when the run began, if the deadline limits the whole run; nil if it begins here.
    ///   - jitter: lets the run come back later than the server asks for.
    public init(
        _ follow: Follow, endsWithTweet: Bool = false, after prelude: [Request] = [], of server: ServerName,
        deadline: Instant = .never,
        since began: Instant? = nil, jitter: Jitter
    ) {
        self.began = began
        self.prelude = prelude
        tags = follow.tags
        count = follow.count
        known = follow.since
        self.endsWithTweet = endsWithTweet
        backoff = RetryBackoff(server, longestPause: Self.longestPause, jitter: jitter)
        self.deadline = deadline
    }

    // MARK: Connecting

    public mutating func start(at now: Instant) -> Action {
        began = began ?? now
        firstDeadline = min(deadline, now + Self.patience)
        return connect(at: now)
    }

    private mutating func connect(at now: Instant) -> Action {
        let limit = answerLimit(at: now)
        guard now < limit else { return timedOut(at: now) }
        backoff.connect()
        return .connect(until: limit)
    }

    public mutating func connected(at now: Instant) -> Action {
        backoff.connected()
        silence = SilenceWatch(at: now)
        resumed = known
        preludeLeft = prelude.count
        return follow(at: now, after: prelude)
    }

    /// Requests new tweets, and the missed ones if the last position is known.
    private mutating func follow(at now: Instant, after prelude: [Request] = []) -> Action {
        next = .receive
        let request = Follow(tags: tags, since: known, count: known == nil ? count : nil)
        let limit = answerLimit(at: now)
        answerDeadline = limit
        let requests = prelude + [.follow(request)]
        return .send(requests.flatMap(PacketWriter.request), until: limit)
    }

    /// The deadline for the server to send something.
    private func answerLimit(at now: Instant) -> Instant {
        hasBegun ? min(deadline, now + Self.patience) : firstDeadline
    }

    public mutating func connectFailed(_ failure: ConnectFailure, at now: Instant) -> Action {
        backoff.failed(failure)
        if hasBegun { return broken(failure.text, at: now) }
        guard now < firstDeadline else { return timedOut(at: now) }
        // A resolver that is unreachable now may be reachable soon: a service may start before its network.
        if failure.kind == .lookUp {
            backoff.broke(failure.text)
            return .pause(until: backoff.pause(at: now, until: firstDeadline), because: failure.text)
        }
        guard backoff.hasConnected, !backoff.isHopeless(failure) else { return .finish(failure.error) }
        return broken(failure.text, at: now)
    }

    // MARK: Receiving

    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Action {
        silence.bytesReceived(at: now)
        var rest = bytes
        do throws(ClientError) {
            while !isEnding, let answer = try answers.next(from: &rest) { try take(answer, at: now) }
        } catch {
            next = .fail(error.naming("\(backoff.server)"))
        }
        return goOn(at: now)
    }

    /// Whether the rest of the connection's data does not matter.
    private var isEnding: Bool {
        switch next {
        case .receive, .follow: false
        case .retry, .comeBack, .fail: true
        }
    }

    private mutating func take(_ answer: Answer, at now: Instant) throws(ClientError) {
        switch answer {
        case .push(.tweet(let tweet)):
            // An entry without a sequence is no tweet, but some notice of a newer server.
            guard let sequence = tweet.sequence else { return }
            begun(at: sequence)
            if let lastDelivered, sequence <= lastDelivered { return }
            if endsWithTweet, !waiting.isEmpty { return }
            lastDelivered = sequence
            waiting.append(tweet)
        case .push(.lagged(let sequence)):
            begun(at: sequence)
            next = .follow
        case .push: return
        case .done where preludeLeft > 0: preludeLeft -= 1
        case .done(let sequence?, _, _):
            if let resumed, sequence < resumed {
                // A script that asks for the messages after a sequence would take those before it for the next ones.
                guard hasBegun else { return next = .fail(noSuchSequence(resumed, last: sequence)) }
                // The server no longer has the known sequence: its history is different, and everything from now on is
                // new, whatever its sequence.
                known = nil
                lastDelivered = nil
                notice =
                    "the last sequence of \(backoff.server) is \(sequence), which is before \(resumed): "
                    + "an older state was restored, or it is another server; messages that it already has are not shown"
            }
            answerDeadline = nil
            begun(at: sequence)
        case .done(nil, _, _) where pings > 0: pings -= 1
        // A server that does not know the ping is still alive.
        case .error(WireError.Code.unknownOperation.rawValue, _, _) where pings > 0: pings -= 1
        case .error(let code, let message, let retryAfter):
            refused(code: code, message: message, after: retryAfter.map { .seconds($0) }, at: now)
        default: throw .notUnderstood("it does not fit the request")
        }
    }

    /// The error if `--since` was not given out yet: a list is refused for it with `no_such_sequence`.
    private func noSuchSequence(_ since: SequenceNumber, last sequence: SequenceNumber) -> ClientError {
        ClientError(
            .refused,
            "the last sequence of \(backoff.server) is \(sequence), which is before \(since): an older state was "
                + "restored, or it is another server")
    }

    /// - Parameter span: the time before which the server asked not to come back; nil if it did not.
    private mutating func refused(code: String, message: String, after span: Duration?, at now: Instant) {
        let error = ClientError(refusal: code, message, isUpload: false)
        guard error.exitCode.passes else { return next = .fail(error) }
        if let span, hasBegun || now + span < firstDeadline {
            backoff.comeBack(after: span, at: now, until: limit)
            next = .comeBack(error.text, after: span)
        } else {
            next = hasBegun ? .retry(error.text) : .fail(error.advising(returnAfter: span))
        }
    }

    /// Notes that the server has reported the feed's position.
    private mutating func begun(at sequence: SequenceNumber) {
        hasBegun = true
        resumed = nil
        backoff.succeeded()
        known = max(known ?? sequence, sequence)
    }

    /// Handles the end of a ``Action/deliver(_:)``.
    public mutating func delivered(at now: Instant) -> Action {
        if endsWithTweet { return .finish(nil) }
        // The answer follows the missed tweets, whose delivery may take long.
        if answerDeadline != nil { answerDeadline = answerLimit(at: now) }
        return goOn(at: now)
    }

    private mutating func goOn(at now: Instant) -> Action {
        // An awaited tweet is not dropped because it arrived at the last moment.
        guard now < deadline || endsWithTweet && !waiting.isEmpty else { return timedOut(at: now) }
        if isOutageSaid, resumed == nil, !isEnding {
            isOutageSaid = false
            let action = goOn(at: now)
            return say("connected to \(backoff.server) again", before: action)
        }
        if let text = notice {
            notice = nil
            let action = goOn(at: now)
            return say(text, before: action)
        }
        if !waiting.isEmpty { return .deliver(waiting.removeFirst()) }
        switch next {
        case .receive:
            // Pushes and pieces of lines are no answer, however many come.
            if let answerDeadline, now >= answerDeadline { return notAnswered(at: now) }
            return receive()
        case .follow: return follow(at: now)
        case .retry(let reason): return broken(reason, at: now)
        case .comeBack(let reason, let span):
            backoff.putOff(reason, returnAfter: span)
            return pause(because: reason, at: now)
        case .fail(let error): return .finish(error)
        }
    }

    /// Waits for the answer to a follow, or for tweets until the server has to be pinged.
    private func receive() -> Action {
        .receive(until: min(answerDeadline ?? silence.deadline, deadline))
    }

    // MARK: Retrying

    /// Handles the end of the connection.
    mutating func refused(_ failure: TLSFailure, at now: Instant) -> Action {
        .finish(ClientError(failure, from: backoff.server))
    }

    mutating func nothingSent() {}

    var openClause: String { "" }

    public mutating func broken(_ reason: String, at now: Instant) -> Action {
        backoff.broke(reason)
        if !hasBegun, backoff.breaks > Self.firstRetries { return .finish(backoff.noAnswer) }
        return pause(because: reason, at: now)
    }

    private mutating func pause(because reason: String, at now: Instant) -> Action {
        answers = AnswerReader()
        answerDeadline = nil
        pings = 0
        next = .receive
        guard now < limit else { return timedOut(at: now) }
        let pause = Action.pause(until: backoff.pause(at: now, until: limit), because: reason)
        if !hasBegun || isOutageSaid { return pause }
        isOutageSaid = true
        return say("the connection to \(backoff.server) is lost: \(reason); trying again", before: pause)
    }

    /// When the run gives up.
    private var limit: Instant { hasBegun ? deadline : firstDeadline }

    private mutating func say(_ text: String, before action: Action) -> Action {
        held.append(action)
        return .say(text)
    }

    /// Handles the end of a ``Action/say(_:)``.
    public mutating func said() -> Action {
        guard let action = held.popLast() else { preconditionFailure("nothing was to be said") }
        return action
    }

    /// Handles the end of an action's time.
    public mutating func timePassed(at now: Instant) -> Action {
        if backoff.isPausing { return connect(at: now) }
        guard now < deadline else { return timedOut(at: now) }
        if let answerDeadline { return now < answerDeadline ? receive() : notAnswered(at: now) }
        switch silence.timePassed(at: now) {
        case .ask:
            pings += 1
            return .send(PacketWriter.request(.ping), until: min(silence.deadline, deadline))
        case .giveUp:
            let seconds = RetryBackoff.seconds(SilenceWatch.silence + SilenceWatch.patience)
            return broken("the server has said nothing for \(seconds)", at: now)
        case nil: return receive()
        }
    }

    private mutating func notAnswered(at now: Instant) -> Action {
        hasBegun ? broken("the server does not answer", at: now) : timedOut(at: now)
    }

    private func timedOut(at now: Instant) -> Action {
        let end = min(now, limit)
        let time = end - min(began ?? end, end)
        if !hasBegun, let failure = backoff.lastFailure, failure.kind == .lookUp { return .finish(failure.error) }
        guard hasBegun, backoff.breaks == 0, !backoff.isPutOff else { return .finish(backoff.timedOut(after: time)) }
        // The server is alive, but nobody has published a tweet.
        let text = "timed out" + (endsWithTweet ? ": no message came within" : " after")
        return .finish(ClientError(.timedOut, "\(text) \(RetryBackoff.seconds(time))"))
    }
}
