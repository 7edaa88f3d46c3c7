import CSystem
import Testing
import TweetSystem

/// How a command line is taken apart; the programs' own tests tell what they make of it.
///
/// The C library has one state for all: nothing else in this process may read one meanwhile.
@Suite(.serialized)
struct CommandWordsTests {
    private static let meanings = ["quiet", "number", "json", "time"]
    private static let known = ["-q", "-n=", "--json", "--time-out="]

    /// What comes word by word: `option=value`, `operand`, and what is wrong, which is the end.
    private func read(_ words: [[UInt8]]) -> [String] {
        var vector = ([Array("program".utf8)] + words).map { word -> UnsafeMutablePointer<CChar>? in
            (word + [0]).withUnsafeBytes { $0.bindMemory(to: CChar.self).baseAddress.flatMap { strdup($0) } }
        }
        vector.append(nil)
        defer { vector.forEach { free($0) } }
        return vector.withUnsafeMutableBufferPointer { vector in
            guard let first = vector.baseAddress else { return [] }
            var reading = CommandWords(Self.known, count: CInt(vector.count - 1), words: first)
            var found: [String] = []
            do throws(UsageError) {
                while let word = try reading.next() {
                    switch word {
                    case .option(let index, let value): found.append("\(Self.meanings[index])=\(value)")
                    case .operand(let bytes): found.append(try String(operand: bytes))
                    }
                }
            } catch {
                found.append("! \(error)")
            }
            return found
        }
    }

    @Test(arguments: [
        ([], []),
        (["a", "-q", "b", "--json", "c"], ["a", "quiet=", "b", "json=", "c"]),
        (["-qn5"], ["quiet=", "number=5"]),
        (["-n", "5", "--time-out", "1", "--time-out=2"], ["number=5", "time=1", "time=2"]),
        // As far as it is the only one that begins so.
        (["--time", "1"], ["time=1"]),
        (["-q", "--", "-q", "--json", "--"], ["quiet=", "-q", "--json", "--"]),
        (["--"], []),
        (["-", "", "-n", ""], ["-", "", "number="]),
        (["-n", "--json"], ["number=--json"]),
    ])
    func wordsComeInTheirOrder(words: [String], found: [String]) {
        #expect(read(words.map { Array($0.utf8) }) == found)
    }

    @Test(arguments: [
        ("--colour", "there is no option --colour"), ("--colour=red", "there is no option --colour=red"),
        ("-x", "there is no option -x"), ("-qx", "there is no option -x"), ("-é", "there is no option -é"),
        ("-n", "-n needs a value"),
        ("--time-out", "--time-out needs a value"), ("--json=1", "--json=1 takes no value"),
    ])
    func whatIsWrongIsNamed(word: String, reason: String) {
        #expect(read([Array("a".utf8), Array(word.utf8)]).last == "! " + reason)
    }

    @Test(arguments: [
        ([[0x2D, 0x6E], [0x61, 0xFF]], "the value of an option is not valid UTF-8"),
        ([[0xC3]], "an argument is not valid UTF-8"),
    ])
    func whatIsNoTextIsNotRepaired(words: [[UInt8]], reason: String) {
        #expect(read(words) == ["! " + reason])
    }
}
