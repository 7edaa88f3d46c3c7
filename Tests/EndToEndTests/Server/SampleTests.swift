import Foundation
import TestSupport
import Testing

/// `Sample.txt` in the repository, which equals the output of `scripts/sample` except for times and ports.
@Suite(.ownThreads) struct SampleTests {
    @Test
    func theSampleInTheRepositoryIsWhatAFreshRunWrites() throws {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let kept = try String(contentsOf: top.appending(path: "Sample.txt"), encoding: .utf8)
        let directory = try TemporaryDirectory()
        let programs = URL(filePath: Program.server.path).deletingLastPathComponent().path
        let script = try run(
            [top.appending(path: "scripts/sample").path, directory.file("fresh")],
            environment: ["TTWEET_BIN": programs], in: directory)
        #expect(script.exitCode == 0, "\(script.output)\(script.errors)")
        let fresh = try #require(directory.content("fresh"))
        #expect(plain(fresh) == plain(kept))
        #expect(fresh.split(separator: "\n").count >= 10)
    }

    /// The lines with every time and every port replaced.
    private func plain(_ log: String) -> [String] {
        log.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).map { line in
            line.replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, with: "TIME")
                .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:PORT")
        }
    }
}
