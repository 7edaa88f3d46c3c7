import CSystem
import Synchronization
public import TweetSystem

/// The end of this process while it runs a command: a signal ends the command first, with all that it has started.
///
/// While no command runs, a signal ends the process at once. Only one thread runs commands.
public enum CommandWatch {
    // The state that the handlers may access: see signal-safety(7).
    private static let isRunning = Atomic(false)
    /// The signal that ends this process; 0 before it comes.
    private static let ending = Atomic<CInt>(0)
    private static let isImpatient = Atomic(false)
    // Set before the handlers that use them are installed.
    nonisolated(unsafe) private static var wakeUp: WakeUp?
    nonisolated(unsafe) private static var endsNormally = false

    /// Handles the signals that end this process.
    ///
    /// - Parameter endsNormally: whether SIGINT and SIGTERM are the normal way to end it, with the exit code 0.
    public static func expect(endsNormally: Bool) throws(Errno) {
        wakeUp = try WakeUp()
        self.endsNormally = endsNormally
        isRunning.store(false, ordering: .relaxed)
        ending.store(0, ordering: .relaxed)
        isImpatient.store(false, ordering: .relaxed)
        // The parent process may have ignored it: then there would be no status to wait for.
        _ = csystem_handle_signal(SIGCHLD) { _ in CommandWatch.wakeUp?.signal() }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // A signal that the parent process ignores stays ignored, unless it is the normal end.
            let isNormal = endsNormally && number != SIGHUP
            guard isNormal || csystem_has_default_action(number) else { continue }
            // It fails only for invalid signal numbers.
            _ = csystem_handle_signal(number) { number in
                guard CommandWatch.isRunning.load(ordering: .relaxed) else { CommandWatch.end(because: number) }
                if CommandWatch.ending.load(ordering: .relaxed) != 0 {
                    CommandWatch.isImpatient.store(true, ordering: .relaxed)
                } else {
                    CommandWatch.ending.store(number, ordering: .relaxed)
                }
                CommandWatch.wakeUp?.signal()
            }
        }
    }

    /// Ends the process because of a signal; also called by the handlers.
    private static func end(because number: CInt) -> Never {
        if endsNormally, number != SIGHUP { _exit(ExitCode.done.rawValue) }
        csystem_die_of_signal(number)
        // The signal was unblocked, so it has ended the process.
        _exit(128 + number)
    }

    /// Runs a program and waits for its end.
    ///
    /// If a signal ends this process meanwhile, the program and what it has started get the same signal; what is left
    /// after a while, or when another signal comes, is killed. Then this process ends.
    ///
    /// - Throws: the error if it cannot be started.
    static func run(_ words: [[UInt8]], environment: [[UInt8]]) throws(Errno) -> Program.Ending {
        isRunning.store(true, ordering: .relaxed)
        let result: Result<Program.Ending, Errno>
        do throws(Errno) {
            result = .success(try wait(for: try Program.start(words, environment: environment)))
        } catch {
            result = .failure(error)
        }
        // From now on a signal ends the process at once.
        isRunning.store(false, ordering: .relaxed)
        let number = ending.load(ordering: .relaxed)
        if number != 0 { end(because: number) }
        return try result.get()
    }

    private static func wait(for program: borrowing RunningProgram) throws(Errno) -> Program.Ending {
        while ending.load(ordering: .relaxed) == 0 {
            if let ending = try program.checkEnding() { return ending }
            wait(until: .never)
        }
        endGroup(of: program)
        return .signal(ending.load(ordering: .relaxed))
    }

    private static func wait(until moment: Instant) {
        guard let wakeUp else { return Poll.pause(until: min(moment, .now + .milliseconds(20))) }
        // It fails only for lack of memory: the caller checks again.
        _ = try? Poll.wait(number: wakeUp.descriptorNumber, toWrite: false, until: moment)
        wakeUp.clear()
    }

    /// Passes the signal on to the program's group, waits until nothing is left of it, and kills what stays too long.
    private static func endGroup(of program: borrowing RunningProgram) {
        let number = ending.load(ordering: .relaxed)
        // Orphans of the group can then be waited for, and tell of their end.
        Program.adoptOrphans()
        program.signalGroup(number)
        // A stopped process would handle the signal only once it continues.
        program.signalGroup(SIGCONT)
        var deadline = Instant.now + ClientLimits.commandEnd
        while program.hasGroup(), .now < deadline, !isImpatient.load(ordering: .relaxed) {
            // Where orphans cannot be adopted, nothing tells of their end.
            wait(until: min(deadline, .now + .milliseconds(100)))
        }
        program.signalGroup(SIGKILL)
        deadline = .now + ClientLimits.commandEnd
        while program.hasGroup(), .now < deadline { wait(until: min(deadline, .now + .milliseconds(100))) }
    }
}
