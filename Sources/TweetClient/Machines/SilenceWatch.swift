public import TweetSystem

/// Detects a dead connection to a silent server: only the rules, without a clock or a socket.
///
/// A long connection may be dead although the kernel sees nothing wrong with it: a proxy, a tunnel or a container's
/// bridge answers for the far side. So a silent server is pinged, and given up if it stays silent. Any byte from it
/// counts as an answer.
public struct SilenceWatch: Sendable {
    public enum Step: Hashable, Sendable {
        /// Sends a request that changes nothing.
        case ask
        /// Gives up the connection.
        case giveUp
    }

    /// The silence until the server is pinged: often enough to keep the state of a router or a tunnel, which forgets an
    /// idle connection after minutes, and seldom enough that a thousand idle followers cost nothing.
    public static let silence: Duration = .seconds(30)
    /// The time that the server has to answer, as long as for any other request.
    public static let patience: Duration = .seconds(10)

    private var isAsked = false
    /// The time for the next ``timePassed(at:)``.
    public private(set) var deadline: Instant

    /// Starts with the connection.
    public init(at now: Instant) {
        deadline = now + Self.silence
    }

    /// Notes that the server has sent something.
    public mutating func bytesReceived(at now: Instant) {
        isAsked = false
        deadline = now + Self.silence
    }

    /// Checks the deadline; call it after receiving everything that the server has sent by now.
    ///
    /// - Returns: nil if there is nothing to do.
    public mutating func timePassed(at now: Instant) -> Step? {
        guard now >= deadline else { return nil }
        if isAsked { return .giveUp }
        isAsked = true
        deadline = now + Self.patience
        return .ask
    }
}
