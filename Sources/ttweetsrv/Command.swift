import TweetModel
import TweetServer
import TweetSystem

/// What the command line asks for.
enum Command {
    case serve(flags: [(name: String, value: String)], configurationFile: String?)
    case operate(OperatorCommand, flags: [(name: String, value: String)], configurationFile: String?)
    case help
    case version

    private enum Option: Sendable {
        case setting(Setting)
        case change(AccountCommand.Change)
        case copy(BackupCommand.Direction)
        case configurationFile, help, version
    }

    /// The options: how they are spelled and what they are.
    private static var options: [(spelling: String, option: Option)] {
        Setting.all.map { ("--\($0.name)\($0.value == nil ? "" : "=")", .setting($0)) }
            + AccountCommand.Change.allCases.map { ("--\($0.rawValue)=", .change($0)) }
            + BackupCommand.Direction.allCases.map { ("--\($0.rawValue)=", .copy($0)) }
            + [("--config=", .configurationFile), ("-h", .help), ("--help", .help), ("--version", .version)]
    }

    /// Takes the process's command line apart.
    ///
    /// - Throws: what is wrong with it.
    init() throws(UsageError) {
        var flags: [(name: String, value: String)] = []
        var operands: [String] = []
        var configurationFile: String?
        var command: OperatorCommand?
        let options = Self.options
        var words = CommandWords(options.map(\.spelling))
        while let word = try words.next() {
            switch word {
            case .operand(let bytes): operands.append(try String(operand: bytes))
            case .option(let index, let value):
                switch options[index].option {
                case .setting(let setting): flags.append((setting.name, setting.value == nil ? "true" : value))
                case .change(let change):
                    guard command == nil else { throw UsageError("one command at a time") }
                    command = .account(try AccountCommand(change, name: value))
                case .copy(let direction):
                    guard command == nil else { throw UsageError("one command at a time") }
                    command = .backup(try BackupCommand(direction, file: value))
                case .configurationFile: configurationFile = value
                case .help:
                    self = .help
                    return
                case .version:
                    self = .version
                    return
                }
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
            self = .operate(command, flags: flags, configurationFile: configurationFile)
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
        for direction in BackupCommand.Direction.allCases { line("--\(direction.rawValue) FILE", direction.help) }
        line("-h, --help", "show this and exit")
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
