// optarg, optind and optopt are variables of the C library: one thread reads them here.
@preconcurrency import CSystem

/// What is wrong with a command line.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// A command line, taken apart by getopt_long(3): options stand anywhere among the operands, `--` ends them.
///
/// The C library has one state for all of them: a process reads one at a time. Options are told by their places, and
/// what they are by a string each: every generic type costs a one-shot run some microseconds for the runtime to make it.
public struct CommandWords: ~Copyable {
    public enum Word {
        /// One of the known ones, by its place; the value is empty where it takes none.
        case option(Int, value: String)
        /// As it was given, which may be no valid UTF-8.
        case operand([UInt8])
    }

    /// The meaning of the first option with a name for the C library, beyond all letters.
    private static var firstNamed: CInt { 256 }

    private let count: CInt
    private let words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// Which place each letter has; -1 is none.
    private let places: UnsafeMutablePointer<CInt>
    private let letters: UnsafeMutablePointer<CChar>
    /// Those with a name, up to one that is all zero.
    private let named: UnsafeMutablePointer<option>
    /// The next word behind a `--`; nil before there was one.
    private var operand: CInt?

    /// - Parameters:
    ///   - known: the options as they stand on a command line, `-q` or `--json`, with a `=` behind one that takes a
    ///     value: `-n=`, `--time-out=`.
    ///   - count: of the words, the program's own name among them; as `main` is given it.
    ///   - words: outlive this.
    public init(
        _ known: [String], count: CInt = CommandLine.argc,
        words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = CommandLine.unsafeArgv
    ) {
        self.count = count
        self.words = words
        places = .allocate(capacity: Int(Self.firstNamed))
        places.initialize(repeating: -1, count: Int(Self.firstNamed))
        letters = .allocate(capacity: 2 * known.count + 3)
        named = .allocate(capacity: known.count + 1)
        // A `-` in front gives operands in their place, with the meaning 1, whatever POSIXLY_CORRECT says; the colon
        // keeps getopt_long from printing, and has it tell a value that is missing.
        letters[0] = CChar(UInt8(ascii: "-"))
        letters[1] = CChar(UInt8(ascii: ":"))
        var lettersCount = 2
        var namedCount = 0
        for index in known.indices {
            guard let spelling = strdup(known[index]) else { fatalError("no memory for a command line") }
            let length = strlen(spelling)
            let takesValue = spelling[length - 1] == UInt8(ascii: "=")
            if takesValue { spelling[length - 1] = 0 }
            if spelling[1] != UInt8(ascii: "-") {
                places[Int(spelling[1])] = CInt(index)
                letters[lettersCount] = spelling[1]
                letters[lettersCount + 1] = CChar(UInt8(ascii: ":"))
                lettersCount += takesValue ? 2 : 1
                free(spelling)
            } else {
                named[namedCount] = option(
                    name: spelling + 2, has_arg: takesValue ? required_argument : no_argument, flag: nil,
                    val: Self.firstNamed + CInt(index))
                namedCount += 1
            }
        }
        letters[lettersCount] = 0
        named[namedCount] = option()
        csystem_restart_options()
    }

    deinit {
        var next = named
        while let name = next.pointee.name {
            free(UnsafeMutablePointer(mutating: name) - 2)
            next += 1
        }
        named.deallocate()
        letters.deallocate()
        places.deallocate()
    }

    /// The next option or operand; nil at the end.
    public mutating func next() throws(UsageError) -> Word? {
        if operand == nil {
            // Before the first call it is 0, and the first word is the program's name.
            let current = max(1, optind)
            switch getopt_long(count, words, letters, named, nil) {
            case -1: operand = optind
            case 1: return .operand(Self.bytes(optarg))
            case CInt(UInt8(ascii: ":")): throw UsageError("\(wrongWord(at: current)) needs a value")
            case let value:
                guard let index = place(of: value) else {
                    let word = wrongWord(at: current)
                    throw UsageError(
                        place(of: optopt) != nil ? "\(word) takes no value" : "there is no option \(word)")
                }
                return .option(index, value: try Self.text(optarg))
            }
        }
        guard let index = operand, index < count else { return nil }
        operand = index + 1
        return .operand(Self.bytes(words[Int(index)]))
    }

    private func place(of meaning: CInt) -> Int? {
        if meaning >= Self.firstNamed { return Int(meaning - Self.firstNamed) }
        return meaning > 0 && places[Int(meaning)] >= 0 ? Int(places[Int(meaning)]) : nil
    }

    /// What getopt_long has stumbled over, as it was written.
    private func wrongWord(at current: CInt) -> String {
        if let letter = UInt8(exactly: optopt), letter > 0 { return "-\(Unicode.Scalar(letter))" }
        return String(decoding: Self.bytes(words[Int(min(current, count - 1))]), as: UTF8.self)
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
