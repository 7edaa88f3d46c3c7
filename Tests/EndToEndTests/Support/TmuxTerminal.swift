import CSystem
import Foundation
import TestSupport

/// A program in a terminal of tmux(1): typed to, resized and read back as a person sees it.
///
/// Each has a tmux of its own, which ends with it.
final class TmuxTerminal: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

    let directory: TemporaryDirectory
    private let environment: [String: String]

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - terminal: what `TERM` is.
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

    /// Starts a program from a shell that stays, and tells how the terminal was before and after: in the files
    /// `before` and `after`, the program's number in `id`.
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

    // MARK: A person

    /// Types text, no keys among it.
    func type(_ text: String) throws {
        try tmux(["send-keys", "-l", "--", text])
    }

    /// Types a line.
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

    /// Pastes text, marked as a paste where the program has asked for that.
    func paste(_ text: String) throws {
        try directory.write(text, to: "pasted")
        try tmux(["load-buffer", directory.file("pasted")])
        try tmux(["paste-buffer", "-p", "-d"])
    }

    func resize(columns: Int, rows: Int) throws {
        try tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    // MARK: Another window

    /// Looks at something else from now on.
    func openAnotherWindow() throws {
        try tmux(["set-option", "-g", "monitor-bell", "on"])
        try tmux(["new-window", "--", "cat"])
    }

    /// The text of the program's window, whichever is looked at.
    func firstWindow() throws -> String { try tmux(["capture-pane", "-p", "-t", ":0"]) }

    /// Whether the program has rung the bell while another window was looked at.
    func hasRung() throws -> Bool {
        try tmux(["display-message", "-p", "-t", ":0", "#{window_bell_flag}"]).hasPrefix("1")
    }

    // MARK: What is sent

    /// Writes down what programs send to the terminal from now on.
    func record() throws {
        try tmux(["pipe-pane", "-o", "cat >> '\(directory.file("record"))'"])
    }

    /// Waits until a text was sent, and gives all that was recorded.
    func awaitRecord(_ text: String) throws -> String {
        try poll("\(text) in the record") {
            guard let record = directory.content("record"), record.contains(text) else { return nil }
            return record
        }
    }

    // MARK: What is seen

    /// The rows as they are now, without spaces at their ends.
    func screen() throws -> [String] {
        var rows = try tmux(["capture-pane", "-p"]).split(separator: "\n", omittingEmptySubsequences: false)
        // The text ends with a line feed.
        rows.removeLast()
        return rows.map { String($0.reversed().drop { $0 == " " }.reversed()) }
    }

    /// One of tmux's variables: `cursor_x`, `alternate_on`, `pane_dead`.
    ///
    /// Not `pane_dead_status`: tmux 3.3 sometimes loses it. A shell tells how a program ended: ``underShell(_:environment:)``.
    func variable(_ name: String) throws -> String {
        try tmux(["display-message", "-p", "#{\(name)}"]).split(separator: "\n").first.map(String.init) ?? ""
    }

    /// Waits until something can be made of the screen.
    @discardableResult
    func wait<Result>(for what: String, _ body: ([String]) throws -> Result?) throws -> Result {
        try poll(what) { try body(try screen()) }
    }

    /// Waits until a row contains a text, and gives the screen.
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

    /// A terminal tells nobody that it has changed: it is looked at again and again.
    @discardableResult
    private func poll<Result>(_ what: String, _ body: () throws -> Result?) throws -> Result {
        guard let result = try Patience.look(body) else {
            throw HarnessError("never seen: \(what); the screen is\n\(try screen().joined(separator: "\n"))")
        }
        return result
    }
}
