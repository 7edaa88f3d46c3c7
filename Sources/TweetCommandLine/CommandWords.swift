import CProgram
import CSystem

/// A mistake on a command line.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A command line, taken apart word by word: options stand anywhere among the operands, `--` ends them.
///
/// A word is an option or an operand, and nothing in between: a long option is written out, a short one stands alone, so
/// that no message is ever taken for options. A value is the next word, or stands behind the `=` of a long option.
/// getopt_long(3) cannot be told any of this.
public struct CommandWords {
    public enum Word {
        /// One of the known ones, by its place; the value is empty where it takes none.
        case option(Int, value: String)
        /// One that takes the rest of the line, as it was given; at least one word.
        case rest(Int, [[UInt8]])
        /// As it was given, which may be no valid UTF-8.
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

    /// Takes the process's own command line, as C's `main` was given it.
    ///
    /// - Parameters:
    ///   - known: the options as they stand on a command line, `-q` or `--json`; with a `=` behind one
    ///     that takes a value, `-n=`, and `...` behind one that takes all words to the end of the line, `--exec...`.
    ///   - advice: appended to the error about an option that is unknown or has a value that it does not take.
    public init(_ known: [String], advice: String = "") {
        // Without them the program would do what it does without arguments, which nobody asked for.
        guard let words = cprogram_arguments() else { fatalError("the C library tells no arguments") }
        self.init(known, advice: advice, count: Int(cprogram_argument_count()), words: words)
    }

    /// - Parameters:
    ///   - count: of the words, the program's own name among them.
    ///   - words: outlive this.
    init(_ known: [String], advice: String = "", count: Int, words: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
        self.known = known
        self.advice = advice
        self.count = count
        self.words = words
    }

    /// The information that is asked for by `--help`, `-h` or `--version` as the only word; with any other word they
    /// mean nothing.
    public var information: Information? {
        count == 2 ? words[1].flatMap { Information($0) } : nil
    }

    /// The next option or operand; nil at the end.
    public mutating func next() throws(UsageError) -> Word? {
        guard place < count, let word = words[place] else { return nil }
        place += 1
        // A lone dash is standard input to most programs.
        if hasOperandsOnly || word[0] != CChar(UInt8(ascii: "-")) || word[1] == 0 { return .operand(Self.bytes(word)) }
        if strcmp(word, "--") == 0 {
            hasOperandsOnly = true
            return try next()
        }
        if Information(word) != nil {
            throw UsageError("\(Self.shown(word)) works only alone\(advice)")
        }
        for index in known.indices {
            if let found = try match(word, index) { return found }
        }
        throw UsageError("there is no option \(Self.shown(word))\(advice)")
    }

    /// The word as the option with an index; nil where it is another one.
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
        // Whoever has left the value out means the next word for an option.
        if value[0] == CChar(UInt8(ascii: "-")), value[1] != 0 {
            let isLong = option[1] == CChar(UInt8(ascii: "-"))
            let advice = isLong ? "; a value that begins so is written \(Self.shown(option))=\(Self.shown(value))" : ""
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

    /// A word's bytes as they are: `CommandLine.arguments` would repair them.
    private static func bytes(_ word: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
    }

    /// A word for an error message.
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
