import CSystem
import Foundation
import TestSupport

/// A chromedriver, which starts browsers; killed when its owner releases it.
final class BrowserDriver: Sendable {
    private let directory: TemporaryDirectory
    private let process: ChildProcess
    private let port: UInt16

    init() throws {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(
            ["chromedriver", "--port=0"].map { Array($0.utf8) },
            environment: programEnvironment(home: directory.path), directory: directory.path)
        let found = process.standardOutput.wait { output -> UInt16? in
            let text = String(decoding: output.bytes, as: UTF8.self)
            guard let match = text.firstMatch(of: /started successfully on port (\d+)/) else {
                return output.isAtEnd ? 0 : nil
            }
            return UInt16(match.1)
        }
        guard let found, found > 0 else { throw HarnessError("chromedriver does not start: run scripts/setup") }
        self.directory = directory
        self.process = process
        port = found
    }

    /// Sends a command of WebDriver (https://www.w3.org/TR/webdriver2/), and returns the value of its answer.
    @discardableResult
    func command(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any {
        let content = try body.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
        let connection = try TestConnection(port: port)
        try connection.send(
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n\r\n")
        try connection.send(Array(content))
        var length = 0
        let status = try connection.readLine() ?? ""
        while let line = try connection.readLine(), line != "\r" {
            if let match = line.lowercased().firstMatch(of: /^content-length: *(\d+)/) { length = Int(match.1) ?? 0 }
        }
        let text = try connection.read(length)
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        guard status.contains(" 200 "), let value = answer?["value"] else {
            throw HarnessError("\(method) \(path): \(text.prefix(400))")
        }
        return value
    }
}
