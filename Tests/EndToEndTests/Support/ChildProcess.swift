import CSystem
import Foundation
import TestSupport

/// The end of a process: its exit code, or the signal that killed it.
enum Ending: Equatable {
    case exit(Int32)
    case signal(Int32)
}

/// A running program, killed when its owner releases it.
///
/// Separate threads gather its output, so that the program never waits for the test.
final class ChildProcess: Sendable {
    struct Output {
        var bytes: [UInt8] = []
        var isAtEnd = false
    }

    let id: pid_t
    let standardOutput = Monitor(Output())
    let standardError = Monitor(Output())
    private let input: Monitor<CInt?>
    private let ending = Monitor<Ending?>(nil)

    /// A lock that keeps the descriptors made for one child out of another child that starts at the same time.
    private static let spawning = NSLock()

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - words: the program's path or its name in `PATH`, and its arguments.
    ///   - environment: the program's complete environment.
    ///   - directory: the program's working directory.
    ///   - outputs: descriptors for standard output and standard error instead of pipes; the caller closes them.
    init(
        _ words: [[UInt8]], environment: [String: String], directory: String, outputs: (CInt?, CInt?) = (nil, nil)
    ) throws {
        csystem_ignore_signal(SIGPIPE)
        let (id, input, output, error) = try Self.spawning.withLock {
            try Self.spawn(words, environment, directory, outputs)
        }
        self.id = id
        self.input = Monitor(input)
        Self.gather(output, into: standardOutput)
        Self.gather(error, into: standardError)
        Thread.detachNewThread { [id, ending] in
            // WNOWAIT keeps the process id in use until the lock is held, so that no signal reaches a process that
            // reuses the id.
            var information = siginfo_t()
            while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            ending.access { ending in
                var status: CInt = 0
                waitpid(id, &status, 0)
                ending = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
            }
        }
    }

    // MARK: Input

    /// Writes to standard input; bytes that the program does not take are lost.
    func write(_ bytes: [UInt8]) {
        guard let number = input.access({ $0 }) else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { CSystem.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// Closes standard input.
    func endInput() {
        input.access { number in
            if let open = number { close(open) }
            number = nil
        }
    }

    // MARK: Ending

    var hasEnded: Bool { ending.access { $0 != nil } }

    /// Sends a signal, unless the process has ended.
    func signal(_ number: CInt) {
        ending.access { if $0 == nil { kill(id, number) } }
    }

    /// Waits for the end of the program and of its output.
    func wait(seconds: Double = Patience.seconds) throws -> Ending {
        guard let ending = ending.wait(seconds: seconds, for: { $0 }) else {
            throw HarnessError(
                "process \(id) does not end; it has said: \(text(standardOutput)) \(text(standardError))")
        }
        for output in [standardOutput, standardError] where output.wait(for: { $0.isAtEnd ? true : nil }) == nil {
            throw HarnessError("the output of process \(id) does not end")
        }
        return ending
    }

    private func text(_ output: Monitor<Output>) -> String {
        String(decoding: output.access { $0.bytes }, as: UTF8.self)
    }

    deinit {
        // A failed test must leave no program running.
        signal(SIGKILL)
        endInput()
    }

    // MARK: Starting

    private static func spawn(
        _ words: [[UInt8]], _ environment: [String: String], _ directory: String, _ outputs: (CInt?, CInt?)
    ) throws -> (id: pid_t, input: CInt, output: CInt?, error: CInt?) {
        let input = try pipeEnds()
        let output = try outputs.0 == nil ? pipeEnds() : nil
        let error = try outputs.1 == nil ? pipeEnds() : nil
        defer { for end in [input.reading, output?.writing, error?.writing] { end.map { _ = close($0) } } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.reading, 0)
        posix_spawn_file_actions_adddup2(&actions, outputs.0 ?? output?.writing ?? -1, 1)
        posix_spawn_file_actions_adddup2(&actions, outputs.1 ?? error?.writing ?? -1, 2)

        // The child would otherwise inherit every other open descriptor of the test run.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let number = CInt(name), number > 2, fcntl(number, F_GETFD) & FD_CLOEXEC == 0 else { continue }
            posix_spawn_file_actions_addclose(&actions, number)
        }

        // The program must not inherit the test run's signal mask and ignored signals.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGALRM] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // env(1) changes the directory, because posix_spawn's own function for that is hidden behind _GNU_SOURCE.
        let all = ["env", "-C", directory].map { Array($0.utf8) } + words
        let arguments = all.map { word in strdup(word.map { CChar(bitPattern: $0) } + [0]) }
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { (arguments + variables).forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, "env", &actions, &attributes, arguments + [nil], variables + [nil])
        guard code == 0 else {
            throw HarnessError("env: \(String(cString: strerror(code)))")
        }
        return (id, input.writing, output?.reading, error?.reading)
    }

    private static func pipeEnds() throws -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HarnessError("no pipe: \(String(cString: strerror(errno)))") }
        ends.forEach { _ = csystem_set_close_on_exec($0) }
        return (ends[0], ends[1])
    }

    private static func gather(_ number: CInt?, into output: Monitor<Output>) {
        guard let number else { return output.access { $0.isAtEnd = true } }
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(number, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                output.access { $0.bytes += buffer[..<count] }
            }
            close(number)
            output.access { $0.isAtEnd = true }
        }
    }
}
