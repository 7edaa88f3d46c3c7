import TweetCommandLine
public import TweetModel
import TweetSystem
public import TweetStore

/// A server's settings at its start, each value checked.
public struct Configuration: Sendable {
    /// `*` is every address of the machine.
    public var hosts = ["127.0.0.1"]
    public var port: UInt16 = 65432
    /// Nil for the default directory, which depends on the port and the environment.
    public var dataDirectory: String?
    public var logPath = "Sample.txt"
    public var logMaximumBytes = 10 << 20
    public var logKeep = 5
    public var resumesSession = false
    public var durability = Durability.full
    /// The bytes of the store from which on nothing is added to it; nil without a limit.
    public var storeMaximumBytes: Int64?
    /// The age from which on tweets and read messages are pruned; nil to keep them.
    public var keep: Duration?
    public var requiresAccount = false
    public var certificate: String?
    public var key: String?
    public var requiresTLS = false
    public var allowsPlainLogin = false
    /// Whether requests of HTTP are served, and under which names.
    public var http = HTTPPolicy()
    /// The most connections; nil for as many as the descriptors allow.
    public var maximumConnections: Int?
    /// The accounts that may ask for the server's health.
    public var observers: [Name] = []
    public var isQuiet = false
    /// Warnings about wrong values that were ignored because another source overrides them.
    public internal(set) var warnings: [String] = []
    /// The names of the settings that the command line gives.
    var flagged: Set<String> = []

    public init() {}

    /// A mistake in settings that are valid one by one, such as a file that cannot be used.
    ///
    /// - Parameters:
    ///   - names: the settings that it is about: it is wrong usage if the command line gives one of them.
    ///   - text: what is wrong.
    public func mistake(in names: [String], _ text: String) -> ConfigurationError {
        ConfigurationError(description: text, isUsage: !flagged.isDisjoint(with: names))
    }
}

/// A setting of the server: given by a flag, else by the environment, else by the configuration file.
public struct Setting: Sendable {
    /// The flag without its dashes, and the configuration file's key.
    public let name: String
    /// The kind of value, for the help; nil for a switch.
    public let value: String?
    public let help: String
    /// Clears the values of a weaker source, for a setting that may be given several times.
    var clear: (@Sendable (inout Configuration) -> Void)?
    /// Whether a value of the environment or the file is meant for the clients that share it, and not for the server.
    var isForClients: @Sendable (String) -> Bool = { _ in false }
    let set: @Sendable (inout Configuration, String) throws(InvalidSetting) -> Void

    /// `TTWEET_LOG_MAX` for `log-max`.
    public var environmentName: String {
        "TTWEET_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Every setting, in the order of the help.
    public static let all = [
        Setting(
            name: "host", value: "ADDR", help: "listen on this name or address, * for all; may be repeated (127.0.0.1)",
            clear: { $0.hosts = [] }
        ) { (configuration, text) throws(InvalidSetting) in
            // An IPv6 address has more than one colon.
            let hasPort = text.utf8.count { $0 == UInt8(ascii: ":") } == 1
            if text.isEmpty || hasPort || text.contains("/") { throw InvalidSetting("an address without a port") }
            configuration.hosts.append(text)
        },
        Setting(name: "port", value: "PORT", help: "the same as PORT: 0 to 65535, 0 picks a free one (65432)") {
            (configuration, text) throws(InvalidSetting) in
            guard let port = wholeNumber(text), let port = UInt16(exactly: port) else {
                throw InvalidSetting("a number from 0 to 65535")
            }
            configuration.port = port
        },
        Setting(name: "data", value: "DIR", help: "the data directory (ttweet/PORT in the user's state directory)") {
            (configuration, text) throws(InvalidSetting) in
            configuration.dataDirectory = try path(text, "a directory")
        },
        Setting(name: "log", value: "FILE", help: "the report log; - is standard output (Sample.txt)") {
            (configuration, text) throws(InvalidSetting) in
            configuration.logPath = try path(text, "a file")
        },
        Setting(name: "log-max", value: "SIZE", help: "rotate the log at this size: bytes, or with K, M, G (10M)") {
            (configuration, text) throws(InvalidSetting) in
            guard let size = bytes(text), size > 0 else { throw InvalidSetting("a size such as 500K or 10M") }
            configuration.logMaximumBytes = size
        },
        Setting(name: "log-keep", value: "N", help: "keep this many rotated logs: 0 to 1000 (5)") {
            (configuration, text) throws(InvalidSetting) in
            guard let count = wholeNumber(text), count <= 1000 else {
                throw InvalidSetting("a number from 0 to 1000")
            }
            configuration.logKeep = count
        },
        Setting(name: "resume", value: nil, help: "continue the newest session instead of opening a new one") {
            (configuration, text) throws(InvalidSetting) in
            configuration.resumesSession = try yesOrNo(text)
        },
        Setting(name: "sync", value: "full|normal", help: "sync each commit; normal: a power cut may undo some (full)")
        {
            (configuration, text) throws(InvalidSetting) in
            guard let durability = Durability(rawValue: text) else { throw InvalidSetting("full or normal") }
            configuration.durability = durability
        },
        Setting(
            name: "max-store", value: "SIZE", help: "refuse what adds to a store of this size, such as 2G (no limit)"
        ) {
            (configuration, text) throws(InvalidSetting) in
            guard let size = bytes(text), size >= leastStoreBytes else {
                throw InvalidSetting("a size from 1M on, such as 500M or 2G")
            }
            configuration.storeMaximumBytes = Int64(size)
        },
        Setting(name: "keep", value: "SPAN", help: "remove tweets, and messages once read, after 12h, 30d (keep all)") {
            (configuration, text) throws(InvalidSetting) in
            guard let span = TimeSpan.duration(text), span >= shortestKeep else {
                throw InvalidSetting("a span from 1h to 3650d, such as 12h or 30d")
            }
            configuration.keep = span
        },
        Setting(name: "require-account", value: nil, help: "accept uploads only from accounts") {
            (configuration, text) throws(InvalidSetting) in
            configuration.requiresAccount = try yesOrNo(text)
        },
        Setting(name: "tls-cert", value: "FILE", help: "offer TLS with this certificate (PEM, with its chain)") {
            (configuration, text) throws(InvalidSetting) in
            configuration.certificate = try path(text, "a file")
        },
        Setting(name: "tls-key", value: "FILE", help: "the certificate's private key (PEM, not encrypted)") {
            (configuration, text) throws(InvalidSetting) in
            configuration.key = try path(text, "a file")
        },
        Setting(
            name: "tls", value: "offered|required", help: "whether clients without TLS are served (offered)",
            // Clients read there whether to connect with TLS.
            isForClients: { (try? yesOrNo($0)) != nil }
        ) { (configuration, text) throws(InvalidSetting) in
            switch text {
            case "offered": configuration.requiresTLS = false
            case "required": configuration.requiresTLS = true
            default: throw InvalidSetting("offered or required")
            }
        },
        Setting(
            name: "allow-plain-login", value: nil, help: "take passwords without TLS from other machines, too"
        ) {
            (configuration, text) throws(InvalidSetting) in
            configuration.allowsPlainLogin = try yesOrNo(text)
        },
        Setting(name: "http", value: "on|off|PORT", help: "serve HTTP at the same port, nowhere, or at PORT only (on)")
        {
            (configuration, text) throws(InvalidSetting) in
            switch text {
            case "on": configuration.http.place = .samePort
            case "off": configuration.http.place = .nowhere
            default:
                guard let port = wholeNumber(text), let port = UInt16(exactly: port) else {
                    throw InvalidSetting("on, off, or a port from 0 to 65535")
                }
                configuration.http.place = .ownPort(port)
            }
        },
        Setting(name: "ntfy", value: "on|off", help: "serve programs that speak ntfy by HTTP, too (on)") {
            (configuration, text) throws(InvalidSetting) in
            configuration.http.servesNtfy = try yesOrNo(text)
        },
        Setting(
            name: "http-host", value: "NAME", help: "serve HTTP under this name, too; may be repeated (localhost)",
            clear: { $0.http.hosts = [] }
        ) { (configuration, text) throws(InvalidSetting) in
            guard HTTPPolicy.isName(text) else { throw InvalidSetting("a host's name without a port") }
            configuration.http.hosts.append(text)
        },
        Setting(
            name: "trusted-proxy", value: "ADDRESS",
            help: "take a request's client from this proxy's X-Forwarded-For; may be repeated",
            clear: { $0.http.proxies = [] }
        ) { (configuration, text) throws(InvalidSetting) in
            guard let address = SocketAddress.numeric(host: text, port: 0)?.first else {
                throw InvalidSetting("an IPv4 or IPv6 address")
            }
            configuration.http.proxies.append(address)
        },
        Setting(name: "max-connections", value: "N", help: "serve at most N connections (as descriptors allow)") {
            (configuration, text) throws(InvalidSetting) in
            guard let count = wholeNumber(text), count > 0 else { throw InvalidSetting("a number from 1 on") }
            configuration.maximumConnections = count
        },
        Setting(
            name: "observer", value: "NAME", help: "an account that may ask for the server's health; may be repeated",
            clear: { $0.observers = [] }
        ) { (configuration, text) throws(InvalidSetting) in
            guard let name = Name(text) else { throw InvalidSetting("a name") }
            configuration.observers.append(name)
        },
        Setting(name: "quiet", value: nil, help: "print no reports on standard output") {
            (configuration, text) throws(InvalidSetting) in
            configuration.isQuiet = try yesOrNo(text)
        },
    ]

    // MARK: Values

    /// The smallest limit of a store: an empty one has a tenth of it, and a size without its unit is a mistake.
    private static let leastStoreBytes = 1 << 20
    /// The shortest time for which messages are kept, and their ids are known: clients try again for minutes.
    private static let shortestKeep: Duration = .seconds(3600)

    private static func path(_ text: String, _ kind: String) throws(InvalidSetting) -> String {
        if text.isEmpty { throw InvalidSetting(kind) }
        return text
    }

    private static func wholeNumber(_ text: String) -> Int? {
        text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } ? Int(text) : nil
    }

    private static func bytes(_ text: String) -> Int? {
        let shift: Int
        switch text.last {
        case "K", "k": shift = 10
        case "M", "m": shift = 20
        case "G", "g": shift = 30
        default: return wholeNumber(text)
        }
        guard let number = wholeNumber(String(text.dropLast())), number <= Int.max >> shift else { return nil }
        return number << shift
    }

    private static func yesOrNo(_ text: String) throws(InvalidSetting) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw InvalidSetting("yes, no, on, off, true, false, 1 or 0")
        }
    }
}

/// A value that a setting does not accept; ``expected`` describes the values that it does.
struct InvalidSetting: Error {
    let expected: String

    init(_ expected: String) {
        self.expected = expected
    }
}

/// A wrong value or key, and where it was found: `FILE:LINE: …`, `TTWEET_PORT: …`, `--port: …`.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether the mistake is on the command line, rather than in the environment or a file.
    public let isUsage: Bool
}
