import CSystem
import TweetModel
import TweetReactor
import TweetServer
import TweetStore
import TweetSystem
import TweetCommandLine

/// Sets up the server and runs it: first the steps that fail most often and leave nothing behind, the session last.
///
/// Reindexing an older store may take minutes: clients are refused meanwhile instead of waiting, and a SIGHUP waits
/// until the server can handle it.
///
/// - Returns: the exit code of a server that has started.
func serve(_ configuration: Configuration) throws(StartFailure) -> ServerExitCode {
    Signals.hold(SIGHUP)
    let encryption = try encryption(configuration)
    let listeners = try Listening(configuration.hosts, port: configuration.port).bind()
    var httpListeners: [Listener] = []
    if case .ownPort(let port) = configuration.http.place {
        httpListeners = try Listening(configuration.hosts, port: port).bind()
    }
    let log = try openLog(configuration, echo: configuration.isQuiet ? nil : STDOUT_FILENO)
    // A resumed session continues in its log.
    var hasBegun = configuration.resumesSession
    func beginSession() {
        if !hasBegun { log.beginSession() }
        hasBegun = true
    }
    let store = try openStore(configuration) { progress in
        beginSession()
        log.report(.general, progress)
        log.flush()
    }
    beginSession()
    try Listening.begin(listeners + httpListeners)
    var all = listeners
    do throws(Errno) {
        all.append(try Listener(at: try .unix(path: store.controlPath)))
    } catch {
        // The server runs all the same; only the commands for accounts cannot reach it.
        log.report(.error, "cannot listen for the operator at \(store.controlPath): \(error)")
    }
    let server: Server
    do throws(ServerError) {
        server = try Server(
            listeners: all, httpListeners: httpListeners, store: store, log: log,
            requiresAccount: configuration.requiresAccount,
            encryption: encryption, http: configuration.http, observers: configuration.observers,
            keep: configuration.keep,
            allowance: ConnectionAllowance(
                descriptors: Int(clamping: csystem_raise_descriptor_limit()), atMost: configuration.maximumConnections))
    } catch {
        throw StartFailure(exitCode: .unavailable, text: error.description)
    }
    server.takeSignals()
    Signals.release(SIGHUP)
    server.run(warnings: configuration.warnings)
    // An alarm ends the process if the disk hangs.
    if server.failure != nil {
        _ = csystem_set_alarm(ServerLimits.close / .seconds(1)) { _ in _exit(ServerExitCode.storeFailed.rawValue) }
        return .storeFailed
    }
    _ = csystem_set_alarm(ServerLimits.close / .seconds(1)) { _ in
        _exit(ServerExitCode.stoppedAtOnce.rawValue)
    }
    server.close()
    csystem_cancel_alarm()
    return .done
}

/// Reports why the server does not start: in the log as it is, and where a person sees it.
func report(_ failure: StartFailure, _ configuration: Configuration?) {
    // Without a configuration, or if it asks for quiet, standard output is not meant for reports.
    let echo = configuration?.isQuiet ?? true ? STDERR_FILENO : STDOUT_FILENO
    let log = configuration.flatMap { try? openLog($0, echo: echo) } ?? ReportLog(file: nil, streams: [echo])
    log.report(.error, failure.text)
    log.flush()
}

/// Prints warnings about ignored settings on standard error, for the operator.
func warn(_ configuration: Configuration) {
    let log = ReportLog(file: nil, streams: [STDERR_FILENO])
    for warning in configuration.warnings { log.report(.general, warning) }
    log.flush()
}

/// Writes to standard output.
func write(_ text: String) throws(StartFailure) {
    do throws(Errno) {
        try StandardStream.output.write(Array(text.utf8))
    } catch {
        throw StartFailure(exitCode: .inputOutput, text: "cannot write standard output: \(error)")
    }
}

/// Runs the program's command.
///
/// - Returns: the program's exit code.
func run() -> ServerExitCode {
    var configuration: Configuration?
    do throws(StartFailure) {
        let command: ServerCommand
        do throws(UsageError) {
            command = try ServerCommand()
        } catch {
            throw StartFailure(exitCode: .usage, text: "\(error); see ttweetsrv --help")
        }
        switch command {
        case .help: try write(ServerCommand.helpText)
        case .version: try write("ttweetsrv \(Version.text)\n")
        case .operate(let command, let flags, let file):
            let read = try readDataConfiguration(flags: flags, file: file)
            warn(read)
            try write(try command.run(in: try dataDirectory(read)) + "\n")
        case .serve(let flags, let file):
            let read = try readConfiguration(flags: flags, file: file)
            configuration = read
            return try serve(read)
        }
        return .done
    } catch {
        report(error, configuration)
        return error.exitCode
    }
}

// If a client or the reader of standard output is gone, or a file has reached the limit on its size (RLIMIT_FSIZE), a
// write fails instead of killing the process.
csystem_ignore_signal(SIGPIPE)
csystem_ignore_signal(SIGXFSZ)
StandardStream.occupyClosed()
_ = csystem_raise_descriptor_limit()
csystem_forbid_core_dumps()
exit(run().rawValue)
