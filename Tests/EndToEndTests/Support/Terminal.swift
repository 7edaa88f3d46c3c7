import CSystem
import Foundation
import TestSupport

/// Pairs of descriptors to watch a program's output with.
enum Terminal {
    /// A pseudo-terminal; see pty(7).
    ///
    /// - Returns: the descriptor to read, and the terminal for the program.
    static func open() throws -> (reader: CInt, writer: CInt) {
        let reader = csystem_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0)
        // What the C library hides behind _GNU_SOURCE: grantpt is nothing on Linux, unlockpt and ptsname are these.
        var locked: CInt = 0
        var number: CInt = -1
        guard reader >= 0, ioctl(reader, 0x4004_5431, &locked) == 0, ioctl(reader, 0x8004_5430, &number) == 0 else {
            throw HarnessError("no terminal: \(String(cString: strerror(errno)))")
        }
        let writer = csystem_open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC, 0)
        guard writer >= 0 else { throw HarnessError("no terminal: \(String(cString: strerror(errno)))") }
        return (reader, writer)
    }

    static func openPipe() throws -> (reader: CInt, writer: CInt) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HarnessError("no pipe") }
        ends.forEach { _ = csystem_set_close_on_exec($0) }
        return (ends[0], ends[1])
    }
}
