import CSystem
import TweetModel
import TweetReactor
import TweetServer
import TweetStore
import TweetSystem
import TweetTLS
import TweetCommandLine

/// The reason why the server does not start.
struct StartFailure: Error {
    let exitCode: ServerExitCode
    let text: String
    var isPortInUse = false
}

extension StartFailure {
    init(_ error: ConfigurationError) {
        self.init(exitCode: error.isUsage ? .usage : .configuration, text: error.description)
    }
}

/// Reads the configuration of a server from all of its sources.
func readConfiguration(
    flags: [(name: String, value: String)], file path: String?
) throws(StartFailure) -> Configuration {
    try readConfiguration(flags, path ?? Environment.text(of: "TTWEET_CONFIG"), of: nil)
}

/// Reads what an operator's command needs: the data directory, and the port only if that tells where it is.
func readDataConfiguration(
    flags: [(name: String, value: String)], file path: String?
) throws(StartFailure) -> Configuration {
    if flags.contains(where: { $0.name == "data" }) || Environment.text(of: "TTWEET_DATA") != nil {
        return try readConfiguration(flags, path, of: ["data"])
    }
    return try readConfiguration(flags, path ?? Environment.text(of: "TTWEET_CONFIG"), of: ["data", "port"])
}

/// - Parameter keys: the only settings to read from the environment and the file, so that wrong values of others do not
///   matter; nil for all.
private func readConfiguration(
    _ flags: [(name: String, value: String)], _ path: String?, of keys: Set<String>?
) throws(StartFailure) -> Configuration {
    var file: ConfigurationFile?
    if let path {
        do throws(Errno) {
            file = try ConfigurationFile(path: path)
            if let keys { file?.keep(keys) }
        } catch {
            let code: ServerExitCode = error.isInputOutput ? .inputOutput : .configuration
            throw StartFailure(exitCode: code, text: "the configuration file \(path): \(error)")
        }
    }
    do throws(ConfigurationError) {
        let variables = Set(Setting.all.lazy.filter { keys?.contains($0.name) ?? true }.map(\.environmentName))
        return try Configuration(
            flags: flags, environment: { variables.contains($0) ? Environment.text(of: $0) : nil }, file: file)
    } catch {
        throw StartFailure(error)
    }
}

/// `ttweet/PORT` in the user's state directory (XDG Base Directory Specification).
func defaultDataDirectory(port: UInt16) throws(StartFailure) -> String {
    let state = Environment.text(of: "XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let base = state ?? Environment.text(of: "HOME").map({ $0 + "/.local/state" }) else {
        throw StartFailure(exitCode: .cannotCreate, text: "HOME is not set: give the data directory with --data")
    }
    return "\(base)/ttweet/\(port)"
}

/// The configured data directory, or the default one.
func dataDirectory(_ configuration: Configuration) throws(StartFailure) -> String {
    if let given = configuration.dataDirectory { return given }
    return try defaultDataDirectory(port: configuration.port)
}

/// Opens the store; reindexes the hashtags of an older one first.
///
/// - Parameter report: called now and then with the progress.
func openStore(
    _ configuration: Configuration, report: (_ progress: String) -> Void
) throws(StartFailure) -> OpenStore {
    let path = try dataDirectory(configuration)
    var reports = ReindexReports(now: .now)
    do throws(StoreError) {
        let store = try OpenStore(
            try DataDirectory(path: path), durability: configuration.durability,
            resume: configuration.resumesSession, time: Timestamp.now, maximumBytes: configuration.storeMaximumBytes
        ) { progress in
            if let line = reports.line(for: progress, now: .now) { report(line) }
        }
        if let line = reports.endLine { report(line) }
        return store
    } catch {
        throw StartFailure(exitCode: ServerExitCode(error), text: error.description)
    }
}

/// Opens the configured log.
///
/// - Parameter echo: a descriptor that the reports are also written to, unless the log is the same file, pipe or
///   terminal.
func openLog(_ configuration: Configuration, echo: CInt?) throws(StartFailure) -> ReportLog {
    do throws(Errno) {
        if let stream = try LogStream.number(of: configuration.logPath) {
            let isDouble = echo.map { LogStream.isSame($0, stream) } ?? true
            return ReportLog(file: nil, streams: isDouble ? [stream] : [stream, echo].compactMap(\.self))
        }
        let file = try ReportFile(
            path: configuration.logPath, maximumBytes: configuration.logMaximumBytes, keep: configuration.logKeep)
        return ReportLog(file: file, streams: [echo].compactMap(\.self).filter { !file.isSame(as: $0) })
    } catch {
        throw StartFailure(
            exitCode: error.isInputOutput ? .inputOutput : .cannotCreate,
            text: "the log \(configuration.logPath) cannot be written: \(error)")
    }
}

/// Loads the configured certificate.
func encryption(_ configuration: Configuration) throws(StartFailure) -> Encryption {
    let allowsPlainLogin = configuration.allowsPlainLogin
    let files = ["tls-cert", "tls-key"]
    switch (configuration.certificate, configuration.key) {
    case (let certificate?, let key?):
        do throws(TLSSetupError) {
            return try Encryption(
                Encryption.Files(certificate: certificate, key: key), isRequired: configuration.requiresTLS,
                allowsPlainLogin: allowsPlainLogin)
        } catch {
            throw StartFailure(configuration.mistake(in: files, error.description))
        }
    case (nil, nil):
        if !configuration.requiresTLS { return Encryption(allowsPlainLogin: allowsPlainLogin) }
        throw StartFailure(configuration.mistake(in: ["tls"], "--tls required needs --tls-cert and --tls-key"))
    case (nil, _): throw StartFailure(configuration.mistake(in: files, "--tls-key needs --tls-cert as well"))
    case (_, nil): throw StartFailure(configuration.mistake(in: files, "--tls-cert needs --tls-key as well"))
    }
}
