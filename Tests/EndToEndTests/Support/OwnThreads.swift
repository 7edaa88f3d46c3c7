import Foundation
import TestSupport
import Testing

/// Runs tests that wait for programs on threads of their own: the few threads of Swift's pool must not be blocked.
struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ThreadPool.shared, operation: function)
    }
}

extension Trait where Self == OwnThreads {
    /// Every suite that starts a program has it.
    static var ownThreads: OwnThreads { OwnThreads() }
}

/// So many tests wait for programs at once.
private final class ThreadPool: TaskExecutor {
    static let shared = ThreadPool(threads: 8)

    private let jobs = Monitor<[UnownedJob]>([])

    init(threads: Int) {
        for _ in 0..<threads {
            let thread = Thread { [self] in
                while true {
                    let job = jobs.wait(seconds: Patience.endless) { $0.isEmpty ? nil : $0.removeFirst() }
                    job?.runSynchronously(on: asUnownedTaskExecutor())
                }
            }
            // The depth of a debug build's frames in a test with a sanitizer.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.access { $0.append(job) }
    }
}
