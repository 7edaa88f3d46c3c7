import CSystem
import TweetModel
import TweetSystem

/// The report of a process that its timer or a signal ends, whatever it is doing.
///
/// A signal handler must not allocate, so the lines are made before; see signal-safety(7). ``RunTimer`` changes
/// it, one thread at a time.
enum LastWords {
    /// A prepared line, whose time the handler fills in.
    private typealias Line = UnsafeMutableBufferPointer<CChar>

    /// The signals that end a process politely.
    private static let endings = [SIGINT, SIGTERM, SIGHUP]
    /// The signals whose handlers read the state below; it changes only while they are blocked.
    private static let readers = endings + [SIGALRM]

    nonisolated(unsafe) private static var timeoutLine = Line(start: nil, count: 0)
    nonisolated(unsafe) private static var signalLine = Line(start: nil, count: 0)
    nonisolated(unsafe) private static var logNumber: CInt = -1

    private static let head: [UInt8] = {
        var bytes: [UInt8] = []
        Report.appendHead(.client, .error, time: [], to: &bytes)
        return bytes
    }()
    /// Where the time begins in each line.
    private static let timeOffset = head.count - 1

    /// - Parameter number: the descriptor of the log; -1 if there is none.
    static func log(to number: CInt) {
        change { logNumber = number }
    }

    /// Prepares the lines.
    ///
    /// - Parameters:
    ///   - timeout: what the timer says.
    ///   - interruption: what a signal says that ends the process; nil for nothing.
    static func prepare(timeout: String, interruption: String?) {
        let timeoutLine = line(timeout)
        let signalLine = interruption.map(line) ?? Line(start: nil, count: 0)
        // Computed here, so that no handler is the first to use them.
        _ = (timeOffset, StandardStream.error.rawValue, ExitCode.timedOut.rawValue)
        change {
            swap(timeoutLine, &Self.timeoutLine)
            swap(signalLine, &Self.signalLine)
        }
        if interruption != nil { handleEndings() }
    }

    private static func line(_ text: String) -> Line {
        let bytes = Report(.client, .error, Timestamp.now, text).line
        let line = Line.allocate(capacity: bytes.count)
        _ = line.initialize(from: bytes.lazy.map { CChar(bitPattern: $0) })
        return line
    }

    private static func swap(_ line: Line, _ place: inout Line) {
        place.deallocate()
        place = line
    }

    private static func change(_ body: () -> Void) {
        Signals.holding(readers, body)
    }

    /// Handles the signals that nobody handles and that the parent process does not ignore.
    private static func handleEndings() {
        for number in endings where csystem_has_default_action(number) {
            // It fails only for invalid signal numbers.
            _ = csystem_handle_signal(number) { number in
                LastWords.sayInterrupted()
                csystem_die_of_signal(number)
            }
        }
    }

    // MARK: In a handler

    static func sayTimedOut() { say(timeoutLine) }

    static func sayInterrupted() { say(signalLine) }

    private static func say(_ line: Line) {
        guard let start = line.baseAddress else { return }
        csystem_write_time(start + timeOffset)
        write(StandardStream.error.rawValue, start, line.count)
        if logNumber >= 0 { write(logNumber, start, line.count) }
    }
}
