import TweetChat
import TweetSystem

/// What the command line asks for.
enum Command {
    case chat(flags: [(name: String, value: String)], configurationFile: String?, name: String?, rings: Bool)
    case help
    case version

    /// The options, in the order of the help; those with a value say what it is.
    private static let options: [(name: String, value: String?, help: String)] = [
        ("host", "HOST", "the same as HOST (127.0.0.1)"),
        ("port", "PORT", "the same as PORT: 1 to 65535 (65432)"),
        ("user", "NAME", "who is chatting; asked for on a terminal"),
        ("config", "FILE", "read host and port from key = value lines, as the server does"),
        ("no-bell", nil, "do not ring for a private message or your own name"),
        ("help", nil, "show this and exit"),
        ("version", nil, "show the version and exit"),
    ]

    /// Takes the process's command line apart.
    ///
    /// - Throws: what is wrong with it.
    init() throws(UsageError) {
        var flags: [(name: String, value: String)] = []
        var operands: [String] = []
        var configurationFile: String?
        var user: String?
        var rings = true
        let names = Self.options.map(\.name) + ["help"]
        var words = CommandWords(Self.options.map { "--\($0.name)\($0.value == nil ? "" : "=")" } + ["-h"])
        while let word = try words.next() {
            switch word {
            case .operand(let bytes): operands.append(try String(operand: bytes))
            case .option(let index, let value):
                switch names[index] {
                case "help":
                    self = .help
                    return
                case "version":
                    self = .version
                    return
                case "config": configurationFile = value
                case "user": user = value
                case "no-bell": rings = false
                case let name: flags.append((name, value))
                }
            }
        }
        guard operands.count <= 2 else { throw UsageError("there are HOST and PORT, not \(operands.count) operands") }
        for (name, operand) in zip(["host", "port"], operands) {
            if let flag = flags.last(where: { $0.name == name }), flag.value != operand {
                throw UsageError("\(name.uppercased()) and --\(name) differ")
            }
            flags.append((name, operand))
        }
        self = .chat(flags: flags, configurationFile: configurationFile, name: user, rings: rings)
    }

    static var helpText: String {
        var text = """
            Usage: ttweetchat [HOST [PORT]] [OPTION]...
            Chats with everybody at a ttweet server: what is typed is said to all, /help tells the commands.


            """
        func line(_ flag: String, _ help: String) {
            text += "  " + flag + String(repeating: " ", count: max(1, 17 - flag.count)) + help + "\n"
        }
        for (name, value, help) in options { line("--\(name)" + (value.map { " " + $0 } ?? ""), help) }
        text += """

            A value comes from its option, else the environment (TTWEET_HOST, TTWEET_PORT, TTWEET_CONFIG), else the
            configuration file, else the default in parentheses. An account's password comes from TTWEET_PASSWORD or is
            asked for. Without a terminal, standard input is what is typed and standard output what is shown, line by
            line; --user is needed then.

            Exit codes:

            """
        for code in ChatExit.allCases { line("\(code.rawValue)", "\(code.meaning)") }
        return text
    }
}
