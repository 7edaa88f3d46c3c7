import CSystem
import TweetModel
import TweetReactor
import TweetServer
import TweetStore
import TweetSystem

/// Why the server does not start.
struct StartFailure: Error {
    let exitCode: ExitCode
    let text: String
}

/// The configuration, from all of its sources.
func readConfiguration(
    flags: [(name: String, value: String)], file path: String?
) throws(StartFailure) -> Configuration {
    var file: ConfigurationFile?
    if let path = path ?? Environment.text(of: "TTWEET_CONFIG") {
        do throws(Errno) {
            file = try ConfigurationFile(path: path)
        } catch {
            throw StartFailure(exitCode: .configuration, text: "the configuration file \(path): \(error)")
        }
    }
    do throws(ConfigurationError) {
        return try Configuration(flags: flags, environment: Environment.text, file: file)
    } catch {
        throw StartFailure(exitCode: error.isUsage ? .usage : .configuration, text: error.description)
    }
}

/// Listens at every address of the host that this machine has.
func listen(_ configuration: Configuration) throws(StartFailure) -> [Listener] {
    let host = configuration.host
    let addresses: [SocketAddress]
    do throws(LookupError) {
        addresses = try SocketAddress.lookup(host: host, port: configuration.port)
    } catch {
        throw StartFailure(exitCode: .unavailable, text: "cannot listen at \(error)")
    }
    var listeners: [Listener] = []
    var failure: StartFailure?
    for address in addresses {
        // A free port that was picked for the first address is the port of all.
        let address = address.with(port: listeners.first?.address.port ?? address.port)
        // A hosts file may name one twice.
        if listeners.contains(where: { $0.address.description == address.description }) { continue }
        do throws(Errno) {
            listeners.append(try Listener(at: address))
        } catch {
            let reason = StartFailure(exitCode: .unavailable, text: "cannot listen at \(address): \(error)")
            // A family that this machine lacks is no failure while there is another; a port in use is.
            guard error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT else { throw reason }
            failure = reason
        }
    }
    if let failure, listeners.isEmpty { throw failure }
    return listeners
}

/// `ttweet/PORT` in the user's state directory (XDG Base Directory Specification).
func defaultDataDirectory(port: UInt16) throws(StartFailure) -> String {
    let state = Environment.text(of: "XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let base = state ?? Environment.text(of: "HOME").map({ $0 + "/.local/state" }) else {
        throw StartFailure(exitCode: .cannotCreate, text: "there is no HOME: give the data directory with --data")
    }
    return "\(base)/ttweet/\(port)"
}

/// The data directory that is asked for, or the default one.
func dataDirectory(_ configuration: Configuration) throws(StartFailure) -> String {
    if let given = configuration.dataDirectory { return given }
    return try defaultDataDirectory(port: configuration.port)
}

/// Opens the store; an older one's hashtags are indexed anew first.
///
/// - Parameter report: called with how far that is, now and then.
func openStore(
    _ configuration: Configuration, report: (_ progress: String) -> Void
) throws(StartFailure) -> OpenStore {
    let path = try dataDirectory(configuration)
    var reports = ReindexReports(now: Clock.monotonicMilliseconds)
    do throws(StoreError) {
        let store = try OpenStore(
            try DataDirectory(path: path), durability: configuration.durability,
            resume: configuration.resumesSession, time: Clock.now
        ) { progress in
            if let line = reports.line(for: progress, now: Clock.monotonicMilliseconds) { report(line) }
        }
        if let line = reports.endLine { report(line) }
        return store
    } catch {
        throw StartFailure(exitCode: ExitCode(error), text: error.description)
    }
}

func openLog(_ configuration: Configuration) throws(StartFailure) -> ReportFile {
    do throws(Errno) {
        return try ReportFile(
            path: configuration.logPath, maximumBytes: configuration.logMaximumBytes, keep: configuration.logKeep)
    } catch {
        throw StartFailure(
            exitCode: .cannotCreate, text: "the log \(configuration.logPath) cannot be written: \(error)")
    }
}
