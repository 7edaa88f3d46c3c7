import CSystem
import Foundation
import TestSupport

/// The programs under test.
enum Program: String {
    case client = "ttweetcl"
    case chat = "ttweetchat"
    case server = "ttweetsrv"

    /// The folder of the programs: `TTWEET_BIN` if it is set, otherwise the folder of the tests.
    private static let folder: String = {
        if let folder = ProcessInfo.processInfo.environment["TTWEET_BIN"] { return folder }
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (executable as NSString).deletingLastPathComponent
    }()

    var path: String { Self.folder + "/" + rawValue }
}

/// A finished run of a program.
struct Completed {
    let ending: Ending
    let standardOutput: [UInt8]
    let standardError: [UInt8]

    var output: String { String(decoding: standardOutput, as: UTF8.self) }
    var errors: String { String(decoding: standardError, as: UTF8.self) }
    var exitCode: Int32? { if case .exit(let code) = ending { code } else { nil } }
}

/// The environment of every program: its own home, and the settings of a sanitizer or a toolchain.
func programEnvironment(home: String, adding more: [String: String] = [:]) -> [String: String] {
    let inherited = [
        "PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LLVM_PROFILE_FILE",
    ]
    return ProcessInfo.processInfo.environment.filter { inherited.contains($0.key) }
        .merging(["HOME": home]) { $1 }
        .merging(more) { $1 }
}

/// Runs a program to its end.
///
/// - Parameter directory: the working directory; nil makes a new one.
func run(
    _ program: Program, _ arguments: [String], input: String = "", environment: [String: String] = [:],
    in directory: TemporaryDirectory? = nil
) throws -> Completed {
    try run([program.path] + arguments, input: Array(input.utf8), environment: environment, in: directory)
}

/// Runs any program to its end.
func run(
    _ words: [String], input: [UInt8] = [], environment: [String: String] = [:],
    in directory: TemporaryDirectory? = nil, seconds: Double = Patience.seconds
) throws -> Completed {
    try run(
        bytes: words.map { Array($0.utf8) }, input: input, environment: environment, in: directory, seconds: seconds)
}

/// Runs any program to its end; its arguments need not be text.
func run(
    bytes words: [[UInt8]], input: [UInt8] = [], environment: [String: String] = [:],
    in directory: TemporaryDirectory? = nil, seconds: Double = Patience.seconds
) throws -> Completed {
    let directory = try directory ?? TemporaryDirectory()
    let process = try ChildProcess(
        words, environment: programEnvironment(home: directory.path, adding: environment), directory: directory.path)
    process.write(input)
    process.endInput()
    return try withExtendedLifetime(directory) {
        Completed(
            ending: try process.wait(seconds: seconds), standardOutput: process.standardOutput.access { $0.bytes },
            standardError: process.standardError.access { $0.bytes })
    }
}

/// A real ttweetsrv that listens, in its own directory; killed when its owner releases it.
final class ServerProcess: Sendable {
    /// The home and working directory; by default `data` in it is the data directory and `Sample.txt` the log.
    let directory: TemporaryDirectory
    let process: ChildProcess
    let port: UInt16
    let session: Int

    /// Starts a server and waits for the report that it listens.
    ///
    /// - Parameters:
    ///   - arguments: the arguments besides `--port` and `--data`.
    ///   - port: the value of `--port`; 0 picks a free port, nil leaves the option out.
    ///   - data: the data directory; nil leaves `--data` out.
    ///   - directory: the directory of an earlier server, to start from its files.
    ///   - wrapper: a command that runs the server with `exec`: `["sh", "-c", "ulimit -n 40; exec \"$@\"", "-"]`.
    init(
        _ arguments: [String] = [], port: UInt16? = 0, data: String? = "data", environment: [String: String] = [:],
        in directory: TemporaryDirectory? = nil, wrapper: [String] = []
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        var words = wrapper + [Program.server.path]
        if let port { words += ["--port", String(port)] }
        if let data { words += ["--data", data] }
        let process = try ChildProcess(
            (words + arguments).map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path, adding: environment), directory: directory.path)
        self.directory = directory
        self.process = process
        let found = process.standardOutput.wait { output -> String? in
            let text = String(decoding: output.bytes, as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            // Reports about the migration of an older store may come first.
            if let line = lines.first(where: { $0.contains(" server listening at ") }) { return String(line) }
            return output.isAtEnd ? text : nil
        }
        // SERVER [GENERAL] 2026-11-21T05:03:00.123Z server listening at 127.0.0.1:13001, session 7
        let pattern = /SERVER \[GENERAL\] \S{24} server listening at .*:(\d+), session (\d+)/
        guard let found, let match = found.wholeMatch(of: pattern), let number = UInt16(match.1),
            let session = Int(match.2)
        else {
            process.signal(SIGKILL)
            let errors = String(decoding: process.standardError.access { $0.bytes }, as: UTF8.self)
            throw HarnessError("the server does not listen: \(found ?? "") \(errors)")
        }
        self.port = number
        self.session = session
    }

    deinit {
        process.signal(SIGKILL)
    }

    // MARK: Reports

    /// The reports on standard output so far, without line feeds.
    var reports: [String] {
        String(decoding: process.standardOutput.access { $0.bytes }, as: UTF8.self).split(separator: "\n")
            .map(String.init)
    }

    /// Waits until the given number of reports contain a text, and returns them.
    @discardableResult
    func awaitReports(_ text: String, count: Int = 1) throws -> [String] {
        let found = process.standardOutput.wait { output -> [String]? in
            let whole = output.bytes[..<(output.bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0)]
            let matching = String(decoding: whole, as: UTF8.self).split(separator: "\n").filter { $0.contains(text) }
            return matching.count >= count ? matching.map(String.init) : nil
        }
        guard let found else {
            throw HarnessError("no \(count) reports with \(text); the last are \(reports.suffix(9))")
        }
        return found
    }

    /// The current content of the log file.
    var log: String { directory.content("Sample.txt") ?? "" }

    // MARK: Ending

    func signal(_ number: CInt) {
        process.signal(number)
    }

    /// Sends SIGTERM, and waits for the end.
    @discardableResult
    func stop() throws -> Ending {
        signal(SIGTERM)
        return try process.wait()
    }

    /// Sends SIGKILL, and waits for the end.
    func kill() throws {
        signal(SIGKILL)
        _ = try process.wait()
    }

    // MARK: Clients

    /// Opens a raw connection.
    ///
    /// - Parameter source: the client's address, such as `127.0.0.2`.
    func connect(from source: String? = nil) throws -> TestConnection {
        try TestConnection(port: port, from: source)
    }

    /// Runs `ttweetcl -u 127.0.0.1 PORT …`.
    func upload(_ arguments: String..., input: String = "") throws -> Completed {
        try run(.client, ["-u", "127.0.0.1", String(port)] + arguments, input: input)
    }

    /// Runs `ttweetcl -d 127.0.0.1 PORT …`.
    func download(_ arguments: String...) throws -> Completed {
        try run(.client, ["-d", "127.0.0.1", String(port)] + arguments)
    }
}
