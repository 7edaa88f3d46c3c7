import CNcurses
import CSystem
import TweetSystem

/// Leaves the terminal as it was, however the process ends, and hears the signals that ask for something.
///
/// The only file that calls what `guard.h` declares: its state lives here. A process has one.
final class TerminalGuard {
    /// What a signal asks for.
    enum Request {
        case stop(signal: CInt)
        case resize
    }

    private let pipe: Pipe

    /// Remembers the modes of standard input, if that is a terminal, and catches the signals.
    init() throws(Errno) {
        pipe = try Pipe()
        _ = cguard_save(StandardStream.input.rawValue)
        cguard_catch(pipe.writingEnd.number)
    }

    /// What to poll for input.
    var descriptorNumber: CInt { pipe.readingEnd.number }

    /// The signals that have come.
    func requests() -> [Request] {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            let count = (try? pipe.readingEnd.read(into: buffer)) ?? 0
            return buffer.prefix(count).map { byte in
                let signal = CInt(byte)
                // Whoever is stopped is not told of a new size until it goes on.
                return signal == SIGWINCH || signal == SIGCONT ? .resize : .stop(signal: signal)
            }
        }
    }

    // MARK: The terminal

    /// What a crash has to send to the terminal.
    func screenBegan(endings: [UnsafePointer<CChar>]) {
        for ending in endings { cguard_append_ending(ending) }
    }

    func screenEnded() { cguard_forget_ending() }

    /// Whether something is typed that nobody has read, a line without its end among it.
    var hasTyped: Bool { cguard_has_typed() != 0 }

    /// Whether what is typed on a terminal is shown; nobody is put before a shell while it is not.
    func setEcho(_ isOn: Bool) { cguard_set_echo(isOn ? 1 : 0) }

    func restore() { cguard_restore() }

    /// Ends the process with the signal that asked for it, for whoever started it to see.
    func die(of signal: CInt) { cguard_die(signal) }
}
