import CSystem
import TweetSystem

/// Ends the process when its time is over, whatever it is waiting for: standard input, a password file, a full pipe.
///
/// An ``Exchange`` ends at its own deadline with a better report; this timer covers the rest.
public enum RunTimer {
    /// The extra time after the deadline, so that the rules that check it come first even on a busy machine.
    private static let grace: Duration = .seconds(1)

    private struct State {
        /// The deadlines for the end of the input and of the run; nil if the timer is not armed.
        var deadlines: (input: Instant, run: Instant)?
        /// The words of the timer, without the ``outcome``.
        var words = "timed out"
        /// The clause about a change that was sent and has no answer, or that is made; empty if there is none.
        var outcome = ""

        /// Prepares the lines that the handlers write.
        func prepare() {
            LastWords.prepare(timeout: words + outcome, interruption: outcome.isEmpty ? nil : "interrupted" + outcome)
        }
    }

    /// The state of the one run of a program, or of several in a test; whoever changes it also changes ``LastWords``.
    private static let state = Guarded(State())

    /// Arms the timer; call ``cancel()`` before arming it again.
    ///
    /// - Parameters:
    ///   - run: the time until the deadline.
    ///   - input: the time until the end of the input that is read first.
    public static func start(run: Duration, input: Duration, log: ClientLog?) {
        let now = Instant.now
        state.withLock { state in
            LastWords.log(to: log?.number ?? -1)
            state.deadlines = (now + input, now + run)
        }
        arm(after: run + grace, "timed out")
    }

    private static var deadlines: (input: Instant, run: Instant)? { state.withLock(\.deadlines) }

    /// Waits for input that no rules watch: it times out at the deadline itself, and the error names the input.
    ///
    /// - Parameter input: its name, such as `standard input`; nothing is sent before it is read.
    static func limit<Value>(
        _ input: String, _ body: () throws(ClientError) -> Value
    ) throws(ClientError) -> Value {
        guard let deadlines else { return try body() }
        return try limit("timed out: \(input) has not ended; nothing was sent", until: deadlines.input, body)
    }

    /// Waits for the reader of standard output in the same way.
    ///
    /// - Parameter note: the result that holds even if the output cannot be written.
    public static func limitOutput(
        note: String = "", _ body: () throws(ClientError) -> Void
    ) throws(ClientError) {
        guard let deadlines else { return try body() }
        try limit("timed out: standard output is not read\(note)", until: deadlines.run, body)
    }

    private static func limit<Value>(
        _ text: String, until deadline: Instant, _ body: () throws(ClientError) -> Value
    ) throws(ClientError) -> Value {
        // Zero would disarm it.
        func left(_ deadline: Instant) -> Duration { max(deadline - .now, .milliseconds(1)) }
        arm(after: left(deadline), text)
        defer { if let deadlines { arm(after: left(deadlines.run) + grace, "timed out") } }
        return try body()
    }

    /// Sets the clause that the timer, or a signal that ends the process, adds: `; the outcome is unknown: …`.
    ///
    /// - Parameter clause: empty if nothing was sent that changes anything.
    static func setOutcome(_ clause: String) {
        state.withLock { state in
            guard clause != state.outcome else { return }
            state.outcome = clause
            state.prepare()
        }
    }

    private static func arm(after span: Duration, _ text: String) {
        csystem_cancel_alarm()
        state.withLock { state in
            state.words = text
            state.prepare()
        }
        // It fails only for an invalid time.
        _ = csystem_set_alarm(Double(span.inMilliseconds) / 1000) { _ in
            LastWords.sayTimedOut()
            _exit(ExitCode.timedOut.rawValue)
        }
    }

    /// Disarms the timer, for a run that has no end of its own or waits for a person.
    public static func cancel() {
        csystem_cancel_alarm()
        state.withLock { $0.deadlines = nil }
    }
}
