// optarg and optind are variables of the C library: one thread reads them here.
@preconcurrency import CSystem
import TweetModel
import TweetServer

/// What the command line asks for.
enum Command {
    case serve(flags: [(name: String, value: String)], configurationFile: String?)
    case change(AccountCommand, flags: [(name: String, value: String)], configurationFile: String?)
    case help
    case version

    /// Reads the command line with getopt_long(3): options stand anywhere, `--` ends them.
    ///
    /// - Throws: what is wrong with it.
    init(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws(UsageError) {
        // Every option is known by its place in this list.
        let changes = AccountCommand.Change.allCases
        let names = Setting.all.map(\.name) + changes.map(\.rawValue) + ["config", "help", "version"]
        let takesValue = Setting.all.map { $0.value != nil } + changes.map { _ in true } + [true, false, false]
        let cNames = names.map { strdup($0) }
        defer { cNames.forEach { free($0) } }
        var options = zip(cNames, takesValue).map { name, takesValue in
            option(name: name, has_arg: takesValue ? required_argument : no_argument, flag: nil, val: 0)
        }
        options.append(option())

        var flags: [(name: String, value: String)] = []
        var operands: [String] = []
        var configurationFile: String?
        var command: AccountCommand?
        loop: while true {
            var index: CInt = -1
            // A `-` in front gives operands in their place, with the meaning 1, whatever POSIXLY_CORRECT says; the
            // colon keeps getopt_long from printing, and has it tell a value that is missing.
            switch getopt_long(count, arguments, "-:", options, &index) {
            case -1: break loop
            case 1: operands.append(try Self.text(optarg))
            case 0 where names.indices.contains(Int(index)):
                switch names[Int(index)] {
                case "help":
                    self = .help
                    return
                case "version":
                    self = .version
                    return
                case "config": configurationFile = try Self.text(optarg)
                case let name where AccountCommand.Change(rawValue: name) != nil:
                    guard command == nil else { throw UsageError(description: "one account at a time") }
                    command = try AccountCommand.Change(rawValue: name).map { (change) throws(UsageError) in
                        try AccountCommand(change, name: try Self.text(optarg))
                    }
                case let name: flags.append((name, takesValue[Int(index)] ? try Self.text(optarg) : "true"))
                }
            case CInt(UInt8(ascii: ":")):
                throw UsageError(description: "\(try Self.text(arguments[Int(optind) - 1])) needs a value")
            default:
                // getopt_long knows a wrong letter by itself, and a wrong word by its place.
                let letter = UInt8(exactly: optopt).flatMap { $0 > 0 ? Unicode.Scalar($0) : nil }
                let given = letter == nil ? try Self.text(arguments[Int(optind) - 1]) : ""
                throw UsageError(description: "there is no option " + (letter.map { "-\($0)" } ?? given))
            }
        }
        operands += try (Int(optind)..<Int(count)).map { index throws(UsageError) in try Self.text(arguments[index]) }
        guard operands.count <= 1 else { throw UsageError(description: "there is one PORT, not \(operands.count)") }
        if let port = operands.first {
            if let flag = flags.last(where: { $0.name == "port" }), flag.value != port {
                throw UsageError(description: "PORT and --port differ")
            }
            flags.append(("port", port))
        }
        if let command {
            self = .change(command, flags: flags, configurationFile: configurationFile)
        } else {
            self = .serve(flags: flags, configurationFile: configurationFile)
        }
    }

    private static func text(_ word: UnsafeMutablePointer<CChar>?) throws(UsageError) -> String {
        guard let word, let text = String(validatingCString: word) else {
            throw UsageError(description: "an argument is not valid UTF-8")
        }
        return text
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

struct UsageError: Error, CustomStringConvertible {
    let description: String
}
