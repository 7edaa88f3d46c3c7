import CSystem
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem

/// Hashes passwords on separate threads, so that the loop does not block; both the running and the waiting ones are
/// bounded.
///
/// Belongs to the loop. The first password starts the threads.
final class PasswordPool {
    enum Work: Sendable {
        case hash(Password)
        /// Verify against nil if there is no such account: it takes as long and never matches.
        case verify(Password, PasswordHash?)
    }

    enum Result: Sendable {
        /// The hash; nil if the system lacks memory or random numbers.
        case hash(PasswordHash?)
        case verified(Bool)
    }

    /// The state that the loop and one thread share.
    private final class Desk: Sendable {
        struct State {
            var work: [(number: UInt64, work: Work)] = []
            var results: [(number: UInt64, result: Result)] = []
            var isClosing = false
        }

        let state = Guarded(State())
        let arrived: WakeUp
        /// Wakes the loop; shared by all desks.
        let done: WakeUp

        init(done: WakeUp) throws(Errno) {
            arrived = try WakeUp()
            self.done = done
        }

        /// Runs on the thread until the pool closes.
        func run() {
            // A hash of a random password, which nobody knows.
            var generator = SystemRandomNumberGenerator()
            let random = String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
            let nobodysHash = Password(random).flatMap(PasswordHashing.hash)
            while true {
                let (next, isClosing) = state.withLock { state in
                    (state.work.isEmpty ? nil : state.work.removeFirst(), state.isClosing)
                }
                if isClosing { return }
                guard let next else {
                    arrived.wait()
                    continue
                }
                let result: Result
                switch next.work {
                case .hash(let password): result = .hash(PasswordHashing.hash(password))
                case .verify(let password, let hash?): result = .verified(PasswordHashing.verify(password, hash))
                case .verify(let password, nil):
                    if let nobodysHash { _ = PasswordHashing.verify(password, nobodysHash) }
                    result = .verified(false)
                }
                state.withLock { $0.results.append((next.number, result)) }
                done.signal()
            }
        }
    }

    private let done: WakeUp
    private var desks: [Desk] = []
    private var threads: [pthread_t] = []
    private var completions: [UInt64: (Result) -> Void] = [:]
    private var nextNumber: UInt64 = 0
    private var event: Event?

    init(_ loop: EventLoop) throws(Errno) {
        done = try WakeUp()
        event = Event(loop, readable: done.descriptorNumber) { [unowned self] in takeResults() }
    }

    deinit {
        for desk in desks {
            desk.state.withLock { $0.isClosing = true }
            desk.arrived.signal()
        }
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Accepts a password, unless too many are waiting.
    ///
    /// - Parameters:
    ///   - isOperators: whether it may use a place reserved for the operator.
    ///   - completion: called on the loop.
    /// - Returns: false if the pool is full; `completion` is not called then.
    func submit(_ work: Work, isOperators: Bool = false, completion: @escaping (Result) -> Void) -> Bool {
        let reserve = isOperators ? ServerLimits.passwordsOfOperator : 0
        let places = ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting + reserve
        guard completions.count < places, start() else { return false }
        nextNumber += 1
        completions[nextNumber] = completion
        // Round robin: all hashes take equally long.
        let desk = desks[Int(nextNumber % UInt64(desks.count))]
        desk.state.withLock { $0.work.append((nextNumber, work)) }
        desk.arrived.signal()
        return true
    }

    /// Starts the threads that are missing.
    ///
    /// - Returns: whether at least one thread runs.
    private func start() -> Bool {
        while desks.count < ServerLimits.passwordsAtOnce {
            guard let desk = try? Desk(done: done) else { break }
            let retained = Unmanaged.passRetained(desk)
            var thread = pthread_t()
            let code = csystem_start_thread(
                &thread,
                { desk in
                    guard let desk else { return nil }
                    Unmanaged<Desk>.fromOpaque(desk).takeRetainedValue().run()
                    return nil
                }, retained.toOpaque())
            guard code == 0 else {
                retained.release()
                break
            }
            desks.append(desk)
            threads.append(thread)
        }
        return !desks.isEmpty
    }

    private func takeResults() {
        done.clear()
        for desk in desks {
            let results = desk.state.withLock { state in
                let results = state.results
                state.results = []
                return results
            }
            for (number, result) in results { completions.removeValue(forKey: number)?(result) }
        }
    }
}
