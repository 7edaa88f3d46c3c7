import Foundation
import Testing
import TweetTLS

/// Files that `scripts/make-cert` makes: a certificate for `localhost` and 127.0.0.1, one of another authority, and one that
/// has expired.
final class Certificates: Sendable {
    static let shared = Result { try Certificates() }

    private let folder: String

    private init() throws {
        folder = NSTemporaryDirectory() + "/ttweet-tls-\(UUID().uuidString)"
        try make("good", ["localhost", "127.0.0.1", "*.wild.example"])
        try make("other", ["localhost"])
        try make("expired", ["localhost"], days: "-1")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func make(_ name: String, _ hosts: [String], days: String = "2") throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../scripts/make-cert")
        let process = Process()
        process.executableURL = script.standardizedFileURL
        process.arguments = ["\(folder)/\(name)"] + hosts
        process.environment = ProcessInfo.processInfo.environment.merging(["TTWEET_CERT_DAYS": days]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "make-cert fails")
    }

    func path(_ name: String, _ file: String) -> String { "\(folder)/\(name)/\(file)" }

    func server(_ name: String = "good", after former: TLSServerContext? = nil) throws -> TLSServerContext {
        try TLSServerContext(certificate: path(name, "cert.pem"), key: path(name, "key.pem"), after: former)
    }

    func client(_ name: String = "good") throws -> TLSClientContext {
        try TLSClientContext(.authorities(file: path(name, "authority.pem")))
    }
}
