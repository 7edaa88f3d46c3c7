import CSystem

/// The process's controlling terminal, whatever its standard streams are.
public struct Terminal: ~Copyable {
    /// Signals that could end the process while the terminal's echo is off.
    private static let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    // The settings that the signal handlers restore; set before the handlers are installed and unchanged until they are
    // removed.
    nonisolated(unsafe) private static var shown = UnsafeMutablePointer<termios>(bitPattern: 0)
    nonisolated(unsafe) private static var number: CInt = -1

    private let device: Descriptor

    /// - Parameter path: the terminal; the process's own by default.
    /// - Throws: `ENXIO` if there is none.
    public init(_ path: String = "/dev/tty") throws(Errno) {
        device = try .open(path, O_RDWR | O_NOCTTY)
    }

    /// Prompts for a line with the echo off; see termios(3).
    ///
    /// The terminal's settings are restored afterwards, also if a signal ends the process, which cannot be suspended
    /// meanwhile.
    ///
    /// - Returns: the line without its line feed, truncated to `limit` bytes; nil at the end of the input.
    public borrowing func askHidden(_ prompt: String, limit: Int) throws(Errno) -> [UInt8]? {
        let number = device.number
        var settings = termios()
        try valueOrErrno { tcgetattr(number, &settings) }
        let shown = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        shown.initialize(to: settings)
        Self.shown = shown
        Self.number = number

        var former: [sigaction] = []
        for ending in Self.endings {
            var action = sigaction()
            sigaction(ending, nil, &action)
            former.append(action)
            _ = csystem_handle_signal(ending) { ending in
                // All of these calls are allowed in a signal handler: see signal-safety(7).
                if let shown = Terminal.shown { tcsetattr(Terminal.number, TCSANOW, shown) }
                csystem_die_of_signal(ending)
            }
        }
        defer {
            // Input typed ahead is kept for the next question.
            tcsetattr(number, TCSADRAIN, shown)
            for (ending, action) in zip(Self.endings, former) {
                var action = action
                sigaction(ending, &action, nil)
            }
            Self.shown = nil
            shown.deallocate()
        }

        settings.c_lflag &= ~tcflag_t(ECHO | ECHONL)
        settings.c_lflag |= tcflag_t(ICANON | ISIG)
        Self.disableSuspension(&settings)
        try valueOrErrno { tcsetattr(number, TCSADRAIN, &settings) }
        try say(prompt)
        let line = try readLine(limit: limit)
        // The typed line feed was not echoed either.
        try say("\n")
        return line
    }

    /// Disables Ctrl-Z: the shell that comes back would run with the echo off.
    private static func disableSuspension(_ settings: inout termios) {
        withUnsafeMutableBytes(of: &settings.c_cc) { characters in
            characters[Int(VSUSP)] = csystem_disabled_character()
        }
    }

    private func say(_ text: String) throws(Errno) {
        var copy = text
        let result = copy.withUTF8 { bytes -> Result<Int, Errno> in
            do throws(Errno) { return .success(try device.write(UnsafeRawBufferPointer(bytes))) } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
    }

    private func readLine(limit: Int) throws(Errno) -> [UInt8]? {
        var line: [UInt8] = []
        var isAtEnd = false
        while line.last != UInt8(ascii: "\n") {
            var byte: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &byte) { buffer throws(Errno) in try device.read(into: buffer) }
            isAtEnd = count == 0
            if isAtEnd { break }
            if line.count < limit || byte == UInt8(ascii: "\n") { line.append(byte) }
        }
        if isAtEnd, line.isEmpty { return nil }
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        return line
    }
}
