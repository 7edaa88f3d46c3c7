import CSystem
public import TweetSystem
public import TweetCommandLine
public import TweetTLS

/// The sources of the server's name besides the command line: `TTWEET_HOST` and `TTWEET_PORT`, then the configuration
/// file.
///
/// The file may belong to the server or to the clients: only its keys `server`, `host`, `port`, `tls`, `ca` and `pin` are
/// used here.
public struct ServerSources: Sendable {
    private let environment: @Sendable (String) -> String?
    private let read: @Sendable (String) throws(Errno) -> ConfigurationFile

    /// This process's environment, and the files that it can read.
    public static var process: ServerSources {
        ServerSources(environment: Environment.text) { (path) throws(Errno) in try ConfigurationFile(path: path) }
    }

    /// Empty sources: no variable is set and no file exists.
    public static var none: ServerSources {
        ServerSources(environment: { _ in nil }, read: { _ throws(Errno) in throw Errno(code: ENOENT) })
    }

    /// - Parameters:
    ///   - environment: returns the value of a variable, nil if it is not set or empty.
    ///   - read: reads a configuration file.
    public init(
        environment: @escaping @Sendable (String) -> String?,
        read: @escaping @Sendable (String) throws(Errno) -> ConfigurationFile
    ) {
        self.environment = environment
        self.read = read
    }

    /// The token of `TTWEET_TOKEN`; nil if it is not set or empty.
    var token: String? { environment("TTWEET_TOKEN") }

    /// A server, and the ignored settings, one sentence each.
    public struct Finding: Hashable, Sendable {
        /// The server; nil if no source names a host or a port.
        public var server: ServerName?
        /// The certificates to trust; nil for a connection without TLS.
        public var trust: TLSTrust?
        public var warnings: [String] = []
    }

    /// Looks up the parts that the command line does not give.
    ///
    /// - Parameters:
    ///   - host: the host on the command line.
    ///   - port: the port on the command line.
    ///   - trust: what the command line says about TLS.
    ///   - path: the configuration file on the command line, if there is one: it is always read.
    /// - Throws: `configuration` for a wrong value that is needed, or for a file that cannot be read.
    public func find(
        host: String? = nil, port: UInt16? = nil, trust: TrustChoice = TrustChoice(),
        configurationFile path: String? = nil
    ) throws(ClientError) -> Finding {
        var trust = trust.completed(by: try trustOfEnvironment())
        var host = host
        var port = port
        var finding = Finding()
        if let value = environment("TTWEET_HOST") {
            do throws(ClientError) {
                let read = try Self.host(value, at: "TTWEET_HOST")
                host = host ?? read
            } catch {
                guard host != nil else { throw error }
                finding.warnings.append("\(error.text); it is ignored")
            }
        }
        if let value = environment("TTWEET_PORT") {
            if port != nil || value.isServiceLink {
                if ServerName.port(value) == nil { finding.warnings.append(Self.ignoredPort(value)) }
            } else {
                port = try Self.port(value, at: "TTWEET_PORT")
            }
        }
        let named = environment("TTWEET_CONFIG")
        let isNamedByOption = path != nil
        if let path = path ?? named {
            var file: ConfigurationFile?
            do throws(ClientError) {
                file = try self.file(path)
            } catch {
                // A file that only a variable names is needed only if the server is not known without it.
                guard !isNamedByOption, host != nil, port != nil else { throw error }
                finding.warnings.append("TTWEET_CONFIG is ignored: \(error.text)")
            }
            if let file {
                try complete(&host, &port, from: file, path, &finding.warnings)
                // A wrong value is never ignored: what it would have encrypted must not be sent in the open.
                trust = trust.completed(by: try Self.trust(in: file))
            }
        }
        if host != nil || port != nil {
            let standard = ServerName.standard
            finding.server = ServerName(host: host ?? standard.host, port: port ?? standard.port)
        }
        finding.trust = trust.trust
        return finding
    }

    /// The keys of a configuration file that name the server.
    private static let keys = ["server", "host", "port"]

    private func file(_ path: String) throws(ClientError) -> ConfigurationFile {
        do throws(Errno) {
            return try read(path)
        } catch {
            throw ClientError(.configuration, "the configuration file \(path): \(error)")
        }
    }

    /// Fills in missing parts from a file: from `server` first, which is only for clients.
    ///
    /// Warns about a wrong value that is not needed, and about an unknown line.
    private func complete(
        _ host: inout String?, _ port: inout UInt16?, from file: ConfigurationFile, _ path: String,
        _ warnings: inout [String]
    ) throws(ClientError) {
        func last(_ key: String) -> (value: String, place: String)? {
            let line = file.lines.last { $0.key == key && $0.value != nil }
            return line.flatMap { line in line.value.map { ($0, line.place) } }
        }
        /// Reads a value; a wrong one is an error only if it is needed.
        func read<Value>(
            _ key: String, isNeeded: Bool, _ body: (String, String) throws(ClientError) -> Value
        ) throws(ClientError) -> Value? {
            guard let (value, place) = last(key) else { return nil }
            // For a server, 0 means any free port.
            if key == "port", value == "0", !isNeeded { return nil }
            do throws(ClientError) {
                return try body(value, place)
            } catch {
                if isNeeded { throw error }
                warnings.append("\(error.text); it is ignored")
                return nil
            }
        }
        let server = try read("server", isNeeded: host == nil || port == nil, Self.server)
        host = host ?? server?.host
        port = port ?? server?.port
        let fileHost = try read("host", isNeeded: host == nil, Self.host)
        host = host ?? fileHost
        let filePort = try read("port", isNeeded: port == nil, Self.port)
        port = port ?? filePort
        for line in file.lines {
            if line.value == nil {
                warnings.append("\(line.place) is ignored: it is not key = value")
            } else if !ConfigurationFile.keys.contains(line.key) {
                // A misspelt key must not send in plain text what it should have encrypted.
                guard !Self.trustKeys.contains(line.key.lowercased()) else {
                    throw ClientError(.configuration, "\(line.place): the key \(line.key) is written in small letters")
                }
                warnings.append("\(line.place) is ignored: there is no key \"\(line.key)\"")
            }
        }
        if !file.lines.contains(where: { Self.keys.contains($0.key) && $0.value != nil }) {
            warnings.append("\(path) names no server: it has none of \(Self.keys.joined(separator: ", "))")
        }
    }

    // MARK: TLS

    private static let trustKeys = ["tls", "ca", "pin"]

    private func trustOfEnvironment() throws(ClientError) -> TrustChoice {
        var choice = TrustChoice()
        for key in Self.trustKeys {
            let variable = "TTWEET_\(key.uppercased())"
            if let value = environment(variable) { try choice.set(key, value, at: variable) }
        }
        return choice
    }

    private static func trust(in file: ConfigurationFile) throws(ClientError) -> TrustChoice {
        var choice = TrustChoice()
        for line in file.lines where trustKeys.contains(line.key) {
            if let value = line.value { try choice.set(line.key, value, at: line.place) }
        }
        return choice
    }

    // MARK: Values

    private static func host(_ value: String, at place: String) throws(ClientError) -> String {
        switch value {
        case "": throw ClientError(.configuration, "\(place): the host is empty")
        // A server that listens on all addresses of its machine can be reached at this one.
        case "*", "0.0.0.0": return "127.0.0.1"
        case "::", "[::]": return "::1"
        default:
            if let server = ServerName(value) {
                throw ClientError(.configuration, "\(place): the host \(server.host) must not have a port: \(value)")
            }
            let host = ServerName.bare(value)
            guard ServerName.mayBeHost(host) else {
                throw ClientError(.configuration, "\(place): a host must be a name or an address, not \(value)")
            }
            return host
        }
    }

    private static func server(_ value: String, at place: String) throws(ClientError) -> ServerName {
        guard let server = ServerName(value) else {
            throw ClientError(.configuration, "\(place): \"\(value)\" is not HOST:PORT")
        }
        return server
    }

    private static func port(_ value: String, at place: String) throws(ClientError) -> UInt16 {
        guard let port = ServerName.port(value) else {
            throw ClientError(.configuration, "\(place): \"\(value)\" is not a port, 1 to 65535")
        }
        return port
    }

    private static func ignoredPort(_ value: String) -> String {
        let reason = value.isServiceLink ? "is set for a service that is called ttweet" : "is not a port"
        return "TTWEET_PORT is ignored: \"\(value)\" \(reason)"
    }
}
