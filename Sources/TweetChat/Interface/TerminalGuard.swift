import CSystem
import CTerminalGuard
import TweetSystem

/// Restores the terminal however the process ends, and receives the signals that request something.
///
/// Only this file calls `CTerminalGuard`, whose state is shared with a signal handler. A process has one instance.
final class TerminalGuard {
    /// The request that a signal makes.
    enum Request {
        case stop(signal: CInt)
        case resize
        /// Suspends the process, with the terminal restored.
        case suspend
    }

    private let pipe: Pipe

    /// Saves the modes of standard input, if it is a terminal, and catches the signals.
    init() throws(Errno) {
        pipe = try Pipe()
        _ = cguard_save(StandardStream.input.rawValue)
        cguard_catch(pipe.writingEnd.number)
    }

    /// The descriptor to poll for signals.
    var descriptorNumber: CInt { pipe.readingEnd.number }

    /// The signals that have arrived.
    func requests() -> [Request] {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let count = (try? pipe.readingEnd.read(into: buffer)) ?? 0
            return buffer.prefix(count).map { byte in
                switch CInt(byte) {
                // A stopped process is not told about a new size until it continues.
                case SIGWINCH, SIGCONT: .resize
                case SIGTSTP: .suspend
                case let signal: .stop(signal: signal)
                }
            }
        }
    }

    // MARK: The terminal

    /// Saves the sequences that a crash has to send to the terminal.
    ///
    /// - Parameter output: the standard stream that goes to the terminal.
    func screenBegan(endings: [UnsafePointer<CChar>], on output: StandardStream = .output) {
        cguard_set_ending_output(output.rawValue)
        for ending in endings { cguard_append_ending(ending) }
    }

    func screenEnded() { cguard_forget_ending() }

    /// Whether typed input is unread, even an unfinished line.
    var hasTyped: Bool { cguard_has_typed() != 0 }

    /// Sets whether the typed input is secret: then none of it is left for the next program on the terminal.
    func setSecret(_ isSecret: Bool) { cguard_set_secret(isSecret ? 1 : 0) }

    /// Drops the typed and unread input, if it is secret.
    func dropSecret() { cguard_drop_secret() }

    /// Sets whether the terminal echoes input, and whether ^Z suspends the process.
    func setInput(echoes: Bool, suspends: Bool) { cguard_set_input(echoes ? 1 : 0, suspends ? 1 : 0) }

    func restore() { cguard_restore() }

    // MARK: Signals

    /// Suspends the process until it is continued; the terminal is restored first.
    func suspend() { cguard_suspend() }

    /// Does what the terminal does for ^C, ^\ and ^Z in its normal mode.
    func signalForeground(_ signal: CInt) { cguard_signal_foreground(signal) }

    /// Ends the process with the signal that requested it, so that the parent process sees it.
    func die(of signal: CInt) { cguard_die(signal) }
}
