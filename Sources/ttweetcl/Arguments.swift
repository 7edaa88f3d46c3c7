import TweetClient
import TweetSystem

/// A command line taken apart, options and operands in any order.
enum Arguments {
    case help
    case version
    case run(Invocation)

    /// Takes the process's command line apart, and checks it.
    init() throws(ClientError) {
        var options: [(option: Invocation.Option, value: String)] = []
        var operands: [[UInt8]] = []
        let known = Invocation.Option.allCases
        var spellings = known.map { $0.takesValue ? $0.spelling + "=" : $0.spelling }
        spellings += ["--version", "-h", "--help"]
        var words = CommandWords(spellings)
        do throws(UsageError) {
            while let word = try words.next() {
                switch word {
                case .operand(let bytes): operands.append(bytes)
                case .option(let index, let value) where index < known.count: options.append((known[index], value))
                case .option(let index, _):
                    self = spellings[index] == "--version" ? .version : .help
                    return
                }
            }
        } catch {
            throw ClientError(.usage, error.description)
        }
        self = .run(try Invocation(options: options, operands: operands))
    }
}
