import CSystem
import Synchronization
public import TweetSystem

/// The end of a run that has no end of its own: SIGINT or SIGTERM is the normal way to stop it.
///
/// The process ends at once, but it finishes a line that is being written. A second signal does not wait for that
/// either.
public enum Interruption {
    // The state that the handler may access: see signal-safety(7).
    private static let isWriting = Atomic(false)
    private static let pending = Atomic(false)
    // Set before the handler that uses it is installed.
    nonisolated(unsafe) private static var wakeUp: WakeUp?

    /// Whether a signal has asked the run to finish.
    static var isPending: Bool { pending.load(ordering: .relaxed) }

    /// Makes the first signal ask the run to finish; a second one ends the process at once.
    ///
    /// - Returns: the wake-up that the run waits for.
    public static func expectEnd() throws(Errno) -> WakeUp {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        pending.store(false, ordering: .relaxed)
        handle { number in
            if Interruption.pending.exchange(true, ordering: .relaxed) {
                LastWords.sayInterrupted()
                csystem_die_of_signal(number)
            }
            Interruption.wakeUp?.signal()
        }
        return wakeUp
    }

    /// Makes the signals end the process with the exit code 0.
    public static func expect() {
        // Initialized here, so that the handler is not the first to access it.
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
            // It fails only for invalid signal numbers.
            _ = csystem_handle_signal(number, handler)
        }
    }

    /// Writes a line to a stream completely or not at all, whenever a signal arrives.
    ///
    /// If the stream accepts nothing now, it waits first: a signal during that time ends the process at once.
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
