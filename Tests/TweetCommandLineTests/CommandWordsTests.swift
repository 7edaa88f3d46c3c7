import CSystem
import Testing

@testable import TweetCommandLine

/// The splitting of a command line into words; the tests of each program cover the words' meaning.
struct CommandWordsTests {
    private static let meanings = ["quiet", "number", "json", "time", "run", "times"]
    private static let known = ["-q", "-n=", "--json", "--time-out=", "--run...", "--time-outs"]

    /// Reads words one by one: `option=value`, `operand`, and the error at the end, if there is one.
    private func read(_ words: [[UInt8]]) -> [String] {
        withReading(words) { reading in
            var found: [String] = []
            do throws(UsageError) {
                while let word = try reading.next() {
                    switch word {
                    case .option(let index, let value): found.append("\(Self.meanings[index])=\(value)")
                    case .rest(let index, let rest):
                        let words = rest.map { String(decoding: $0, as: UTF8.self) }
                        found.append("\(Self.meanings[index])=\(words.joined(separator: "|"))")
                    case .operand(let bytes): found.append(try String(operand: bytes))
                    }
                }
            } catch {
                found.append("! \(error)")
            }
            return found
        }
    }

    private func withReading<Result>(_ words: [[UInt8]], _ body: (inout CommandWords) throws -> Result) rethrows
        -> Result
    {
        var vector = ([Array("program".utf8)] + words).map { word -> UnsafeMutablePointer<CChar>? in
            (word + [0]).withUnsafeBytes { $0.bindMemory(to: CChar.self).baseAddress.flatMap { strdup($0) } }
        }
        vector.append(nil)
        defer { vector.forEach { free($0) } }
        return try vector.withUnsafeBufferPointer { vector in
            guard let first = vector.baseAddress else { preconditionFailure("a vector of at least two") }
            var reading = CommandWords(Self.known, advice: "; mind the --", count: vector.count - 1, words: first)
            return try body(&reading)
        }
    }

    @Test(arguments: [
        ([], []),
        (["a", "-q", "b", "--json", "c"], ["a", "quiet=", "b", "json=", "c"]),
        (["-n", "5", "--time-out", "1", "--time-out=2", "--time-outs"], ["number=5", "time=1", "time=2", "times="]),
        (["--time-out=", "--time-out=-q", "--time-out=a=b"], ["time=", "time=-q", "time=a=b"]),
        (["--time-out", "-", "-n", ""], ["time=-", "number="]),
        (["--run", "a"], ["run=a"]),
        (["x", "--run", "a", "-q", "--", "--json", "", "-h"], ["x", "run=a|-q|--|--json||-h"]),
        (["--run=a", "-q", "b"], ["run=a|-q|b"]), (["--run=", "b"], ["run=|b"]),
        (["--", "--run", "a"], ["--run", "a"]), (["--", "-h"], ["-h"]), (["a", "--", "--help"], ["a", "--help"]),
        (["-q", "--", "-q", "--json", "--"], ["quiet=", "-q", "--json", "--"]),
        (["--"], []),
        (["-", "", "q"], ["-", "", "q"]),
    ])
    func wordsComeInTheirOrder(words: [String], found: [String]) {
        #expect(read(words.map { Array($0.utf8) }) == found)
    }

    @Test(arguments: [
        ("--colour", "there is no option --colour; mind the --"),
        ("--colour=red", "there is no option --colour=red; mind the --"),
        ("-x", "there is no option -x; mind the --"), ("-é", "there is no option -é; mind the --"),
        // An option can be neither abbreviated nor clustered, whatever letter it begins with.
        ("--time", "there is no option --time; mind the --"), ("--j", "there is no option --j; mind the --"),
        ("--jsonx", "there is no option --jsonx; mind the --"), ("--ver", "there is no option --ver; mind the --"),
        ("--time-out-", "there is no option --time-out-; mind the --"),
        ("-json", "there is no option -json; mind the --"),
        ("-qn5", "there is no option -qn5; mind the --"), ("-qq", "there is no option -qq; mind the --"),
        ("-n5", "there is no option -n5; mind the --"), ("-n=5", "there is no option -n=5; mind the --"),
        ("-host down", "there is no option -host down; mind the --"),
        ("- item", "there is no option - item; mind the --"),
        ("-5 degrees", "there is no option -5 degrees; mind the --"), ("---", "there is no option ---; mind the --"),
        ("--help=x", "there is no option --help=x; mind the --"), ("-help", "there is no option -help; mind the --"),
        ("-n", "-n needs a value; mind the --"), ("--run", "--run needs a value; mind the --"),
        ("--time-out", "--time-out needs a value; mind the --"), ("--json=1", "--json=1 takes no value; mind the --"),
        ("--help", "--help must be the only argument; mind the --"),
        ("-h", "-h must be the only argument; mind the --"),
        ("--version", "--version must be the only argument; mind the --"),
    ])
    func whatIsWrongIsNamed(word: String, reason: String) {
        #expect(read([Array("a".utf8), Array(word.utf8)]).last == "! " + reason)
    }

    @Test(arguments: [
        (["-n", "--json"], "-n needs a value, and --json looks like an option"),
        (["-n", "-5"], "-n needs a value, and -5 looks like an option"),
        (
            ["--time-out", "-q"],
            "--time-out needs a value, and -q looks like an option; write such a value as --time-out=-q"
        ),
        (
            ["--time-out", "--"],
            "--time-out needs a value, and -- looks like an option; write such a value as --time-out=--"
        ),
    ])
    func anOptionIsNoValue(words: [String], reason: String) {
        #expect(read(words.map { Array($0.utf8) }) == ["! " + reason])
    }

    @Test(
        arguments: [
            ([], nil), (["--help"], .help), (["-h"], .help), (["--version"], .version), (["--versio"], nil),
            (["-hq"], nil),
            (["--help", "x"], nil), (["x", "-h"], nil), (["--", "-h"], nil), (["-h", "-h"], nil), ([""], nil),
            (["h"], nil),
        ] as [([String], CommandWords.Information?)])
    func informationIsAskedForByTheOnlyWord(words: [String], expected: CommandWords.Information?) {
        #expect(withReading(words.map { Array($0.utf8) }) { $0.information } == expected)
    }

    @Test func theRestOfALineIsNotRepaired() throws {
        let words: [[UInt8]] = [Array("--run".utf8), [0xFF], [0xC3, 0x28]]
        try withReading(words) { reading in
            guard case .rest(4, let rest) = try reading.next() else { throw UsageError("no rest") }
            #expect(rest == [[0xFF], [0xC3, 0x28]])
            #expect(try reading.next() == nil)
        }
    }

    @Test func aProcessWithoutEvenANameHasNoWords() throws {
        let words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: 1)
        words.initialize(to: nil)
        defer { words.deallocate() }
        var reading = CommandWords(Self.known, count: 0, words: words)
        #expect(try reading.next() == nil)
        #expect(reading.information == nil)
    }

    @Test(arguments: [
        ([[0x2D, 0x6E], [0x61, 0xFF]], "the value of an option is not valid UTF-8"),
        ([[0xC3]], "an argument is not valid UTF-8"),
    ])
    func whatIsNoTextIsNotRepaired(words: [[UInt8]], reason: String) {
        #expect(read(words) == ["! " + reason])
    }
}
