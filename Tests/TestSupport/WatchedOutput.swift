import CSystem
import Foundation
import TweetSystem

/// Pairs of descriptors through which a test watches an output; the caller closes them.
public enum WatchedOutput {
    /// A blocking pipe; see pipe(2).
    public static func pipe() throws -> (reader: CInt, writer: CInt) {
        var ends: [CInt] = [-1, -1]
        try valueOrErrno { CSystem.pipe(&ends) }
        for end in ends { try valueOrErrno { csystem_set_close_on_exec(end) } }
        return (ends[0], ends[1])
    }

    /// A pseudo-terminal; see pty(7).
    ///
    /// - Returns: the descriptor to read, and the terminal for the program.
    public static func terminal() throws -> (reader: CInt, writer: CInt) {
        let reader = try valueOrErrno { csystem_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0) }
        // The C library hides its own functions behind _GNU_SOURCE. These calls replace unlockpt and ptsname; grantpt
        // does nothing on Linux.
        var locked: CInt = 0
        var number: CInt = -1
        try valueOrErrno { ioctl(reader, 0x4004_5431, &locked) }
        try valueOrErrno { ioctl(reader, 0x8004_5430, &number) }
        let writer = try valueOrErrno { csystem_open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC, 0) }
        return (reader, writer)
    }

    /// The path of an open terminal.
    public static func path(ofTerminal writer: CInt) throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(writer)")
    }
}
