public import TweetSystem

/// Whether a server that says nothing is still there: the rules alone, no clock and no socket.
///
/// A connection without end may be dead though the kernel sees nothing wrong with it: a proxy, a tunnel or a container's
/// bridge answers for the far side. So a silent server is asked something, and one that stays silent is given up. Any
/// byte from it counts as an answer.
public struct SilenceWatch: Sendable {
    public enum Step: Hashable, Sendable {
        /// Send a request that changes nothing.
        case ask
        /// Give the connection up.
        case giveUp
    }

    /// The silence until the server is asked: often enough to keep the state of a router or a tunnel, which
    /// forgets an idle connection after minutes, and seldom enough that a thousand idle followers cost nothing.
    public static let silence: Duration = .seconds(30)
    /// The time that the server has to answer, as long as for any other request.
    public static let patience: Duration = .seconds(10)

    private var isAsked = false
    /// When ``timePassed(at:)`` is to be called next.
    public private(set) var deadline: Instant

    /// Begins with the connection.
    public init(at now: Instant) {
        deadline = now + Self.silence
    }

    /// Notes that the server is there.
    public mutating func bytesReceived(at now: Instant) {
        isAsked = false
        deadline = now + Self.silence
    }

    /// The deadline may have come, and all that the server has sent by now is received.
    ///
    /// - Returns: nil as long as there is nothing to do.
    public mutating func timePassed(at now: Instant) -> Step? {
        guard now >= deadline else { return nil }
        if isAsked { return .giveUp }
        isAsked = true
        deadline = now + Self.patience
        return .ask
    }
}
