// optarg and optind are variables of the C library: one thread reads them here.
@preconcurrency import CSystem
import TweetChat

/// What the command line asks for.
enum Command {
    case chat(flags: [(name: String, value: String)], configurationFile: String?, name: String?)
    case help
    case version

    /// The options, in the order of the help; those with a value say what it is.
    private static let options: [(name: String, value: String?, help: String)] = [
        ("host", "HOST", "the same as HOST (127.0.0.1)"),
        ("port", "PORT", "the same as PORT: 1 to 65535 (65432)"),
        ("user", "NAME", "who is chatting; asked for on a terminal"),
        ("config", "FILE", "read host and port from key = value lines, as the server does"),
        ("help", nil, "show this and exit"),
        ("version", nil, "show the version and exit"),
    ]

    /// Reads the command line with getopt_long(3): options stand anywhere, `--` ends them.
    ///
    /// - Throws: what is wrong with it.
    init(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws(StartFailure) {
        // Every option is known by its place in the list.
        let names = Self.options.map { strdup($0.name) }
        defer { names.forEach { free($0) } }
        var list = zip(names, Self.options).map { name, known in
            option(name: name, has_arg: known.value == nil ? no_argument : required_argument, flag: nil, val: 0)
        }
        // The list ends with one that is all zero.
        list.append(option())

        var flags: [(name: String, value: String)] = []
        var operands: [String] = []
        var configurationFile: String?
        var user: String?
        loop: while true {
            var index: CInt = -1
            // A `-` in front gives operands in their place, with the meaning 1, whatever POSIXLY_CORRECT says; the
            // colon keeps getopt_long from printing, and has it tell a value that is missing.
            switch getopt_long(count, arguments, "-:h", list, &index) {
            case -1: break loop
            case 1: operands.append(try Self.text(optarg))
            case CInt(UInt8(ascii: "h")):
                self = .help
                return
            case 0 where Self.options.indices.contains(Int(index)):
                switch Self.options[Int(index)].name {
                case "help":
                    self = .help
                    return
                case "version":
                    self = .version
                    return
                case "config": configurationFile = try Self.text(optarg)
                case "user": user = try Self.text(optarg)
                case let name: flags.append((name, try Self.text(optarg)))
                }
            case CInt(UInt8(ascii: ":")):
                throw Self.usage("\(try Self.text(arguments[Int(optind) - 1])) needs a value")
            default:
                // getopt_long knows a wrong letter by itself, and a wrong word by its place.
                let letter = UInt8(exactly: optopt).flatMap { $0 > 0 ? Unicode.Scalar($0) : nil }
                let given = letter == nil ? try Self.text(arguments[Int(optind) - 1]) : ""
                throw Self.usage("there is no option " + (letter.map { "-\($0)" } ?? given))
            }
        }
        for index in Int(optind)..<Int(count) { operands.append(try Self.text(arguments[index])) }
        guard operands.count <= 2 else { throw Self.usage("there are HOST and PORT, not \(operands.count) operands") }
        for (name, operand) in zip(["host", "port"], operands) {
            if let flag = flags.last(where: { $0.name == name }), flag.value != operand {
                throw Self.usage("\(name.uppercased()) and --\(name) differ")
            }
            flags.append((name, operand))
        }
        self = .chat(flags: flags, configurationFile: configurationFile, name: user)
    }

    private static func usage(_ text: String) -> StartFailure { StartFailure(exit: .usage, text: text) }

    private static func text(_ word: UnsafeMutablePointer<CChar>?) throws(StartFailure) -> String {
        guard let word, let text = String(validatingCString: word) else {
            throw usage("an argument is not valid UTF-8")
        }
        return text
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
