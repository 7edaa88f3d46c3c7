import TweetSystem

/// Rules that say what to do on a connection, are told what came of it, and say what to do next.
protocol ConnectionRules {
    associatedtype Action

    mutating func connected(at now: Instant) -> Action
    mutating func connectFailed(_ failure: ConnectFailure, at now: Instant) -> Action
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Instant) -> Action
    mutating func broken(_ reason: String, at now: Instant) -> Action
    mutating func timePassed(at now: Instant) -> Action
}
