// optarg, optind and optopt are variables of the C library: one thread reads them here.
@preconcurrency import CSystem

/// An option that a program knows; one meaning may have several.
public struct KnownOption<Meaning: Sendable>: Sendable {
    let meaning: Meaning
    /// As it stands on a command line: `-n` or `--json`.
    let spelling: String
    let takesValue: Bool

    public init(_ meaning: Meaning, spelling: String, takesValue: Bool = false) {
        self.meaning = meaning
        self.spelling = spelling
        self.takesValue = takesValue
    }

    /// Without its dashes; nil for one that is a letter.
    fileprivate var name: Substring? { spelling.hasPrefix("--") ? spelling.dropFirst(2) : nil }

    fileprivate var letter: UInt8? { spelling.utf8.count == 2 ? spelling.utf8.last : nil }
}

/// What is wrong with a command line.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A command line, taken apart by getopt_long(3): options stand anywhere among the operands, `--` ends them.
///
/// The C library has one state for all of them: a process reads one at a time.
public struct CommandWords<Meaning: Sendable>: ~Copyable {
    public enum Word {
        /// The value is empty where the option takes none.
        case option(Meaning, value: String)
        /// As it was given, which may be no valid UTF-8.
        case operand([UInt8])
    }

    /// The meaning of the first long option for the C library, beyond all letters.
    private static var firstLong: CInt { 256 }

    private let known: [KnownOption<Meaning>]
    private let count: CInt
    private let words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let letters: UnsafeMutablePointer<CChar>
    private let names: [CSystem.option]
    /// The next word behind a `--`; nil before there was one.
    private var operand: CInt?

    /// - Parameters:
    ///   - count: of the words, the program's own name among them; as `main` is given it.
    ///   - words: outlive this.
    public init(
        _ known: [KnownOption<Meaning>], count: CInt = CommandLine.argc,
        words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = CommandLine.unsafeArgv
    ) {
        self.known = known
        self.count = count
        self.words = words
        // A `-` in front gives operands in their place, with the meaning 1, whatever POSIXLY_CORRECT says; the colon
        // keeps getopt_long from printing, and has it tell a value that is missing.
        var letters = "-:"
        var names: [CSystem.option] = []
        for (index, one) in known.enumerated() {
            if one.letter != nil { letters += one.spelling.dropFirst() + (one.takesValue ? ":" : "") }
            guard let name = one.name else { continue }
            names.append(
                CSystem.option(
                    name: strdup(String(name)), has_arg: one.takesValue ? required_argument : no_argument, flag: nil,
                    val: Self.firstLong + CInt(index)))
        }
        // The list ends with one that is all zero.
        names.append(CSystem.option())
        self.letters = strdup(letters)
        self.names = names
        csystem_restart_options()
    }

    deinit {
        free(letters)
        for name in names { free(UnsafeMutablePointer(mutating: name.name)) }
    }

    /// The next option or operand; nil at the end.
    public mutating func next() throws(UsageError) -> Word? {
        if operand == nil {
            switch getopt_long(count, words, letters, names, nil) {
            case -1: operand = optind
            case 1: return .operand(Self.bytes(optarg))
            case CInt(UInt8(ascii: ":")): throw UsageError("\(wrongWord) needs a value")
            case let value:
                guard let found = known(as: value) else {
                    let takesNone = known(as: optopt) != nil
                    throw UsageError(takesNone ? "\(wrongWord) takes no value" : "there is no option \(wrongWord)")
                }
                return .option(found.meaning, value: try Self.text(optarg))
            }
        }
        guard let index = operand, index < count else { return nil }
        operand = index + 1
        return .operand(Self.bytes(words[Int(index)]))
    }

    private func known(as value: CInt) -> KnownOption<Meaning>? {
        if value >= Self.firstLong {
            let index = Int(value - Self.firstLong)
            return known.indices.contains(index) ? known[index] : nil
        }
        return known.first { $0.letter.map { CInt($0) } == value }
    }

    /// What getopt_long has stumbled over, as it was written.
    private var wrongWord: String {
        if let letter = UInt8(exactly: optopt), letter > 0 { return "-\(Unicode.Scalar(letter))" }
        return String(decoding: Self.bytes(words[Int(max(0, optind - 1))]), as: UTF8.self)
    }

    private static func text(_ value: UnsafeMutablePointer<CChar>?) throws(UsageError) -> String {
        guard let value else { return "" }
        guard let text = String(validatingCString: value) else {
            throw UsageError("the value of an option is not valid UTF-8")
        }
        return text
    }

    /// A word's bytes as they are: `CommandLine.arguments` would repair them.
    private static func bytes(_ word: UnsafeMutablePointer<CChar>?) -> [UInt8] {
        guard let word else { return [] }
        return Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
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
