import CSystem
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem

/// Hashes passwords on threads of their own, so that the loop goes on: few at once, and few that wait.
///
/// Belongs to the loop. The threads are started by the first password.
final class PasswordPool {
    enum Work: Sendable {
        case hash(Password)
        /// Against nothing where there is no such account: it takes as long and never matches.
        case verify(Password, PasswordHash?)
    }

    enum Result: Sendable {
        /// The hash; nil if the system lacks memory or randomness.
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
        /// Shared by all: wakes the loop.
        let done: WakeUp

        init(done: WakeUp) throws(Errno) {
            arrived = try WakeUp()
            self.done = done
        }

        /// Works on the thread until the pool closes.
        func run() {
            // Nobody knows what it is the hash of.
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

    /// Takes a password, unless too many wait.
    ///
    /// - Parameters:
    ///   - isOperators: whether it may have a place that is kept free of everybody else.
    ///   - completion: called on the loop.
    /// - Returns: false where the pool is full: nothing is called then.
    func submit(_ work: Work, isOperators: Bool = false, completion: @escaping (Result) -> Void) -> Bool {
        let reserve = isOperators ? ServerLimits.passwordsOfOperator : 0
        let places = ServerLimits.passwordsAtOnce + ServerLimits.passwordsWaiting + reserve
        guard completions.count < places, start() else { return false }
        nextNumber += 1
        completions[nextNumber] = completion
        // In turns: a hash takes as long as any other.
        let desk = desks[Int(nextNumber % UInt64(desks.count))]
        desk.state.withLock { $0.work.append((nextNumber, work)) }
        desk.arrived.signal()
        return true
    }

    /// Starts the threads that are missing.
    ///
    /// - Returns: whether there is any.
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
