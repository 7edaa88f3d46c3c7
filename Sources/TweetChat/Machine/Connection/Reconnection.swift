import TweetClient

/// The way to the server: connecting, signing in, being here, and trying again after a break.
struct Reconnection: Sendable {
    enum Phase: Hashable, Sendable {
        case idle
        case connecting
        case signingIn
        case here(since: UInt64)
        case pausing(until: UInt64)
        case leaving(until: UInt64)
        case over
    }

    private(set) var phase = Phase.idle
    /// Whether the chat has begun, on this connection or an earlier one.
    private(set) var hasBeenHere = false
    /// Whether it was said that the server cannot be used, and not yet that it can again.
    private(set) var hasTrouble = false
    /// Whether the server's host has had an address: from then on it is known, whatever the resolver says.
    private var hasFoundHost = false
    /// Tries to connect since the connection was last steady.
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

    /// Whether so many tries were in vain that nobody waits any longer once the input has ended.
    var isHopelessAtEnd: Bool { tries > ChatLimits.triesAtEnd }

    // MARK: Connecting

    /// - Returns: when the try is over.
    mutating func connect(at now: UInt64) -> UInt64 {
        phase = .connecting
        return now + ChatLimits.connect
    }

    mutating func connected() {
        hasFoundHost = true
        phase = .signingIn
    }

    /// The server was not reached.
    ///
    /// - Parameter isSignedIn: whether there is a name to come back with.
    /// - Returns: the end of the run, where the first try fails; nil where it is tried again after a pause.
    mutating func failed(_ failure: ConnectFailure, isSignedIn: Bool, at now: UInt64) -> ChatExit? {
        if failure.kind == .connect { hasFoundHost = true }
        guard !hasBeenHere, !isSignedIn, breaksBeforeSignIn == 0 else {
            pause(at: now)
            return nil
        }
        return failure.kind == .unknownHost && !hasFoundHost ? .unknownHost : .unreachable
    }

    /// The connection has ended or cannot be used any more.
    ///
    /// - Returns: whether it is worth another try, which begins after a pause.
    mutating func broke(at now: UInt64) -> Bool {
        if case .here(let since) = phase, now >= since + ChatLimits.steady { tries = 0 }
        if !hasBeenHere {
            breaksBeforeSignIn += 1
            if breaksBeforeSignIn >= ChatLimits.breaksBeforeSignIn { return false }
        }
        hasTrouble = true
        pause(at: now)
        return true
    }

    private mutating func pause(at now: UInt64) {
        phase = .pausing(until: now + Self.pause(before: tries))
        tries += 1
    }

    /// Milliseconds before something is tried once more that was tried so often: they grow.
    static func pause(before tries: Int) -> UInt64 {
        min(ChatLimits.firstPause << UInt64(min(tries, 16)), ChatLimits.longestPause)
    }

    // MARK: Being here

    mutating func enter(at now: UInt64) {
        phase = .here(since: now)
        hasBeenHere = true
        hasTrouble = false
    }

    /// It is said that the server does not do what is needed.
    mutating func noteTrouble() { hasTrouble = true }

    /// The answers under way have this time until the end.
    mutating func leave(at now: UInt64) { phase = .leaving(until: now + ChatLimits.quit) }

    mutating func end() { phase = .over }

    // MARK: Time

    /// When a pause or the time to leave is over; nil while neither runs.
    var deadline: UInt64? {
        switch phase {
        case .pausing(let until), .leaving(let until): until
        case .idle, .connecting, .signingIn, .here, .over: nil
        }
    }
}
