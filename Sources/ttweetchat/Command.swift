import TweetChat
import TweetClient
import TweetSystem
import TweetTLS
import TweetCommandLine

/// The task on the command line.
enum Command {
    case chat(Options)
    case help
    case version

    /// Settings from the command line; nil if another source decides.
    struct Options {
        var host: String?
        var port: UInt16?
        var configurationFile: String?
        var trust = TrustChoice()
        var name: String?
        /// Whether the terminal rings for messages addressed to this person.
        var rings = true
    }

    /// The options, in the order of the help; options with a value name it.
    private static let options: [(name: String, value: String?, help: String)] = [
        ("server", "HOST:PORT", "the same as HOST:PORT"),
        ("host", "HOST", "the same as HOST (127.0.0.1)"),
        ("port", "PORT", "the same as PORT: 1 to 65535 (65432)"),
        ("user", "NAME", "your name; a terminal asks for it if it is missing"),
        ("tls", nil, "connect with TLS, and trust the authorities of this machine"),
        ("ca", "FILE", "connect with TLS, and trust the authorities in FILE only"),
        ("pin", "sha256:HEX", "connect with TLS, and trust this one key"),
        ("config", "FILE", "read key = value lines: server, or host and port"),
        ("no-bell", nil, "do not ring for a private message or your own name"),
    ]

    /// Parses the process's command line.
    ///
    /// - Throws: the mistake in it.
    init() throws(UsageError) {
        var values: [(name: String, value: String)] = []
        var operands: [String] = []
        var words = CommandWords(Self.options.map { "--\($0.name)\($0.value == nil ? "" : "=")" })
        switch words.information {
        case .help:
            self = .help
            return
        case .version:
            self = .version
            return
        case nil: break
        }
        var options = Options()
        while let word = try words.next() {
            switch word {
            case .operand(let bytes): operands.append(try String(operand: bytes))
            case .rest: preconditionFailure("no option takes the rest of the line")
            case .option(let index, let value):
                switch Self.options[index].name {
                case "tls": options.trust.isAsked = true
                case "ca":
                    guard !value.isEmpty else { throw UsageError("--ca: the file has no name") }
                    options.trust.authorities = value
                case "pin":
                    guard let pin = CertificatePin(value) else { throw UsageError("--pin is \(CertificatePin.rule)") }
                    options.trust.pin = pin
                case "config": options.configurationFile = value
                case "user": options.name = value
                case "no-bell": options.rings = false
                case let name: values.append((name, value))
                }
            }
        }
        if options.trust.authorities != nil, options.trust.pin != nil {
            throw UsageError("--ca and --pin exclude each other")
        }
        (options.host, options.port) = try Self.server(values, operands)
        self = .chat(options)
    }

    /// The server from operands and options, as far as given; both may give the same values.
    private static func server(
        _ values: [(name: String, value: String)], _ operands: [String]
    ) throws(UsageError) -> (host: String?, port: UInt16?) {
        var hosts: [(place: String, value: String)] = []
        var ports: [(place: String, value: String)] = []
        func add(_ server: ServerName, _ place: String) {
            hosts.append((place, server.host))
            ports.append((place, String(server.port)))
        }
        // If an option is repeated, the last one counts.
        if let text = values.last(where: { $0.name == "server" })?.value {
            guard let server = ServerName(text) else { throw UsageError("--server: \"\(text)\" is not HOST:PORT") }
            add(server, "--server")
        }
        if let host = values.last(where: { $0.name == "host" }) {
            hosts.append(("--host", ServerName.bare(host.value)))
        }
        if let port = values.last(where: { $0.name == "port" }) { ports.append(("--port", port.value)) }
        if operands.count == 1, let server = ServerName(operands[0]) {
            add(server, "HOST:PORT")
        } else {
            guard operands.count <= 2 else {
                throw UsageError("give HOST and PORT, not \(operands.count) operands")
            }
            // An IPv6 address also has more than one colon.
            if let host = operands.first, host.contains("://") || host.utf8.count(where: { $0 == 0x3A }) == 1,
                let reason = ServerName.mistake(in: host)
            {
                throw UsageError("\(host) is not a server: \(reason)")
            }
            if let host = operands.first {
                if ServerName(host) != nil {
                    throw UsageError("HOST must not contain a port when PORT is given: \(host)")
                }
                hosts.append(("HOST", ServerName.bare(host)))
            }
            if operands.count == 2 { ports.append(("PORT", operands[1])) }
        }
        for claims in [hosts, ports] {
            for (one, other) in zip(claims, claims.dropFirst()) where one.value != other.value {
                throw UsageError("\(other.place) and \(one.place) differ")
            }
        }
        if let host = hosts.first, host.value.isEmpty { throw UsageError("\(host.place): the host is empty") }
        if let host = hosts.first, !ServerName.mayBeHost(host.value) {
            throw UsageError("\(host.place) must be a name or an address, not \(host.value)")
        }
        guard let port = ports.first else { return (hosts.first?.value, nil) }
        guard let number = ServerName.port(port.value) else {
            throw UsageError("\(port.place): \"\(port.value)\" is not a port, 1 to 65535")
        }
        return (hosts.first?.value, number)
    }

    static var helpText: String {
        var help = HelpText(
            usage: """
                Usage: ttweetchat [HOST [PORT]] [OPTION]...
                   or: ttweetchat HOST:PORT [OPTION]...
                Chats with everybody on a ttweet server: each line that you type goes to all,
                /help lists the commands.

                """)
        for (name, value, text) in options { help.row("--\(name)" + (value.map { " " + $0 } ?? ""), text, column: 22) }
        help.row("-h, --help", "show this help and exit; must be the only argument", column: 22)
        help.row("--version", "show the version and exit; must be the only argument", column: 22)
        help.paragraph(
            """
            Options may stand anywhere before --. A value comes from its option, else from TTWEET_HOST and TTWEET_PORT, \
            else from the configuration file (--config, else TTWEET_CONFIG), else it is the default in parentheses. An \
            account's password comes from TTWEET_PASSWORD or is asked for. Without a terminal, each line of \
            standard input counts as typed, and standard output gets each line that is shown; --user is needed then.
            """)
        help.paragraph("Exit codes:")
        for code in ChatExit.allCases { help.row(String(code.rawValue), "\(code.meaning)", column: 6) }
        return help.text
    }
}
