import Foundation

/// State that several threads change and wait for.
final class Monitor<State>: @unchecked Sendable {
    // Sendable: every access to the state holds the condition's lock.
    private let condition = NSCondition()
    private var state: State

    init(_ state: sending State) {
        self.state = state
    }

    /// Reads or changes the state; who waits for it looks again.
    func access<Result>(_ body: (inout State) -> Result) -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return body(&state)
    }

    /// Waits until the body makes something of the state; nil when the time is over first.
    func wait<Result>(seconds: Double = Patience.seconds, for body: (inout State) -> Result?) -> Result? {
        let end = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = body(&state) { return result }
            guard condition.wait(until: end) else { return body(&state) }
        }
    }
}

/// How long the tests wait for what must come: a safety net alone, no test passes because of it.
enum Patience {
    static let seconds = 120.0
    /// Longer than any run; a date that Foundation can still count to.
    static let endless = 1e9
}

/// An error after which a test cannot go on.
struct HarnessError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
