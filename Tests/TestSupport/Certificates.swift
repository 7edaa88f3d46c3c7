import Foundation

/// Certificates that `scripts/make-cert` makes, each with its authority in a folder of its own.
public final class Certificates: Sendable {
    /// The three certificates `good`, `other` and `expired`.
    ///
    /// `good` also covers `*.wild.example`, and each of them has its own authority.
    public static let shared = Result { try Certificates() }

    /// The pin of `good`.
    public let pin: String
    private let directory: TemporaryDirectory

    private init() throws {
        directory = try TemporaryDirectory()
        pin = try Self.make(in: directory.file("good"), hosts: ["localhost", "127.0.0.1", "*.wild.example"])
        _ = try Self.make(in: directory.file("other"), hosts: ["localhost", "127.0.0.1"])
        _ = try Self.make(in: directory.file("expired"), hosts: ["localhost", "127.0.0.1"], days: -1)
    }

    /// The path of one of the files `cert.pem`, `key.pem` and `authority.pem`.
    public func path(_ name: String, _ file: String) -> String { directory.file("\(name)/\(file)") }

    /// Makes a certificate, or renews it.
    ///
    /// - Returns: the pin of its key.
    public static func make(in folder: String, hosts: [String], days: Int = 2) throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../scripts/make-cert")
        let words = [script.standardizedFileURL.path, folder] + hosts
        let pin = try Self.output(of: "TTWEET_CERT_DAYS=\(days) " + words.map { "'\($0)'" }.joined(separator: " "))
        guard pin.last == "\n" else { throw HarnessError("scripts/make-cert prints no pin") }
        return String(pin.dropLast())
    }

    /// Runs a shell command and returns what it prints; see popen(3).
    ///
    /// Foundation's `Process` leaks memory.
    public static func output(of command: String) throws -> String {
        guard let stream = popen(command, "r") else { throw HarnessError("no pipe to \(command)") }
        var output: [UInt8] = []
        while case let byte = fgetc(stream), byte != EOF { output.append(UInt8(truncatingIfNeeded: byte)) }
        guard pclose(stream) == 0 else { throw HarnessError("this fails: \(command)") }
        return String(decoding: output, as: UTF8.self)
    }
}
