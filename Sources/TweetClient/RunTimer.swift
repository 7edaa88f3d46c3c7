import CSystem
import TweetModel
import TweetSystem

/// Ends the process when its time is over, whatever it is waiting for: standard input, a password file, a full pipe.
///
/// An ``Exchange`` ends at its own deadline with a better report; this timer covers the rest.
public enum RunTimer {
    /// The extra time after the deadline, so that the rules that check it come first even on a busy machine.
    private static let grace: Duration = .seconds(1)

    // Set before the timer is armed and only read by the handler, so there is never a concurrent change.
    nonisolated(unsafe) private static var lastWords = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    nonisolated(unsafe) private static var logNumber: CInt = -1
    /// The deadlines for the end of the input and of the run; nil if the timer is not armed.
    nonisolated(unsafe) private static var deadlines: (input: Instant, run: Instant)?

    /// Arms the timer; call ``cancel()`` before arming it again.
    ///
    /// - Parameters:
    ///   - run: the time until the deadline.
    ///   - input: the time until the end of the input that is read first.
    public static func start(run: Duration, input: Duration, log: ClientLog?) {
        logNumber = log?.number ?? -1
        let now = Instant.now
        deadlines = (now + input, now + run)
        arm(after: run + grace, "timed out")
    }

    /// Waits for input that no rules watch: it times out at the deadline itself, and the error names the input.
    ///
    /// - Parameter input: its name, such as `standard input`; nothing is sent before it is read.
    static func limit<Value>(
        _ input: String, _ body: () throws(ClientError) -> Value
    ) throws(ClientError) -> Value {
        guard let deadlines else { return try body() }
        // Zero would disarm it.
        func left(_ deadline: Instant) -> Duration { max(deadline - .now, .milliseconds(1)) }
        arm(after: left(deadlines.input), "timed out: \(input) has not ended; nothing was sent")
        defer { arm(after: left(deadlines.run) + grace, "timed out") }
        return try body()
    }

    private static func arm(after span: Duration, _ text: String) {
        csystem_cancel_alarm()
        lastWords.deallocate()
        // Prepared in advance: a signal handler must not allocate. See signal-safety(7).
        let moment = Timestamp.now.adding(milliseconds: span.inMilliseconds)
        let line = Report(.client, .error, moment, text).line
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: line.count)
        _ = copy.initialize(fromContentsOf: line)
        lastWords = copy
        // It fails only for an invalid time.
        _ = csystem_set_alarm(Double(span.inMilliseconds) / 1000) { _ in
            write(StandardStream.error.rawValue, RunTimer.lastWords.baseAddress, RunTimer.lastWords.count)
            if RunTimer.logNumber >= 0 {
                write(RunTimer.logNumber, RunTimer.lastWords.baseAddress, RunTimer.lastWords.count)
            }
            _exit(ExitCode.timedOut.rawValue)
        }
    }

    /// Disarms the timer, for a run that has no end of its own or waits for a person.
    public static func cancel() {
        csystem_cancel_alarm()
        deadlines = nil
        lastWords.deallocate()
        lastWords = UnsafeMutableBufferPointer(start: nil, count: 0)
    }
}
