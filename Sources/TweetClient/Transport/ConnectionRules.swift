/// Rules that say what to do on a connection, are told what came of it, and say what to do next.
///
/// All times are milliseconds of one monotonic clock.
protocol ConnectionRules {
    associatedtype Action

    mutating func connected(at now: UInt64) -> Action
    mutating func connectFailed(_ failure: ConnectFailure, at now: UInt64) -> Action
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: UInt64) -> Action
    mutating func broken(_ reason: String, at now: UInt64) -> Action
    mutating func timePassed(at now: UInt64) -> Action
}
