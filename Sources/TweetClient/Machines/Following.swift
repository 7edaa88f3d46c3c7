import TweetModel
public import TweetSystem
public import TweetWire

/// A feed, followed over as many connections as it takes: the rules alone, no clock and no socket.
///
/// Whoever does the I/O calls ``start(at:)``, does the action, tells what came of it, does the next action, until
/// ``Action/finish(_:)``.
///
/// Sequences are one server's. Where another server takes over that knows fewer, its history is another one, and is
/// followed from where it is; one that knows more is taken for the same.
public struct Following: Sendable {
    /// The next step; report its result afterwards.
    public enum Action: Equatable, Sendable {
        /// Close what is open and connect: then ``connected(at:)`` or, also when the moment is over first,
        /// ``connectFailed(_:at:)``.
        case connect(until: Instant)
        /// Send all of it, then receive.
        case send([UInt8], until: Instant)
        /// Wait for bytes: then ``received(_:at:)``, ``broken(_:at:)`` or ``timePassed(at:)``.
        case receive(until: Instant)
        /// Hand a tweet on: then ``delivered(at:)``.
        case deliver(WireTweet)
        /// Close what is open and wait: then ``timePassed(at:)``.
        case pause(until: Instant, because: String)
        /// Tell the user, once and not at each try: then ``said()``.
        case say(String)
        /// Done; without an error when the tweet that was waited for has been delivered.
        case finish(ClientError?)
    }

    /// The longest pause between two tries.
    static let longestPause: Duration = .seconds(5)
    /// The time for a connect, and for a server to say something until the feed has begun.
    static let patience = Invocation.defaultTimeout
    /// How often it is tried again when nothing has come yet; afterwards without end.
    static let firstRetries = 2

    /// The step after the delivery of the tweets that have come.
    private enum Next: Sendable {
        case receive
        case follow
        case retry(String)
        case fail(ClientError)
    }

    private let tags: [Hashtag]
    private let count: Int?
    private let endsWithTweet: Bool
    private let deadline: Instant

    private var backoff: RetryBackoff
    /// When the run began whose time the deadline ends; nil is its start here.
    private var began: Instant?
    /// Whether the user knows that there is no connection.
    private var isOutageSaid = false
    /// The actions behind those that tell the user something: one notice may be followed by another.
    private var held: [Action] = []
    /// The next notice for the user; nil for none.
    private var notice: String?
    private var silence = SilenceWatch(at: .never)
    /// Questions whether the server is there that it has not answered.
    private var pings = 0
    /// Whether the server has ever told where the feed stands: until then a failure is an error.
    private var hasBegun = false
    /// When what has not begun is given up.
    private var firstDeadline = Instant.never

    /// The greatest sequence that needs not be asked for again.
    private var known: SequenceNumber?
    /// The sequence that a new connection was asked to go on from, until it says something.
    private var resumed: SequenceNumber?
    private var lastDelivered: SequenceNumber?
    /// Until when an answer to a follow, or a tweet before it, has to come; nil when it has come.
    private var answerDeadline: Instant?
    private var answers = AnswerReader()
    /// Tweets of one reading that are not delivered yet.
    private var waiting: [WireTweet] = []
    private var next = Next.receive

    /// - Parameters:
    ///   - endsWithTweet: whether the first tweet is the end.
    ///   - server: what it is called in errors.
    ///   - deadline: when to give up.
    ///   - began: when the run began whose time that is; nil is the start here.
    public init(
        _ follow: Follow, endsWithTweet: Bool = false, of server: ServerName, deadline: Instant = .never,
        since began: Instant? = nil
    ) {
        self.began = began
        tags = follow.tags
        count = follow.count
        known = follow.since
        self.endsWithTweet = endsWithTweet
        backoff = RetryBackoff(server, longestPause: Self.longestPause)
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
        return follow(at: now)
    }

    /// Asks for what is new, and for all that was missed as far as it knows where it was.
    private mutating func follow(at now: Instant) -> Action {
        next = .receive
        let request = Follow(tags: tags, since: known, count: known == nil ? count : nil)
        let limit = answerLimit(at: now)
        answerDeadline = limit
        return .send(PacketWriter.request(.follow(request)), until: limit)
    }

    /// When the server has to have said something.
    private func answerLimit(at now: Instant) -> Instant {
        hasBegun ? min(deadline, now + Self.patience) : firstDeadline
    }

    public mutating func connectFailed(_ failure: ConnectFailure, at now: Instant) -> Action {
        backoff.failed(failure)
        if hasBegun { return broken(failure.text, at: now) }
        guard now < firstDeadline else { return timedOut(at: now) }
        // A resolver that cannot be reached now may be there soon: a service starts before its network.
        if failure.kind == .lookUp {
            backoff.broke(failure.text)
            return .pause(until: backoff.pause(at: now, until: firstDeadline), because: failure.text)
        }
        guard backoff.hasConnected, !backoff.isHopeless(failure) else { return .finish(failure.error) }
        return broken(failure.text, at: now)
    }

    // MARK: What comes

    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Action {
        silence.bytesReceived(at: now)
        var rest = bytes
        do throws(ClientError) {
            while !isEnding, let answer = try answers.next(from: &rest) { try take(answer) }
        } catch {
            next = .fail(error.naming("\(backoff.server)"))
        }
        return goOn(at: now)
    }

    /// Whether what follows on the connection is of no interest.
    private var isEnding: Bool {
        switch next {
        case .receive, .follow: false
        case .retry, .fail: true
        }
    }

    private mutating func take(_ answer: Answer) throws(ClientError) {
        switch answer {
        case .push(.tweet(let tweet)):
            // What has no sequence is no tweet but a newer server's way to tell something.
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
        case .done(let sequence?, _, _):
            if let resumed, sequence < resumed {
                // The server does not have what was known any more: it is another history, and what comes from
                // now on is new, whatever its numbers.
                known = nil
                lastDelivered = nil
                notice =
                    "the last sequence of \(backoff.server) is \(sequence), which is before \(resumed): "
                    + "an older state was restored, or it is another server; what it has already is not shown"
            }
            answerDeadline = nil
            begun(at: sequence)
        case .done(nil, _, _) where pings > 0: pings -= 1
        // A server that does not know the question is there all the same.
        case .error(WireError.Code.unknownOperation.rawValue, _) where pings > 0: pings -= 1
        case .error(let code, let message):
            let error = ClientError(refusal: code, message, isUpload: false)
            next = hasBegun && error.exitCode.passes ? .retry(error.text) : .fail(error)
        default: throw .notUnderstood("it does not fit the request")
        }
    }

    /// Notes that the server has told where the feed stands.
    private mutating func begun(at sequence: SequenceNumber) {
        hasBegun = true
        resumed = nil
        backoff.succeeded()
        known = max(known ?? sequence, sequence)
    }

    /// The tweet that ``Action/deliver(_:)`` named is where it belongs.
    public mutating func delivered(at now: Instant) -> Action {
        endsWithTweet ? .finish(nil) : goOn(at: now)
    }

    private mutating func goOn(at now: Instant) -> Action {
        // A tweet that has been waited for is not dropped because it came in the last moment.
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
            if answerDeadline != nil { answerDeadline = answerLimit(at: now) }
            return receive()
        case .follow: return follow(at: now)
        case .retry(let reason): return broken(reason, at: now)
        case .fail(let error): return .finish(error)
        }
    }

    /// Waits for the answer to a follow, or else for tweets, as long as the server need not be asked whether it is there.
    private func receive() -> Action {
        .receive(until: min(answerDeadline ?? silence.deadline, deadline))
    }

    // MARK: Trying again

    /// The connection has ended.
    public mutating func broken(_ reason: String, at now: Instant) -> Action {
        backoff.broke(reason)
        answers = AnswerReader()
        answerDeadline = nil
        pings = 0
        next = .receive
        if !hasBegun, backoff.breaks > Self.firstRetries { return .finish(backoff.noAnswer) }
        let limit = hasBegun ? deadline : firstDeadline
        guard now < limit else { return timedOut(at: now) }
        let pause = Action.pause(until: backoff.pause(at: now, until: limit), because: reason)
        if !hasBegun || isOutageSaid { return pause }
        isOutageSaid = true
        return say("the connection to \(backoff.server) is lost: \(reason); trying again", before: pause)
    }

    private mutating func say(_ text: String, before action: Action) -> Action {
        held.append(action)
        return .say(text)
    }

    /// The user was told what ``Action/say(_:)`` named.
    public mutating func said() -> Action {
        guard let action = held.popLast() else { preconditionFailure("nothing was to be said") }
        return action
    }

    /// The moment that an action named is over.
    public mutating func timePassed(at now: Instant) -> Action {
        if backoff.isPausing { return connect(at: now) }
        guard now < deadline else { return timedOut(at: now) }
        if let answerDeadline {
            guard now >= answerDeadline else { return receive() }
            return hasBegun ? broken("the server does not answer", at: now) : timedOut(at: now)
        }
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

    private func timedOut(at now: Instant) -> Action {
        let end = min(now, hasBegun ? deadline : firstDeadline)
        let time = end - min(began ?? end, end)
        if !hasBegun, let failure = backoff.lastFailure, failure.kind == .lookUp { return .finish(failure.error) }
        guard hasBegun, backoff.breaks == 0 else { return .finish(backoff.timedOut(after: time)) }
        // The server is there: what did not come is what others should have said.
        let text = "timed out" + (endsWithTweet ? ": no message came within" : " after")
        return .finish(ClientError(.timedOut, "\(text) \(RetryBackoff.seconds(time))"))
    }
}
