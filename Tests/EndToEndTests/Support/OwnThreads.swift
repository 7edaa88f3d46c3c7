import Foundation
import TestSupport
import Testing

/// Runs tests that wait for programs on separate threads, so that they do not block the few threads of Swift's pool.
struct OwnThreads: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await onOwnThreads(function)
    }
}

/// Runs something that waits on the threads that may block.
func onOwnThreads(_ operation: @Sendable () async throws -> Void) async throws {
    try await withTaskExecutorPreference(ThreadPool.shared, operation: operation)
}

extension Trait where Self == OwnThreads {
    /// The trait of every suite that starts a program.
    static var ownThreads: OwnThreads { OwnThreads() }
}

/// A fixed number of threads, which limits how many tests wait for programs at once.
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
            // A debug build with a sanitizer needs a deep stack.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.access { $0.append(job) }
    }
}
