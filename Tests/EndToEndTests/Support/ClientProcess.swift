import Foundation
import TestSupport

/// A ttweetcl that runs while the test goes on; its output is read line by line.
final class ClientProcess: Sendable {
    let process: ChildProcess

    /// Starts `ttweetcl -d 127.0.0.1 PORT …`.
    ///
    /// - Parameter output: a descriptor that it gets for standard output instead of a pipe; not closed here.
    init(
        _ arguments: [String], port: UInt16, environment: [String: String] = [:], in directory: TemporaryDirectory,
        output: CInt? = nil
    ) throws {
        let words = [Program.client.path, "-d", "127.0.0.1", String(port)] + arguments
        process = try ChildProcess(
            words.map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path, adding: environment), directory: directory.path,
            outputs: (output, nil))
        process.endInput()
    }

    /// All that it has printed.
    var output: String { String(decoding: process.standardOutput.access { $0.bytes }, as: UTF8.self) }
    var errors: String { String(decoding: process.standardError.access { $0.bytes }, as: UTF8.self) }

    /// Waits until so many whole lines have been printed, and gives them.
    func awaitLines(_ count: Int) throws -> [String] {
        let found = process.standardOutput.wait { output -> [String]? in
            let lines = String(decoding: output.bytes, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            // What follows the last line feed is no line yet.
            return lines.count > count ? lines.prefix(count).map(String.init) : nil
        }
        guard let found else { throw HarnessError("no \(count) lines: \(output.suffix(2000)) \(errors)") }
        return found
    }

    /// Waits until standard error has so many lines with a text.
    func awaitErrors(_ text: String, count: Int = 1) throws {
        let found = process.standardError.wait { output -> Bool? in
            let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n")
            return lines.count { $0.contains(text) } >= count ? true : nil
        }
        if found == nil { throw HarnessError("\(text) is not said: \(errors)") }
    }

    /// Uploads `knock 1`, `knock 2`, … until the client prints something: from that one on it follows.
    ///
    /// - Parameter tag: what each of them ends with.
    /// - Returns: the last one's number.
    func knock(at server: ServerProcess, tag: String = "") throws -> Int {
        let client = try server.connect()
        for number in 1...2000 {
            guard try client.request("[\"u\",\"knock \(number)\(tag)\"]")?.hasPrefix(#"["ok""#) == true else { break }
            // Of a client that has ended, all that it printed is waited for: its output may still be on the way.
            let hasEnded = process.hasEnded
            let isHeard = process.standardOutput.wait(seconds: hasEnded ? Patience.seconds : 0.05) { output in
                output.bytes.isEmpty ? (output.isAtEnd ? false : nil) : true
            }
            if isHeard == true { return number }
            if hasEnded { break }
        }
        throw HarnessError("nobody hears: \(errors)")
    }

    /// SIGTERM, and waits for the end.
    func stop() throws -> Ending {
        process.signal(SIGTERM)
        return try process.wait()
    }
}
