import CSystem
import Foundation
import TestSupport
import Testing
import TweetModel

@testable import TweetClient

/// The file to which a client appends its reports.
struct ClientLogFileTests {
    /// Passes a path in a temporary directory of its own.
    private func withPath(_ body: (String) throws -> Void) throws {
        let directory = try TemporaryDirectory()
        try withExtendedLifetime(directory) { try body(directory.file("client.log")) }
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func aReportIsOneLineBehindWhatIsThere() throws {
        try withPath { path in
            try "before\n".write(toFile: path, atomically: false, encoding: .utf8)
            let reporter = Reporter(log: try ClientLog(path: path))
            reporter.note(.connection, "connected to \u{1B}[2J\nhere")
            let lines = try lines(path)
            #expect(lines.count == 2)
            #expect(lines[0] == "before")
            #expect(lines[1].hasPrefix("CLIENT [CONNECTION] 20"))
            #expect(lines[1].hasSuffix(#"Z connected to \u{1B}[2J\u{A}here"#))
        }
    }

    @Test func aNewLogIsForItsOwnerAndGroup() throws {
        try withPath { path in
            _ = try ClientLog(path: path)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & ~0o640 == 0)
        }
    }

    @Test func aSymbolicLinkIsNotFollowed() throws {
        try withPath { path in
            try "".write(toFile: path + ".target", atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".target")
            let error = #expect(throws: ClientError.self) { try ClientLog(path: path) }
            #expect(error == ClientError(.streamFailed, "cannot open the log file \(path): it is a symbolic link"))
        }
    }

    @Test func aPipeThatNobodyReadsIsNotWaitedFor() throws {
        try withPath { path in
            #expect(mkfifo(path, 0o600) == 0)
            let error = #expect(throws: ClientError.self) { try ClientLog(path: path) }
            #expect(error?.exitCode == .streamFailed)
        }
    }

    @Test func linesOfManyClientsStayWhole() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("client.log")
        let text = String(repeating: "x", count: 500)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let reporter = Reporter(log: try ClientLog(path: path))
                    for _ in 0..<100 { reporter.note(.general, text) }
                }
            }
            try await group.waitForAll()
        }
        let lines = try lines(path)
        withExtendedLifetime(directory) {}
        #expect(lines.count == 800)
        #expect(lines.allSatisfy { $0.hasPrefix("CLIENT [GENERAL] 20") && $0.hasSuffix("Z " + text) })
    }
}
