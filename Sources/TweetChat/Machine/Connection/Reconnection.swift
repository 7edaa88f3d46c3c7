import TweetClient
import TweetSystem

/// The state of the connection: connecting, signing in, being here, and retrying after a break.
struct Reconnection: Sendable {
    enum Phase: Hashable, Sendable {
        case idle
        case connecting
        case signingIn
        case here(since: Instant)
        case pausing(until: Instant)
        case leaving(until: Instant)
        case over
    }

    private(set) var phase = Phase.idle
    /// Whether the chat has begun, on this connection or an earlier one.
    private(set) var hasBeenHere = false
    /// Whether trouble with the server was reported, and its end was not yet.
    private(set) var hasTrouble = false
    /// Whether the server's host was ever resolved: from then on a resolver's failure is temporary.
    private var hasFoundHost = false
    /// The number of connection attempts since the connection was last stable.
    private var tries = 0
    private var breaksBeforeSignIn = 0

    var isConnected: Bool {
        switch phase {
        case .signingIn, .here, .leaving: true
        case .idle, .connecting, .pausing, .over: false
        }
    }

    var isConnecting: Bool { phase == .connecting }
    var isSigningIn: Bool { phase == .signingIn }
    var isHere: Bool { if case .here = phase { true } else { false } }
    var isLeaving: Bool { if case .leaving = phase { true } else { false } }
    var isOver: Bool { phase == .over }

    /// Whether so many attempts have failed that the run gives up once the input has ended.
    var isHopelessAtEnd: Bool { tries > ChatLimits.triesAtEnd }

    // MARK: Connecting

    /// - Returns: when the attempt times out.
    mutating func connect(at now: Instant) -> Instant {
        phase = .connecting
        return now + ChatLimits.connect
    }

    mutating func connected() {
        hasFoundHost = true
        phase = .signingIn
    }

    /// Handles a failed attempt to connect.
    ///
    /// - Parameter isSignedIn: whether there is a name to sign in with again.
    /// - Returns: the exit code if the first attempt fails; nil if there is a retry after a pause.
    mutating func failed(_ failure: ConnectFailure, isSignedIn: Bool, at now: Instant) -> ChatExit? {
        if failure.kind == .connect { hasFoundHost = true }
        guard !hasBeenHere, !isSignedIn, breaksBeforeSignIn == 0 else {
            pause(at: now)
            return nil
        }
        return failure.kind == .unknownHost && !hasFoundHost ? .unknownHost : .unreachable
    }

    /// Handles a connection that has ended or can no longer be used.
    ///
    /// - Returns: whether to retry, after a pause.
    mutating func broke(at now: Instant) -> Bool {
        if case .here(let since) = phase, now >= since + ChatLimits.steady { tries = 0 }
        if !hasBeenHere {
            breaksBeforeSignIn += 1
            if breaksBeforeSignIn >= ChatLimits.breaksBeforeSignIn { return false }
        }
        hasTrouble = true
        pause(at: now)
        return true
    }

    private mutating func pause(at now: Instant) {
        phase = .pausing(until: now + Self.pause(before: tries))
        tries += 1
    }

    /// The pause before the next attempt: it grows with the number of attempts.
    static func pause(before tries: Int) -> Duration {
        min(ChatLimits.firstPause * (1 << min(tries, 16)), ChatLimits.longestPause)
    }

    // MARK: Being here

    mutating func enter(at now: Instant) {
        phase = .here(since: now)
        hasBeenHere = true
        hasTrouble = false
    }

    /// Notes that trouble with the server was reported.
    mutating func noteTrouble() { hasTrouble = true }

    /// Gives the requests in flight a limited time for their answers before the end.
    mutating func leave(at now: Instant) { phase = .leaving(until: now + ChatLimits.quit) }

    mutating func end() { phase = .over }

    // MARK: Time

    /// The end of a pause or of the time to leave; nil if neither is running.
    var deadline: Instant? {
        switch phase {
        case .pausing(let until), .leaving(let until): until
        case .idle, .connecting, .signingIn, .here, .over: nil
        }
    }
}
