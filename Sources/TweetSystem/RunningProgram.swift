import CSystem

/// A started program, in a process group of its own, so that it can be ended with all that it has started.
///
/// The groups of this process's other programs are different ones; see setpgid(2).
public struct RunningProgram: ~Copyable {
    /// The id of the program's process and of its group.
    let id: pid_t

    /// Checks whether the program has ended; once it has, call only ``signalGroup(_:)`` and ``hasGroup``.
    ///
    /// - Returns: nil while it runs.
    public borrowing func checkEnding() throws(Errno) -> Program.Ending? {
        var status: CInt = 0
        return try valueOrErrno { waitpid(id, &status, WNOHANG) } == 0 ? nil : Program.Ending(status: status)
    }

    /// Sends a signal to each process of the group; see kill(2).
    public borrowing func signalGroup(_ number: CInt) { kill(-id, number) }

    /// Whether a process of the group is left.
    ///
    /// Ended ones that this process has to wait for are waited for; see ``Program/adoptOrphans()``.
    public borrowing func hasGroup() -> Bool {
        while waitpid(-id, nil, WNOHANG) > 0 {}
        return kill(-id, 0) == 0
    }
}

extension Program.Ending {
    /// - Parameter status: the status of waitpid(2): it has the same bits on all systems, and C's macros for it are not
    ///   available in Swift.
    init(status: CInt) {
        self = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }
}

extension Program {
    /// Makes this process the parent of processes whose parents end from now on, so that they can be waited for.
    ///
    /// Where the system cannot do that, they are only not waited for.
    public static func adoptOrphans() { csystem_adopt_orphans() }
}
