import TweetModel
import TweetServer
import TweetSystem

/// What the command line asks for.
enum Command {
    case serve(flags: [(name: String, value: String)], configurationFile: String?)
    case change(AccountCommand, flags: [(name: String, value: String)], configurationFile: String?)
    case help
    case version

    private enum Option: Sendable {
        case setting(Setting)
        case change(AccountCommand.Change)
        case configurationFile, help, version
    }

    private static var options: [KnownOption<Option>] {
        Setting.all.map { KnownOption(.setting($0), spelling: "--\($0.name)", takesValue: $0.value != nil) }
            + AccountCommand.Change.allCases.map {
                KnownOption(.change($0), spelling: "--\($0.rawValue)", takesValue: true)
            }
            + [
                KnownOption(.configurationFile, spelling: "--config", takesValue: true),
                KnownOption(.help, spelling: "--help"), KnownOption(.version, spelling: "--version"),
            ]
    }

    /// Takes the process's command line apart.
    ///
    /// - Throws: what is wrong with it.
    init() throws(UsageError) {
        var flags: [(name: String, value: String)] = []
        var operands: [String] = []
        var configurationFile: String?
        var command: AccountCommand?
        var words = CommandWords(Self.options)
        while let word = try words.next() {
            switch word {
            case .operand(let bytes): operands.append(try String(operand: bytes))
            case .option(.setting(let setting), let value):
                flags.append((setting.name, setting.value == nil ? "true" : value))
            case .option(.change(let change), let name):
                guard command == nil else { throw UsageError("one account at a time") }
                command = try AccountCommand(change, name: name)
            case .option(.configurationFile, let path): configurationFile = path
            case .option(.help, _):
                self = .help
                return
            case .option(.version, _):
                self = .version
                return
            }
        }
        guard operands.count <= 1 else { throw UsageError("there is one PORT, not \(operands.count)") }
        if let port = operands.first {
            if let flag = flags.last(where: { $0.name == "port" }), flag.value != port {
                throw UsageError("PORT and --port differ")
            }
            flags.append(("port", port))
        }
        if let command {
            self = .change(command, flags: flags, configurationFile: configurationFile)
        } else {
            self = .serve(flags: flags, configurationFile: configurationFile)
        }
    }

    static var helpText: String {
        var text = """
            Usage: ttweetsrv [PORT] [OPTION]...
            Keeps the last message of its session, hashtags indexed, and reports to a log.


            """
        func line(_ flag: String, _ help: String) {
            text += "  " + flag + String(repeating: " ", count: max(1, 23 - flag.count)) + help + "\n"
        }
        for setting in Setting.all {
            line("--\(setting.name)" + (setting.value.map { " " + $0 } ?? ""), setting.help)
        }
        line("--config FILE", "read key = value lines; the keys are the options above")
        for change in AccountCommand.Change.allCases { line("--\(change.rawValue) NAME", change.help) }
        line("--help", "show this and exit")
        line("--version", "show the version and exit")
        text += """

            A value comes from its option, else the environment (TTWEET_PORT, TTWEET_LOG_MAX, ...), else the
            configuration file, else the default in parentheses. SIGTERM stops, SIGHUP reopens the log.

            Exit codes:

            """
        for code in ExitCode.allCases { line("\(code.rawValue)", code.meaning) }
        return text
    }
}
