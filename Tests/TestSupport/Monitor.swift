import Foundation

/// State that several threads change and wait for.
///
/// It uses a pthread lock, because the thread sanitizer does not understand how `Mutex` waits and reports false races.
public final class Monitor<State>: @unchecked Sendable {
    // Sendable: every access to the state holds the condition's lock.
    private let condition = NSCondition()
    private var state: State

    public init(_ state: sending State) {
        self.state = state
    }

    /// Reads or changes the state, and wakes every thread that waits for it.
    public func access<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&state)
    }

    /// Waits until the body returns a result for the state; returns nil when the time runs out first.
    public func wait<Result>(seconds: Double = Patience.seconds, for body: (inout State) -> Result?) -> Result? {
        let end = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = body(&state) { return result }
            guard condition.wait(until: end) else { return body(&state) }
        }
    }
}
