import Foundation
import TestSupport

/// A ttweetcl that runs while the test continues; the test reads its output line by line.
final class ClientProcess: Sendable {
    let process: ChildProcess

    /// Starts `ttweetcl -d 127.0.0.1 PORT …`.
    ///
    /// - Parameter output: a descriptor for standard output instead of a pipe; the caller closes it.
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

    /// Everything that the client has printed so far.
    var output: String { String(decoding: process.standardOutput.access { $0.bytes }, as: UTF8.self) }
    var errors: String { String(decoding: process.standardError.access { $0.bytes }, as: UTF8.self) }

    /// Waits until the client has printed the given number of complete lines, and returns them.
    func awaitLines(_ count: Int) throws -> [String] {
        let found = process.standardOutput.wait { output -> [String]? in
            let lines = String(decoding: output.bytes, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            // The text after the last line feed is not a complete line yet.
            return lines.count > count ? lines.prefix(count).map(String.init) : nil
        }
        guard let found else { throw HarnessError("no \(count) lines: \(output.suffix(2000)) \(errors)") }
        return found
    }

    /// Waits until standard error has the given number of lines that contain a text.
    func awaitErrors(_ text: String, count: Int = 1) throws {
        let found = process.standardError.wait { output -> Bool? in
            let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n")
            return lines.count { $0.contains(text) } >= count ? true : nil
        }
        if found == nil { throw HarnessError("\(text) is not said: \(errors)") }
    }

    /// Uploads `knock 1`, `knock 2`, … until the client prints something, which shows that it follows.
    ///
    /// - Parameter tag: the end of each text.
    /// - Returns: the number of the last upload.
    func knock(at server: ServerProcess, tag: String = "") throws -> Int {
        let client = try server.connect()
        for number in 1...2000 {
            guard try client.request("[\"u\",\"knock \(number)\(tag)\"]")?.hasPrefix(#"["ok""#) == true else { break }
            // The last output of a client that has ended may still be on its way, so this waits for all of it.
            let hasEnded = process.hasEnded
            let isHeard = process.standardOutput.wait(seconds: hasEnded ? Patience.seconds : 0.05) { output in
                output.bytes.isEmpty ? (output.isAtEnd ? false : nil) : true
            }
            if isHeard == true { return number }
            if hasEnded { break }
        }
        throw HarnessError("nobody hears: \(errors)")
    }

    /// Sends SIGTERM, and waits for the end.
    func stop() throws -> Ending {
        process.signal(SIGTERM)
        return try process.wait()
    }
}
