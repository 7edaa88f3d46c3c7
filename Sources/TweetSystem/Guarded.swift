import CSystem

/// State that two threads share, behind a mutex; see pthread_mutex_lock(3).
///
/// The standard library's `Mutex` is not used: the thread sanitizer cannot see how it waits (Swift 6.3), and reports
/// false races.
public final class Guarded<State: ~Copyable>: @unchecked Sendable {
    // Sendable: the state is reached only through withLock, which holds the mutex.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var state: State

    public init(_ state: consuming sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    public func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }
}
