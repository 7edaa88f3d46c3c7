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
    private var attempts = ConnectAttempts(firstPause: ChatLimits.firstPause, longestPause: ChatLimits.longestPause)
    /// The number of connections that have broken since one was last stable.
    private var breaks = 0
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

    /// Whether so many connections have broken that the run gives up once the input has ended.
    var isHopelessAtEnd: Bool { breaks > ChatLimits.triesAtEnd }

    // MARK: Connecting

    /// - Returns: when the attempt times out.
    mutating func connect(at now: Instant) -> Instant {
        phase = .connecting
        return now + ChatLimits.connect
    }

    mutating func connected() {
        attempts.connected()
        phase = .signingIn
    }

    /// Handles a failed attempt to connect.
    ///
    /// - Parameters:
    ///   - isSignedIn: whether there is a name to sign in with again.
    ///   - limit: when the run gives up.
    /// - Returns: the exit code if the first attempt fails; nil if there is a retry after a pause.
    mutating func failed(
        _ failure: ConnectFailure, isSignedIn: Bool, at now: Instant, until limit: Instant
    ) -> ChatExit? {
        attempts.failed(failure)
        guard !hasBeenHere, !isSignedIn, breaksBeforeSignIn == 0 else {
            phase = .pausing(until: attempts.pause(at: now, until: limit))
            return nil
        }
        if failure.kind == .trust { return .streamFailed }
        return attempts.isHopeless(failure) ? .unknownHost : .unreachable
    }

    /// Handles a connection that has ended or can no longer be used.
    ///
    /// - Parameters:
    ///   - limit: when the run gives up.
    ///   - requested: the span before which the server asked not to come back.
    /// - Returns: whether to retry, after a pause.
    mutating func broke(at now: Instant, until limit: Instant, pause requested: Duration = .zero) -> Bool {
        if case .here(let since) = phase, now >= since + ChatLimits.steady {
            attempts.succeeded()
            breaks = 0
        }
        breaks += 1
        if !hasBeenHere {
            breaksBeforeSignIn += 1
            if breaksBeforeSignIn >= ChatLimits.breaksBeforeSignIn { return false }
        }
        hasTrouble = true
        attempts.comeBack(after: requested)
        phase = .pausing(until: attempts.pause(at: now, until: limit))
        return true
    }

    /// Shortens a pause that has begun, since the run now has a limit.
    mutating func shortenPause(at now: Instant, until limit: Instant) {
        guard case .pausing(let end) = phase else { return }
        phase = .pausing(until: attempts.shortened(end, at: now, until: limit))
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
