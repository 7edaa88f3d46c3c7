import CSystem
import Synchronization
public import TweetSystem

/// The end of a run that has none of its own: SIGINT or SIGTERM, which is how it is told that it is done.
///
/// The process ends at once, except that a line which is being written is written to its end. A second signal does not
/// wait for that either.
public enum Interruption {
    // What the handler may touch: see signal-safety(7).
    private static let isWriting = Atomic(false)
    private static let pending = Atomic(false)
    // Set before the handler that uses it is there.
    nonisolated(unsafe) private static var wakeUp: WakeUp?

    /// Whether a signal has come that a run ends for in its own time.
    static var isPending: Bool { pending.load(ordering: .relaxed) }

    /// Has the first signal tell a run to end in its own time; a second one ends the process at once.
    ///
    /// - Returns: what the run waits for.
    public static func expectEnd() throws(Errno) -> WakeUp {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        pending.store(false, ordering: .relaxed)
        handle { number in
            if Interruption.pending.exchange(true, ordering: .relaxed) { csystem_die_of_signal(number) }
            Interruption.wakeUp?.signal()
        }
        return wakeUp
    }

    /// Has the signals end the process with the exit code 0.
    public static func expect() {
        // Touched here, so that no handler is the first to.
        isWriting.store(false, ordering: .relaxed)
        pending.store(false, ordering: .relaxed)
        handle { _ in
            let waits = Interruption.isWriting.load(ordering: .relaxed)
            if waits, !Interruption.pending.exchange(true, ordering: .relaxed) { return }
            _exit(ExitCode.done.rawValue)
        }
    }

    private static func handle(_ handler: @convention(c) (CInt) -> Void) {
        for number in [SIGINT, SIGTERM] {
            // It fails only for numbers that are no signals.
            _ = csystem_handle_signal(number, handler)
        }
    }

    /// Writes a line to a stream so that all of it is there or nothing, wherever a signal comes.
    ///
    /// A stream that takes nothing now is waited for first: a signal that comes then ends the process at once.
    public static func write(line: [UInt8], to stream: StandardStream) throws(Errno) {
        _ = try Poll.wait(number: stream.rawValue, toWrite: true, until: .never)
        isWriting.store(true, ordering: .relaxed)
        defer {
            isWriting.store(false, ordering: .relaxed)
            if isPending { _exit(ExitCode.done.rawValue) }
        }
        try stream.write(line)
    }
}
