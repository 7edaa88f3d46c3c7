import Foundation
import TestSupport
import Testing

/// `ttweetcl --log` with one of the client's standard streams as the log.
@Suite(.ownThreads) struct ClientLogStreamTests {
    @Test(arguments: ["-", "/dev/stdout", "/dev/fd/1"]) func standardOutputMayBeTheLog(log: String) throws {
        let server = try ServerProcess()
        #expect(try server.upload("hello", "-q").exitCode == 0)
        let result = try server.download("-q", "--log", log)
        #expect(result.exitCode == 0 && result.errors == "")
        let lines = result.output.split(separator: "\n")
        #expect(lines.contains("hello"))
        #expect(lines.count { $0.contains("message downloaded: hello") } == 1)
        #expect(lines.count { $0.contains("[CONNECTION]") && $0.contains("connected to") } == 1)
    }

    @Test func anErrorIsSaidOnceWhereStandardErrorIsTheLog() throws {
        let port = String(try Ports.free())
        let result = try run(.client, ["-d", "127.0.0.1", port, "--log", "/dev/stderr"])
        #expect(result.exitCode == 69)
        #expect(result.output == "")
        #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("CLIENT [ERROR] ") } == 1)
    }

    @Test(arguments: ["/dev/fd/0", "/dev/fd/77"]) func whatIsNoStreamToWriteToIsRefused(log: String) throws {
        let result = try run(.client, ["-d", "127.0.0.1", "1", "--log", log])
        #expect(result.exitCode == 74)
        #expect(result.errors.contains("cannot open the log file \(log): Bad file descriptor"))
    }
}
