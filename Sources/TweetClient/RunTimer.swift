import CSystem
import TweetModel
import TweetSystem

/// Ends the process when its time is over, whatever it waits for: standard input, a password file, a full pipe.
///
/// An ``Exchange`` ends at its own deadline with more to say; this is what is left for the rest.
public enum RunTimer {
    /// Milliseconds behind the deadline, so that rules that keep it come first even on a machine that is busy.
    private static let grace: UInt64 = 1000

    // Set before the timer is armed and only read by the handler: nothing changes them while both could.
    nonisolated(unsafe) private static var lastWords = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    nonisolated(unsafe) private static var logNumber: CInt = -1
    /// When input has to have ended and the run to be over, in milliseconds of the monotonic clock; nil where the timer
    /// is not armed.
    nonisolated(unsafe) private static var deadlines: (input: UInt64, run: UInt64)?

    /// Arms the timer; again only after ``cancel()``.
    ///
    /// - Parameters:
    ///   - milliseconds: from now to the deadline.
    ///   - input: from now until what is read first has to have ended.
    public static func start(milliseconds: UInt64, input: UInt64, log: ClientLog?) {
        logNumber = log?.number ?? -1
        let now = Clock.monotonicMilliseconds
        deadlines = (now + input, now + milliseconds)
        arm(milliseconds: milliseconds + grace, "timed out")
    }

    /// Waits for input that no rules watch: then the time is over at the deadline itself, and the input is named.
    ///
    /// - Parameter input: `standard input`; nothing is sent before it is there.
    static func limit<Value>(
        _ input: String, _ body: () throws(ClientError) -> Value
    ) throws(ClientError) -> Value {
        guard let deadlines else { return try body() }
        func left(_ deadline: UInt64) -> UInt64 {
            let now = Clock.monotonicMilliseconds
            // 0 would disarm it.
            return deadline > now ? deadline - now : 1
        }
        arm(milliseconds: left(deadlines.input), "timed out: \(input) has not ended; nothing was sent")
        defer { arm(milliseconds: left(deadlines.run) + grace, "timed out") }
        return try body()
    }

    private static func arm(milliseconds: UInt64, _ text: String) {
        csystem_cancel_alarm()
        lastWords.deallocate()
        // Said ahead: a signal handler may not allocate. See signal-safety(7).
        var moment = Timestamp.now
        moment.milliseconds += Int64(milliseconds)
        let line = Report(.client, .error, moment, text).line
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: line.count)
        _ = copy.initialize(fromContentsOf: line)
        lastWords = copy
        // It fails only for a time that no clock has.
        _ = csystem_set_alarm(Double(milliseconds) / 1000) { _ in
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
