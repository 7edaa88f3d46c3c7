import CProgram
import CSystem

/// A mistake on a command line.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A parser of a command line, word by word: options may be anywhere among the operands, and `--` ends them.
///
/// Every word is either an option or an operand: long options are not abbreviated and short ones not combined, so that
/// no message is ever taken for options. A value is the next word, or follows the `=` of a long option. getopt_long(3)
/// cannot be configured this way.
public struct CommandWords {
    public enum Word {
        /// A known option, by its index; the value is empty if the option takes none.
        case option(Int, value: String)
        /// An option that takes the rest of the line unchanged, at least one word.
        case rest(Int, [[UInt8]])
        /// An operand, unchanged; it may be invalid UTF-8.
        case operand([UInt8])
    }

    /// A request for information about the program.
    public enum Information: Sendable {
        case help, version

        fileprivate init?(_ word: UnsafePointer<CChar>) {
            if strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 {
                self = .help
            } else if strcmp(word, "--version") == 0 {
                self = .version
            } else {
                return nil
            }
        }
    }

    private let known: [String]
    private let advice: String
    private let count: Int
    private let words: UnsafePointer<UnsafeMutablePointer<CChar>?>
    private var place = 1
    private var hasOperandsOnly = false

    /// Parses the process's own command line, as C's `main` receives it.
    ///
    /// - Parameters:
    ///   - known: the options as they are typed, `-q` or `--json`; one that takes a value ends with `=`, as in `-n=`,
    ///     and one that takes all words to the end of the line ends with `...`, as in `--exec...`.
    ///   - advice: appended to the error about an unknown option, or about a value for an option that takes none.
    public init(_ known: [String], advice: String = "") {
        // Without them the program would run as if it had no arguments.
        guard let words = cprogram_arguments() else { fatalError("the C library tells no arguments") }
        self.init(known, advice: advice, count: Int(cprogram_argument_count()), words: words)
    }

    /// - Parameters:
    ///   - count: the number of words, including the program's name.
    ///   - words: must outlive this value.
    init(_ known: [String], advice: String = "", count: Int, words: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
        self.known = known
        self.advice = advice
        self.count = count
        self.words = words
    }

    /// The information requested by `--help`, `-h` or `--version` as the only word; with other words these have no
    /// special meaning.
    public var information: Information? {
        count == 2 ? words[1].flatMap { Information($0) } : nil
    }

    /// The next option or operand; nil at the end.
    public mutating func next() throws(UsageError) -> Word? {
        guard place < count, let word = words[place] else { return nil }
        place += 1
        // A single dash means standard input to most programs.
        if hasOperandsOnly || word[0] != CChar(UInt8(ascii: "-")) || word[1] == 0 { return .operand(Self.bytes(word)) }
        if strcmp(word, "--") == 0 {
            hasOperandsOnly = true
            return try next()
        }
        if Information(word) != nil {
            throw UsageError("\(Self.shown(word)) must be the only argument\(advice)")
        }
        for index in known.indices {
            if let found = try match(word, index) { return found }
        }
        throw UsageError("there is no option \(Self.shown(word))\(advice)")
    }

    /// The word as the option with an index; nil if it is another option.
    private mutating func match(_ word: UnsafePointer<CChar>, _ index: Int) throws(UsageError) -> Word? {
        let spelling = known[index]
        let takesRest = spelling.utf8.last == UInt8(ascii: ".")
        let takesValue = takesRest || spelling.utf8.last == UInt8(ascii: "=")
        let length = spelling.utf8.count - (takesRest ? 3 : takesValue ? 1 : 0)
        guard strncmp(word, spelling, length) == 0 else { return nil }
        let hasValue = word[length] == CChar(UInt8(ascii: "=")) && word[1] == CChar(UInt8(ascii: "-"))
        guard hasValue || word[length] == 0 else { return nil }
        guard takesValue else {
            if hasValue { throw UsageError("\(Self.shown(word)) takes no value\(advice)") }
            return .option(index, value: "")
        }
        if takesRest {
            var rest = hasValue ? [Self.bytes(word + length + 1)] : []
            while place < count, let next = words[place] {
                rest.append(Self.bytes(next))
                place += 1
            }
            if rest.isEmpty { throw UsageError("\(Self.shown(word)) needs a value\(advice)") }
            return .rest(index, rest)
        }
        return .option(index, value: try Self.text(hasValue ? word + length + 1 : try value(of: word)))
    }

    /// The next word, which is the value of an option.
    private mutating func value(of option: UnsafePointer<CChar>) throws(UsageError) -> UnsafePointer<CChar> {
        guard place < count, let value = words[place] else {
            throw UsageError("\(Self.shown(option)) needs a value\(advice)")
        }
        // If the next word looks like an option, the value was probably forgotten.
        if value[0] == CChar(UInt8(ascii: "-")), value[1] != 0 {
            let isLong = option[1] == CChar(UInt8(ascii: "-"))
            let advice = isLong ? "; write such a value as \(Self.shown(option))=\(Self.shown(value))" : ""
            throw UsageError(
                "\(Self.shown(option)) needs a value, and \(Self.shown(value)) looks like an option\(advice)")
        }
        place += 1
        return UnsafePointer(value)
    }

    private static func text(_ value: UnsafePointer<CChar>) throws(UsageError) -> String {
        guard let text = String(validatingCString: value) else {
            throw UsageError("the value of an option is not valid UTF-8")
        }
        return text
    }

    /// A word's raw bytes: `CommandLine.arguments` would repair invalid UTF-8.
    private static func bytes(_ word: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
    }

    /// A word as shown in an error message.
    private static func shown(_ word: UnsafePointer<CChar>) -> String {
        String(cString: word)
    }
}

extension String {
    /// An operand as text.
    public init(operand: [UInt8]) throws(UsageError) {
        guard let text = String(validating: operand, as: UTF8.self) else {
            throw UsageError("an argument is not valid UTF-8")
        }
        self = text
    }
}
