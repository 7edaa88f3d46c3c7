import CSystem
import TweetModel
import TweetSystem

/// Ends the process when its time is over, whatever it waits for: looking a name up, standard input, a full pipe.
///
/// An ``Exchange`` ends at its own deadline with more to say; this is what is left for the rest.
public enum RunTimer {
    /// Milliseconds behind the deadline, so that who keeps it comes first even on a machine that is busy.
    private static let grace: UInt64 = 1000

    // Set before the timer is armed and only read by the handler: nothing changes them while both could.
    nonisolated(unsafe) private static var lastWords = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
    nonisolated(unsafe) private static var logNumber: CInt = -1

    /// Arms the timer; again only after ``cancel()``.
    ///
    /// - Parameter milliseconds: from now to the deadline.
    public static func start(milliseconds: UInt64, log: ClientLog?) {
        // Said ahead: a signal handler may not allocate. See signal-safety(7).
        var moment = Clock.now
        moment.milliseconds += Int64(milliseconds + grace)
        let line = Report(.client, .error, moment, "timed out").line
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: line.count)
        _ = copy.initialize(fromContentsOf: line)
        lastWords = copy
        logNumber = log?.number ?? -1
        // It fails only for a time that no clock has.
        _ = csystem_set_alarm(Double(milliseconds + grace) / 1000) { _ in
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
        lastWords.deallocate()
        lastWords = UnsafeMutableBufferPointer(start: nil, count: 0)
    }
}
