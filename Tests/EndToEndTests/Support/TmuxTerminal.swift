import CSystem
import Foundation
import TestSupport

/// A program in a terminal of tmux(1), which a test types to, resizes and reads as a person sees it.
///
/// Each terminal has its own tmux server, which ends with it.
final class TmuxTerminal: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

    let directory: TemporaryDirectory
    private let environment: [String: String]

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - terminal: the value of `TERM`.
    init(
        _ words: [String], columns: Int = 80, rows: Int = 24, terminal: String = "screen-256color",
        environment: [String: String] = [:], in directory: TemporaryDirectory? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        self.environment = programEnvironment(home: directory.path, adding: ["LANG": "C.UTF-8", "SHELL": "/bin/sh"])
            .merging(environment) { $1 }
        try directory.write(
            """
            set -g default-terminal "\(terminal)"
            set -g remain-on-exit on
            set -g escape-time 0
            set -g status off

            """, to: "tmux.conf")
        try tmux(
            ["-f", directory.file("tmux.conf"), "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "--"] + words)
    }

    /// Starts a program from a shell that outlives it.
    ///
    /// The shell writes the terminal's settings before and after the program to the files `before` and `after`, and the
    /// program's process id to `id`.
    static func underShell(
        _ words: [String], environment: [String: String] = [:]
    ) throws -> TmuxTerminal {
        let script = """
            trap : INT TERM HUP
            stty -g > before
            sh -c 'echo $$ > starting; mv starting id; exec "$@"' - "$@"
            echo "left with $?"
            stty -g > afterwards; mv afterwards after
            exec cat
            """
        let directory = try TemporaryDirectory()
        return try TmuxTerminal(
            ["sh", "-c", "cd '\(directory.path)'; " + script, "-"] + words, environment: environment, in: directory)
    }

    deinit {
        _ = try? tmux(["kill-server"])
    }

    @discardableResult
    private func tmux(_ words: [String]) throws -> String {
        let process = try ChildProcess(
            (["tmux", "-S", directory.file("tmux")] + words).map { Array($0.utf8) }, environment: environment,
            directory: directory.path)
        process.endInput()
        guard try process.wait() == .exit(0) else {
            let errors = String(decoding: process.standardError.access { $0.bytes }, as: UTF8.self)
            throw HarnessError("tmux \(words): \(errors)")
        }
        return String(decoding: process.standardOutput.access { $0.bytes }, as: UTF8.self)
    }

    // MARK: Input

    /// Types text without special keys.
    func type(_ text: String) throws {
        try tmux(["send-keys", "-l", "--", text])
    }

    /// Types a line and presses Enter.
    func enter(_ line: String) throws {
        if !line.isEmpty { try type(line) }
        try press("Enter")
    }

    /// Presses keys by tmux's names for them: `Enter`, `C-c`, `PPage`.
    func press(_ keys: String...) throws {
        try tmux(["send-keys", "--"] + keys)
    }

    /// Sends bytes as a terminal would.
    func send(_ bytes: [UInt8]) throws {
        try tmux(["send-keys", "-H", "--"] + bytes.map { String($0, radix: 16) })
    }

    /// Pastes text; tmux marks it as a paste if the program has asked for that.
    func paste(_ text: String) throws {
        try directory.write(text, to: "pasted")
        try tmux(["load-buffer", directory.file("pasted")])
        try tmux(["paste-buffer", "-p", "-d"])
    }

    func resize(columns: Int, rows: Int) throws {
        try tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    // MARK: Another window

    /// Opens a new window and shows it.
    func openAnotherWindow() throws {
        try tmux(["set-option", "-g", "monitor-bell", "on"])
        try tmux(["new-window", "--", "cat"])
    }

    /// The text of the program's window, even while another window is shown.
    func firstWindow() throws -> String { try tmux(["capture-pane", "-p", "-t", ":0"]) }

    /// Whether the program has rung the bell while another window was shown.
    func hasRung() throws -> Bool {
        try tmux(["display-message", "-p", "-t", ":0", "#{window_bell_flag}"]).hasPrefix("1")
    }

    // MARK: Recorded output

    /// Records what programs send to the terminal from now on.
    func record() throws {
        try tmux(["pipe-pane", "-o", "cat >> '\(directory.file("record"))'"])
    }

    /// Waits until the record contains a text, and returns the whole record.
    func awaitRecord(_ text: String) throws -> String {
        try poll("\(text) in the record") {
            guard let record = directory.content("record"), record.contains(text) else { return nil }
            return record
        }
    }

    // MARK: Screen

    /// The current rows of the screen, without trailing spaces.
    func screen() throws -> [String] {
        var rows = try tmux(["capture-pane", "-p"]).split(separator: "\n", omittingEmptySubsequences: false)
        // The text ends with a line feed, so that the last piece is empty.
        rows.removeLast()
        return rows.map { String($0.reversed().drop { $0 == " " }.reversed()) }
    }

    /// One of tmux's variables: `cursor_x`, `alternate_on`, `pane_dead`.
    ///
    /// Do not use `pane_dead_status`, since tmux 3.3 sometimes loses it; ``underShell(_:environment:)`` shows the exit
    /// code.
    func variable(_ name: String) throws -> String {
        try tmux(["display-message", "-p", "#{\(name)}"]).split(separator: "\n").first.map(String.init) ?? ""
    }

    /// Waits until the body returns a result for the screen.
    @discardableResult
    func wait<Result>(for what: String, _ body: ([String]) throws -> Result?) throws -> Result {
        try poll(what) { try body(try screen()) }
    }

    /// Waits until a row contains a text, and returns the screen.
    @discardableResult
    func wait(for text: String) throws -> [String] {
        try wait(for: text) { rows in rows.contains { $0.contains(text) } ? rows : nil }
    }

    /// Waits until a variable has a value.
    func wait(for name: String, _ value: String) throws {
        try poll("\(name) \(value)") { try variable(name) == value ? true : nil }
    }

    /// Waits for a file that the shell writes.
    func awaitFile(_ name: String) throws -> String {
        try poll("the file \(name)") { directory.content(name) }
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Polls until the body returns a result, since a terminal does not announce its changes.
    @discardableResult
    private func poll<Result>(_ what: String, _ body: () throws -> Result?) throws -> Result {
        guard let result = try Patience.look(body) else {
            throw HarnessError("never seen: \(what); the screen is\n\(try screen().joined(separator: "\n"))")
        }
        return result
    }
}
