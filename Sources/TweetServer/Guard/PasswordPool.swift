import CSystem
import TweetModel
import TweetReactor
import TweetStore
import TweetSystem

/// Hashes passwords on separate threads, so that the loop does not block; both the running and the waiting ones are
/// bounded, and a ``PasswordQueue`` says which is next.
///
/// Belongs to the loop. The first password starts the threads.
final class PasswordPool {
    enum Work: Sendable {
        case hash(Password)
        /// Verify against nil if there is no such account: it takes as long and never matches.
        case verify(Password, PasswordHash?)
    }

    enum Result: Sendable {
        /// It was not hashed: others that have had fewer hashed lately need the places.
        case crowdedOut
        /// The hash; nil if the system lacks memory or random numbers.
        case hash(PasswordHash?)
        case verified(Bool)
    }

    /// The state that the loop and one thread share.
    private final class Desk: Sendable {
        struct State {
            var work: Work?
            var result: Result?
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
                let (next, isClosing) = state.withLock { state in (state.work.take(), state.isClosing) }
                if isClosing { return }
                guard let next else {
                    arrived.wait()
                    continue
                }
                let result: Result
                switch next {
                case .hash(let password): result = .hash(PasswordHashing.hash(password))
                case .verify(let password, let hash?): result = .verified(PasswordHashing.verify(password, hash))
                case .verify(let password, nil):
                    if let nobodysHash { _ = PasswordHashing.verify(password, nobodysHash) }
                    result = .verified(false)
                }
                state.withLock { $0.result = result }
                done.signal()
            }
        }
    }

    /// A password that waits, and the receiver of its result.
    private struct Task {
        let work: Work
        let completion: (Result) -> Void
    }

    private let done: WakeUp
    private var desks: [Desk] = []
    /// The receiver of the result that each desk works on; nil for an idle one.
    private var busy: [((Result) -> Void)?] = []
    private var threads: [pthread_t] = []
    private var queue = PasswordQueue<Task>()
    private var event: Event?
    private let clock: () -> Instant

    /// The number of passwords that wait.
    var count: Int { queue.count }

    /// - Parameter clock: the clock by which the queue forgets.
    init(_ loop: EventLoop, clock: @escaping () -> Instant = { Instant.now }) throws(Errno) {
        self.clock = clock
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

    /// Accepts a password, unless too many are waiting that come first.
    ///
    /// - Parameter completion: called on the loop.
    /// - Returns: false if there is no place; `completion` is not called then.
    func submit(_ work: Work, from origin: PasswordOrigin, completion: @escaping (Result) -> Void) -> Bool {
        guard start() else { return false }
        var isTaken = true
        // A task knows whether it is the new one by calling its completion while this is nil.
        var isSubmitting = true
        let task = Task(work: work) { result in
            if isSubmitting { isTaken = false } else { completion(result) }
        }
        queue.append(task, from: origin, now: clock())?.completion(.crowdedOut)
        isSubmitting = false
        if isTaken { fillDesks() }
        return isTaken
    }

    /// Gives waiting passwords to idle threads.
    private func fillDesks() {
        for index in desks.indices where busy[index] == nil {
            guard let task = queue.popFirst(now: clock()) else { return }
            busy[index] = task.completion
            desks[index].state.withLock { $0.work = task.work }
            desks[index].arrived.signal()
        }
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
            busy.append(nil)
            threads.append(thread)
        }
        return !desks.isEmpty
    }

    private func takeResults() {
        done.clear()
        var finished: [() -> Void] = []
        for index in desks.indices {
            guard let result = desks[index].state.withLock({ $0.result.take() }), let completion = busy[index] else {
                continue
            }
            busy[index] = nil
            finished.append { completion(result) }
        }
        // The threads go on while the loop answers.
        fillDesks()
        for finish in finished { finish() }
    }
}
