import CSystem
import Foundation
import TestSupport

/// A program at its own terminal: a test types to it, and reads what a person would see.
final class TerminalProcess: Sendable {
    /// Whether setsid(1) is installed, which gives the program its terminal.
    static let isPossible = ["/usr/bin/setsid", "/bin/setsid"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let process: ChildProcess
    private let shown = Monitor(ChildProcess.Output())
    private let keyboard: CInt
    /// The program's end of the terminal, kept open so that a test can inspect it after the program has ended.
    private let terminal: Monitor<CInt?>

    /// Starts a program with a new terminal as standard input and controlling terminal; the other streams are pipes.
    init(
        _ program: Program, _ arguments: [String], environment: [String: String] = [:], in directory: TemporaryDirectory
    ) throws {
        let (reader, writer) = try WatchedOutput.terminal()
        let path = try WatchedOutput.path(ofTerminal: writer)
        keyboard = reader
        terminal = Monitor(writer)
        let words = ["sh", "-c", "exec setsid -c \"$@\" <\(path)", "-", program.path] + arguments
        process = try ChildProcess(
            words.map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path, adding: environment), directory: directory.path)
        Thread.detachNewThread { [shown] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(reader, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                // EIO means that no process has the terminal open any more.
                guard count > 0 else { break }
                shown.access { $0.bytes += buffer[..<count] }
            }
            close(reader)
            shown.access { $0.isAtEnd = true }
        }
    }

    deinit {
        closeTerminal()
    }

    /// Waits until the terminal shows a question, and types an answer with a line feed.
    func answer(_ question: String, _ answer: String) throws {
        try awaitShown(question)
        type(answer + "\n")
    }

    func awaitShown(_ text: String) throws {
        let found = shown.wait { String(decoding: $0.bytes, as: UTF8.self).contains(text) ? true : nil }
        if found == nil { throw HarnessError("the terminal does not show \(text): \(shown.access { $0.bytes })") }
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count) }
    }

    /// Whether the terminal shows what is typed; see termios(3).
    var echoes: Bool {
        terminal.access { number in
            var settings = termios()
            return number.map { tcgetattr($0, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0 } ?? false
        }
    }

    /// Waits for the end of the program.
    ///
    /// - Returns: the process's end, and everything that the terminal has shown, with plain line feeds.
    func wait() throws -> (ending: Ending, shown: String) {
        let ending = try process.wait()
        closeTerminal()
        guard let bytes = shown.wait(for: { $0.isAtEnd ? $0.bytes : nil }) else {
            throw HarnessError("the terminal is still open")
        }
        return (ending, String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n"))
    }

    private func closeTerminal() {
        terminal.access { number in
            if let open = number { close(open) }
            number = nil
        }
    }
}
