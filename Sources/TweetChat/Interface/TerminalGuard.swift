import CSystem
import CTerminalGuard
import TweetSystem

/// Leaves the terminal as it was, however the process ends, and hears the signals that ask for something.
///
/// The only file that calls `CTerminalGuard`, whose state a signal handler shares. A process has one.
final class TerminalGuard {
    /// A request that a signal makes.
    enum Request {
        case stop(signal: CInt)
        case resize
        /// The process is to be suspended, with the terminal as it was.
        case suspend
    }

    private let pipe: Pipe

    /// Remembers the modes of standard input, if that is a terminal, and catches the signals.
    init() throws(Errno) {
        pipe = try Pipe()
        _ = cguard_save(StandardStream.input.rawValue)
        cguard_catch(pipe.writingEnd.number)
    }

    /// The descriptor to poll for signals.
    var descriptorNumber: CInt { pipe.readingEnd.number }

    /// The signals that have come.
    func requests() -> [Request] {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let count = (try? pipe.readingEnd.read(into: buffer)) ?? 0
            return buffer.prefix(count).map { byte in
                switch CInt(byte) {
                // A process that is stopped is not told of a new size until it goes on.
                case SIGWINCH, SIGCONT: .resize
                case SIGTSTP: .suspend
                case let signal: .stop(signal: signal)
                }
            }
        }
    }

    // MARK: The terminal

    /// Remembers what a crash has to send to the terminal.
    ///
    /// - Parameter output: the standard stream that goes to the terminal.
    func screenBegan(endings: [UnsafePointer<CChar>], on output: StandardStream = .output) {
        cguard_set_ending_output(output.rawValue)
        for ending in endings { cguard_append_ending(ending) }
    }

    func screenEnded() { cguard_forget_ending() }

    /// Whether something is typed that nobody has read, a line without its end among it.
    var hasTyped: Bool { cguard_has_typed() != 0 }

    /// Says whether what is typed now is secret: then none of it is left for the next program on the terminal.
    func setSecret(_ isSecret: Bool) { cguard_set_secret(isSecret ? 1 : 0) }

    /// Drops what is typed and not read, if it is secret.
    func dropSecret() { cguard_drop_secret() }

    /// Sets whether the terminal shows input, and whether ^Z gives it to the shell.
    func setInput(echoes: Bool, suspends: Bool) { cguard_set_input(echoes ? 1 : 0, suspends ? 1 : 0) }

    func restore() { cguard_restore() }

    // MARK: Signals

    /// Suspends the process until it is continued; the terminal is given back before.
    func suspend() { cguard_suspend() }

    /// Does what the terminal does for ^C, ^\ and ^Z where it is not told to leave them to the program.
    func signalForeground(_ signal: CInt) { cguard_signal_foreground(signal) }

    /// Ends the process with the signal that asked for it, for whoever started it to see.
    func die(of signal: CInt) { cguard_die(signal) }
}
