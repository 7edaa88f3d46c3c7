import TweetClient
import TweetSystem

/// A command line taken apart, options and operands in any order.
enum Arguments {
    case help
    case version
    case run(Invocation)

    private enum Option: Sendable {
        case invocation(Invocation.Option)
        case help, version
    }

    private static var options: [KnownOption<Option>] {
        Invocation.Option.allCases.map {
            KnownOption(.invocation($0), spelling: $0.spelling, takesValue: $0.takesValue)
        } + [
            KnownOption(.help, spelling: "-h"), KnownOption(.help, spelling: "--help"),
            KnownOption(.version, spelling: "--version"),
        ]
    }

    /// Takes the process's command line apart, and checks it.
    init() throws(ClientError) {
        var options: [(option: Invocation.Option, value: String)] = []
        var operands: [[UInt8]] = []
        var words = CommandWords(Self.options)
        do throws(UsageError) {
            while let word = try words.next() {
                switch word {
                case .operand(let bytes): operands.append(bytes)
                case .option(.invocation(let option), let value): options.append((option, value))
                case .option(.help, _):
                    self = .help
                    return
                case .option(.version, _):
                    self = .version
                    return
                }
            }
        } catch {
            throw ClientError(.usage, error.description)
        }
        self = .run(try Invocation(options: options, operands: operands))
    }
}
