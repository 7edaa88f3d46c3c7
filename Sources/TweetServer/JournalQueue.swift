import TweetJournal
import TweetStore
import TweetWire

/// Who waits for an entry's outcome.
enum Waiter {
    case upload(UploadUnderWay)
    /// Called on the loop.
    case other((Outcome) -> Void)
}

/// Those who wait for the journal, in its order.
struct WaiterQueue {
    private var waiters: [Waiter?] = []
    private var first = 0

    var isEmpty: Bool { first == waiters.count }

    mutating func append(_ waiter: Waiter) {
        waiters.append(waiter)
    }

    mutating func removeFirst() -> Waiter {
        guard let waiter = waiters[first] else { preconditionFailure("an outcome for nobody") }
        waiters[first] = nil
        first += 1
        // Shifted now and then, so that taking one costs the same however many there are.
        if first == waiters.count || first == 4096 {
            waiters.removeFirst(first)
            first = 0
        }
        return waiter
    }
}

extension Server {
    /// Gives the journal an entry; what became of it is told on the loop, once it is durable or refused.
    func append(_ entry: Entry, _ completion: @escaping (Outcome) -> Void) {
        waiters.append(.other(completion))
        journal.append(entry)
    }

    /// Hands on what has become of entries, in their order.
    func takeOutcomes() {
        for outcome in journal.takeOutcomes() {
            switch waiters.removeFirst() {
            case .upload(let upload): finish(upload, outcome)
            case .other(let completion): completion(outcome)
            }
        }
    }
}

extension Outcome {
    /// What a client is told where nothing was stored, or may not have been; nil for the other outcomes.
    var failure: WireError? {
        switch self {
        case .stored, .read, .duplicate, .duplicateReset, .duplicateMessage: nil
        case .nameTaken(let name): .nameTaken(name)
        case .noAccount(let name): .noSuchName(name)
        case .passwordReplaced: .wrongPassword
        case .unavailable(let reason): WireError(.unavailable, "not stored: \(reason)")
        case .unknown(let reason): WireError(.unknown, "it cannot be said whether it was stored: \(reason)")
        }
    }
}
