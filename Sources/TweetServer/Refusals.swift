import TweetJournal
import TweetModel
import TweetStore
import TweetWire

/// Errors that only a server reports.
extension WireError {
    static var idReused: WireError { WireError(.idReused, "the id was used for another message") }

    static func nameTaken(_ name: Name) -> WireError { WireError(.nameTaken, "the name \(name.string) is taken") }

    static func noSuchName(_ name: Name) -> WireError {
        WireError(.noSuchName, "there is nobody called \(name.string)")
    }

    /// The error for a sequence that was never given out.
    ///
    /// - Parameter last: the last one that was.
    static func noSuchSequence(_ sequence: SequenceNumber, last: SequenceNumber) -> WireError {
        WireError(.noSuchSequence, "the last sequence here is \(last), which is before \(sequence)")
    }

    /// The error for a message that one recipient does not take; nobody knows when that recipient reads, so it names no
    /// time.
    ///
    /// - Parameter name: spelled as the sender did, if it is hidden.
    static func notTaken(by name: Name, _ reason: NotTaken) -> WireError {
        let end = "wait for \(name.string): send it again after \(name.string) has read some"
        return switch reason {
        case .blocked: WireError(.blocked, "\(name.string) takes no messages from you")
        case .inboxFull: WireError(.inboxFull, "\(MailLimits.pending) messages, which is the limit, \(end)")
        case .tooManyOfSender: WireError(.inboxFull, "as many messages of yours as \(limitOfSender) \(end)")
        case .tooManyOfGuests: WireError(.inboxFull, "as many messages of guests as \(limitOfSender) \(end)")
        }
    }

    private static let limitOfSender = "one sender may have (\(MailLimits.pendingOfSender), fewer in a full inbox)"

    static var tooManyBlocked: WireError {
        WireError(.tooMany, "you block \(MailLimits.blocked) names, which is the limit: unblock one first")
    }

    static var tooManyTokens: WireError {
        WireError(
            .tooMany, "the account has \(TokenLimits.ofAccount) tokens, which is the limit: remove one first")
    }

    static func noSuchToken(_ id: SequenceNumber) -> WireError {
        WireError(.noSuchToken, "the account has no token \(id)")
    }

    static var notOfToken: WireError { WireError(.notPermitted, "the token does not permit that") }

    static var tokenRemoved: WireError { WireError(.notPermitted, "the token was removed") }

    static func unreadable(_ error: SQLiteError) -> WireError {
        WireError(.unavailable, "the store cannot be read: \(error)")
    }

    static var notFresh: WireError { WireError(.notFresh, "no message is new enough") }

    static var notHidden: WireError {
        WireError(.unavailable, "the account is made, but it is not hidden; log in, and hide again")
    }

    static var noRoom: WireError {
        WireError(.busy, "the server has no room for another connection \(limitOfConnections)", retryAfter: 1)
    }

    static var evicted: WireError {
        WireError(.busy, "another connection needs its place", retryAfter: 1)
    }

    static func tooManyStay(_ limit: Int) -> WireError {
        WireError(
            .busy, "your network has \(limit) connections with a name or that follow, which is the limit",
            retryAfter: 10)
    }

    static var noRoomToStay: WireError {
        WireError(
            .busy,
            "the server has no room for another connection with a name or that follows \(limitOfConnections)",
            retryAfter: 10)
    }

    private static let limitOfConnections = "(its limit is --max-connections, or its descriptors)"

    static var tooManyGuests: WireError {
        WireError(
            .busy, "the guests of your network hold \(ServerLimits.guestNames) names, which is the limit",
            retryAfter: Int(ServerLimits.guestNamePause.components.seconds))
    }

    static func tooManySignUps(until span: Duration) -> WireError {
        WireError(
            .busy,
            "your network has made as many accounts as it may: \(ServerLimits.signUps.burst) at once, then "
                + "\(ServerLimits.signUps.count) an hour",
            retryAfter: Int(clamping: span.inWholeSeconds.components.seconds))
    }

    static func storesTooMuch(until span: Duration) -> WireError {
        WireError(
            .busy,
            "your network has stored as much as it may: \(ServerLimits.storedBytes.burst >> 20) MiB at once, then "
                + "\(ServerLimits.storedBytes.count >> 10) KiB a second",
            retryAfter: Int(clamping: span.inWholeSeconds.components.seconds))
    }

    /// The store holds as much as its operator allows.
    ///
    /// - Parameter span: the time after which to try again, whether or not there will be room then.
    static func storeFull(retryAfter span: Duration) -> WireError {
        WireError(.busy, storeFullText, retryAfter: Int(clamping: span.inWholeSeconds.components.seconds))
    }

    private static let storeFullText =
        "the server's store is full (its limit is --max-store): nothing can be stored until there is room"

    /// Whether the refusal is ``storeFull(retryAfter:)``, which is reported when it begins and not for each request.
    var isOfFullStore: Bool { code == .busy && message == Self.storeFullText }

    /// Whether a refusal with `busy` is the state of the whole server, which has no room for anybody, rather than what
    /// one client's network has used up.
    var isOfWholeServer: Bool {
        guard code == .busy else { return false }
        return isOfFullStore || [.noRoom, .evicted, .noRoomToStay, .hashingBusy].contains(self)
    }

    /// A request of HTTP where only lines are served; the client is told in HTTP.
    static var httpNotServed: WireError { WireError(.notJSON, "HTTP is not served at this port (--http)") }

    static var operatorsOnly: WireError { WireError(.notPermitted, "only the operator may do that") }

    static var nameNeeded: WireError { WireError(.nameNeeded, "that needs a name: take one or log in first") }

    static var tlsRequired: WireError { WireError(.tlsNeeded, "this server takes only connections with TLS") }

    static var tlsForPassword: WireError {
        WireError(.tlsNeeded, "a password or a token is not taken over a connection without TLS")
    }

    static var accountNeeded: WireError {
        WireError(.accountNeeded, "that needs an account: sign up or log in first")
    }

    static var alreadyNamed: WireError { WireError(.alreadyNamed, "the connection has a name already") }

    static var tooManyPasswords: WireError {
        WireError(
            .busy, "\(LoginThrottle.attemptsUnderWay) passwords are being checked for your address, which is the limit",
            retryAfter: 1)
    }

    static var hashingBusy: WireError {
        WireError(
            .busy, "\(ServerLimits.passwordsWaiting) passwords wait to be checked, which is the limit", retryAfter: 1)
    }
}

extension Duration {
    /// The span rounded up to whole seconds, like the header of HTTP (RFC 9110, 10.2.3).
    var inWholeSeconds: Duration { .seconds((self + .nanoseconds(999_999_999)).components.seconds) }
}
