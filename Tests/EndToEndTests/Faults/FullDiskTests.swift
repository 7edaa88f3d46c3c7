import Foundation
import TestSupport
import Testing

/// A disk that fills up and later has room again.
@Suite(.ownThreads, .enabled(if: MountNamespace.isPermitted, "a mount name space of its own is not permitted here"))
struct FullDiskTests {
    private static let fill = "cat /dev/zero > disk/filler"
    private static let free = "rm disk/filler"

    /// Uploads until the server does not store an upload.
    ///
    /// - Returns: the acknowledged texts, and the error after them.
    private func uploadUntilFull(_ client: TestConnection) throws -> (stored: [String], error: String) {
        for number in 0..<5000 {
            let answer = try client.request(
                "[\"u\",\"while it fills \(number) \(String(repeating: "x", count: 100)) #all\"]")
            guard let answer, answer.hasPrefix(#"["ok""#) else {
                return ((0..<number).map { "while it fills \($0)" }, answer ?? "")
            }
        }
        throw HarnessError("the disk does not fill up")
    }

    @Test func uploadsAreUnavailableDownloadsGoOnAndUploadsAgainOnceThereIsRoom() throws {
        let server = try ServerProcess(data: "disk/data", wrapper: MountNamespace.wrapper(size: "8m"))
        let client = try server.connect()
        #expect(try client.request("[\"u\",\"before #all\"]")?.hasPrefix(#"["ok""#) == true)
        for _ in 0..<2 {
            try server.onDisk(Self.fill)
            let (stored, error) = try uploadUntilFull(client)
            #expect(error == #"["error",{"code":"unavailable","message":"not stored: database or disk is full"}]"#)
            let upload = try server.upload("not stored")
            #expect(upload.exitCode == 69)
            #expect(upload.errors.contains("not stored: database or disk is full (unavailable)"))

            let last = stored.last ?? "before #all"
            #expect(try server.download("-q").output.hasPrefix(last))
            #expect(try server.download("#all", "-q").output.hasPrefix(last))
            let list = try server.download("#all", "-n", "1000", "-q").output.split(separator: "\n")
            let isWhole = list.suffix(stored.count).map { $0.prefix(while: { $0 != "x" }) } == stored.map { $0 + " " }
            #expect(isWhole, "each upload that was acknowledged, in order")
            #expect(try server.awaitReports("unavailable, not stored").allSatisfy { $0.hasPrefix("SERVER [ERROR] ") })

            try server.onDisk(Self.free)
            #expect(try server.upload("before #all").output == "Transmission Successfull...\n")
            #expect(try server.download("-q").output == "before #all\n")
        }
        server.process.endInput()
        #expect(try server.stop() == .exit(0))
    }

    @Test func aFullDiskCostsReportsAndTheirNumberIsTold() throws {
        let server = try ServerProcess(["--log", "disk/log"], wrapper: MountNamespace.wrapper(size: "1m"))
        try server.onDisk(Self.fill)
        let client = try server.connect()
        let count = 500
        for number in 0..<count {
            #expect(try client.request("[\"u\",\"message \(number)\"]")?.hasPrefix(#"["ok""#) == true)
        }
        try server.onDisk(Self.free)
        #expect(try client.request("[\"u\",\"there is room\"]")?.hasPrefix(#"["ok""#) == true)
        // A report follows its answer, and reaches the file before standard output.
        try server.awaitReports("there is room")
        try server.onDisk("cp disk/log log")
        let log = try #require(server.directory.content("log"))
        let lines = log.split(separator: "\n")
        let note = try #require(
            lines.compactMap {
                $0.wholeMatch(of: /SERVER \[ERROR\] \S{24} (\d+) reports were lost: No space left on device/)
            }.first)
        // The file has its whole last page, so some of the reports fit there, the last one perhaps only in part.
        let kept = lines.count {
            $0.contains(" received from ") && $0.contains(": message ") && $0.hasSuffix(" done")
                || $0.contains("activated") || $0.wholeMatch(of: /SERVER .*: message \d+/) != nil
        }
        #expect(kept > 0)
        #expect((Int(note.1) ?? 0) > 0)
        #expect(lines.last?.hasSuffix(": there is room") == true)
        #expect(server.reports.count { $0.contains(": message ") } == count, "standard output has them all")
        server.process.endInput()
        #expect(try server.stop() == .exit(0))
    }

    @Test func aServerThatCannotOpenItsSessionSaysSo() throws {
        let directory = try TemporaryDirectory()
        let script = "mkdir disk; mount -t tmpfs -o size=16k none disk; exec \"$@\""
        let result = try run(
            ["unshare", "-m", "sh", "-c", script, "-", Program.server.path, "--port", "0", "--data", "disk/data"],
            in: directory)
        #expect(result.exitCode == 65 || result.exitCode == 73)
        #expect(result.output.wholeMatch(of: /SERVER \[ERROR\] \S{24} .*full.*\n/) != nil, "\(result.output)")
    }
}
