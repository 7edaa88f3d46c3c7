import TweetSystem
import TweetTLS

/// Rules that return actions for a connection, receive their results, and return the next action.
protocol ConnectionRules {
    associatedtype Action

    mutating func connected(at now: Instant) -> Action
    mutating func connectFailed(_ failure: ConnectFailure, at now: Instant) -> Action
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Action
    mutating func broken(_ reason: String, at now: Instant) -> Action
    /// Handles a server with which there can be no encrypted stream: retrying does not help.
    mutating func refused(_ failure: TLSFailure, at now: Instant) -> Action
    mutating func timePassed(at now: Instant) -> Action
    /// Notes that nothing of the last send has left, since the TLS handshake was not done: its failure follows.
    mutating func nothingSent()
    /// The clause of the error if the run ended now and the last send had begun; empty if that changes nothing.
    var openClause: String { get }
}
