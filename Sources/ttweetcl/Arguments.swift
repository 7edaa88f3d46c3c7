import TweetClient
import TweetCommandLine

/// A parsed command line, with options and operands in any order.
enum Arguments {
    case help
    case version
    case run(Invocation)

    /// Parses and validates the process's command line.
    init() throws(ClientError) {
        var options: [(option: Invocation.Option, value: String)] = []
        var operands: [[UInt8]] = []
        var command: [[UInt8]] = []
        let known = Invocation.Option.allCases
        var words = CommandWords(
            known.map { $0.spelling + ($0.takesRest ? "..." : $0.value != nil ? "=" : "") },
            advice: ClientError.messageAdvice)
        switch words.information {
        case .help:
            self = .help
            return
        case .version:
            self = .version
            return
        case nil: break
        }
        do throws(UsageError) {
            while let word = try words.next() {
                switch word {
                case .operand(let bytes): operands.append(bytes)
                case .option(let index, let value): options.append((known[index], value))
                case .rest(let index, let rest):
                    options.append((known[index], ""))
                    command = rest
                }
            }
        } catch {
            throw ClientError(.usage, error.description)
        }
        self = .run(
            try Invocation(options: options, operands: operands, command: command, sources: .process))
    }
}
