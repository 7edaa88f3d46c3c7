import CSystem
public import TweetSystem

/// Tells where the server is as far as the command line does not: `TTWEET_HOST` and `TTWEET_PORT`, else the
/// configuration file.
///
/// The file is the server's own or one of the clients': of its keys only `server`, `host` and `port` mean anything here.
public struct ServerSources: Sendable {
    private let environment: @Sendable (String) -> String?
    private let read: @Sendable (String) throws(Errno) -> ConfigurationFile

    /// This process's environment, and the files that it can read.
    public static var process: ServerSources {
        ServerSources(environment: Environment.text) { (path) throws(Errno) in try ConfigurationFile(path: path) }
    }

    /// Nothing at all: no variable is set and no file is there.
    public static var none: ServerSources {
        ServerSources(environment: { _ in nil }, read: { _ throws(Errno) in throw Errno(code: ENOENT) })
    }

    /// - Parameters:
    ///   - environment: the value of a variable, nil where it is not set.
    ///   - read: reads a configuration file.
    public init(
        environment: @escaping @Sendable (String) -> String?,
        read: @escaping @Sendable (String) throws(Errno) -> ConfigurationFile
    ) {
        self.environment = environment
        self.read = read
    }

    /// A server, and the ignored settings, one sentence each.
    public struct Finding: Hashable, Sendable {
        /// Nil where nothing tells a host or a port.
        public var server: ServerName?
        public var warnings: [String] = []
    }

    /// Finds what the command line does not tell.
    ///
    /// - Parameters:
    ///   - host: as the command line tells it.
    ///   - port: the same.
    ///   - path: the configuration file that the command line names, if it names one: then it is read in any case.
    /// - Throws: `configuration` for a value that counts and is wrong, or for a file that cannot be read.
    public func find(
        host: String? = nil, port: UInt16? = nil, configurationFile path: String? = nil
    ) throws(ClientError) -> Finding {
        var host = host
        var port = port
        var finding = Finding()
        if let value = environment("TTWEET_HOST") {
            if host != nil {
                if value.isEmpty { finding.warnings.append(Self.ignored("TTWEET_HOST", value)) }
            } else {
                host = try Self.host(value, at: "TTWEET_HOST")
            }
        }
        if let value = environment("TTWEET_PORT") {
            if port != nil || value.isServiceLink {
                if ServerName.port(value) == nil { finding.warnings.append(Self.ignored("TTWEET_PORT", value)) }
            } else {
                port = try Self.port(value, at: "TTWEET_PORT")
            }
        }
        // Reading a file takes time that a run which needs nothing of it does not have.
        let isMissing = host == nil || port == nil
        let named = isMissing ? environment("TTWEET_CONFIG").flatMap { $0.isEmpty ? nil : $0 } : nil
        if let path = path ?? named {
            let file = try file(path)
            if isMissing { try Self.complete(&host, &port, from: file) }
            if !file.lines.contains(where: { Self.keys.contains($0.key) && $0.value != nil }) {
                finding.warnings.append("\(path) names no server: it has none of \(Self.keys.joined(separator: ", "))")
            }
        }
        if host != nil || port != nil {
            let standard = ServerName.standard
            finding.server = ServerName(host: host ?? standard.host, port: port ?? standard.port)
        }
        return finding
    }

    /// The keys of a configuration file that say where the server is.
    private static let keys = ["server", "host", "port"]

    private func file(_ path: String) throws(ClientError) -> ConfigurationFile {
        do throws(Errno) {
            return try read(path)
        } catch {
            throw ClientError(.configuration, "the configuration file \(path): \(error)")
        }
    }

    /// Takes what is missing from a file: from `server` first, which is for clients alone.
    private static func complete(
        _ host: inout String?, _ port: inout UInt16?, from file: ConfigurationFile
    ) throws(ClientError) {
        func last(_ key: String) -> (value: String, place: String)? {
            let line = file.lines.last { $0.key == key && $0.value != nil }
            return line.flatMap { line in line.value.map { ($0, line.place) } }
        }
        if let (value, place) = last("server") {
            guard let server = ServerName(value) else {
                throw ClientError(.configuration, "\(place): \"\(value)\" is not HOST:PORT")
            }
            host = host ?? server.host
            port = port ?? server.port
        }
        if host == nil, let (value, place) = last("host") { host = try Self.host(value, at: place) }
        if port == nil, let (value, place) = last("port") { port = try Self.port(value, at: place) }
    }

    // MARK: Values

    private static func host(_ value: String, at place: String) throws(ClientError) -> String {
        switch value {
        case "": throw ClientError(.configuration, "\(place): the host is empty")
        // A server that listens at every address of its machine is reached at this one.
        case "*", "0.0.0.0": return "127.0.0.1"
        case "::", "[::]": return "::1"
        default:
            if let server = ServerName(value) {
                throw ClientError(.configuration, "\(place): the host \(server.host) must not have a port: \(value)")
            }
            return ServerName.bare(value)
        }
    }

    private static func port(_ value: String, at place: String) throws(ClientError) -> UInt16 {
        guard let port = ServerName.port(value) else {
            throw ClientError(.configuration, "\(place): \"\(value)\" is not a port, 1 to 65535")
        }
        return port
    }

    private static func ignored(_ variable: String, _ value: String) -> String {
        let reason =
            value.isServiceLink
            ? "is set for a service that is called ttweet" : "is no \(variable == "TTWEET_PORT" ? "port" : "host")"
        return "\(variable) is ignored: \"\(value)\" \(reason)"
    }
}
