import TweetModel
import TweetServer
import TweetSystem
import TweetCommandLine

/// The task that the command line requests.
enum ServerCommand {
    case serve(flags: [(name: String, value: String)], configurationFile: String?)
    case operate(OperatorCommand, flags: [(name: String, value: String)], configurationFile: String?)
    case help
    case version

    private enum Option: Sendable {
        case setting(Setting)
        case change(AccountCommand.Change)
        case copy(BackupCommand.Direction)
        case stats
        case configurationFile
    }

    /// The options, each with its spelling.
    private static var options: [(spelling: String, option: Option)] {
        Setting.all.map { ("--\($0.name)\($0.value == nil ? "" : "=")", .setting($0)) }
            + AccountCommand.Change.allCases.map { ("--\($0.rawValue)=", .change($0)) }
            + BackupCommand.Direction.allCases.map { ("--\($0.rawValue)=", .copy($0)) }
            + [("--\(StatsCommand.name)", .stats), ("--config=", .configurationFile)]
    }

    /// Parses the process's command line.
    ///
    /// - Throws: an error that says what is wrong with it.
    init() throws(UsageError) {
        var flags: [(name: String, value: String)] = []
        var operands: [String] = []
        var configurationFile: String?
        var command: OperatorCommand?
        let options = Self.options
        var words = CommandWords(options.map(\.spelling))
        switch words.information {
        case .help:
            self = .help
            return
        case .version:
            self = .version
            return
        case nil: break
        }
        while let word = try words.next() {
            switch word {
            case .operand(let bytes): operands.append(try String(operand: bytes))
            case .rest: preconditionFailure("no option takes the rest of the line")
            case .option(let index, let value):
                switch options[index].option {
                case .setting(let setting): flags.append((setting.name, setting.value == nil ? "true" : value))
                case .change(let change):
                    guard command == nil else { throw UsageError("one command at a time") }
                    command = .account(try AccountCommand(change, name: value))
                case .copy(let direction):
                    guard command == nil else { throw UsageError("one command at a time") }
                    command = .backup(try BackupCommand(direction, file: value))
                case .stats:
                    guard command == nil else { throw UsageError("one command at a time") }
                    command = .stats(StatsCommand())
                case .configurationFile: configurationFile = value
                }
            }
        }
        guard operands.count <= 1 else { throw UsageError("give one PORT, not \(operands.count)") }
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
        var help = HelpText(
            usage: """
                Usage: ttweetsrv [PORT] [OPTION]...
                Keeps the last message of its session, finds older ones by hashtag, and writes
                a report log.

                """)
        for setting in Setting.all {
            help.row("--\(setting.name)" + (setting.value.map { " " + $0 } ?? ""), setting.help, column: 24)
        }
        help.row("--config FILE", "read key = value lines; the keys are the options above", column: 24)
        for change in AccountCommand.Change.allCases { help.row("--\(change.rawValue) NAME", change.help, column: 24) }
        for direction in BackupCommand.Direction.allCases {
            help.row("--\(direction.rawValue) FILE", direction.help, column: 24)
        }
        help.row("--\(StatsCommand.name)", StatsCommand.help, column: 24)
        help.row("-h, --help", "show this help and exit; must be the only argument", column: 24)
        help.row("--version", "show the version and exit; must be the only argument", column: 24)
        help.paragraph(
            """
            Options may stand anywhere before --. A value comes from its option, else the environment (TTWEET_PORT, \
            TTWEET_LOG_MAX, ...), else the configuration file, else the default in parentheses. SIGTERM stops the \
            server, SIGHUP reopens the log.
            """)
        help.paragraph("Exit codes:")
        for code in ServerExitCode.allCases { help.row(String(code.rawValue), code.meaning, column: 6) }
        return help.text
    }
}
