import Foundation
import Testing

/// Replays the corpus of the fuzz targets: an input that breaks a rule stops the test run.
struct CorpusTests {
    /// One file of a target's corpus.
    struct Seed: CustomTestStringConvertible, Sendable {
        let target: String
        let file: URL

        var testDescription: String { "\(target)/\(file.lastPathComponent)" }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Corpus")

    private static func contents(of folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    /// All files of the corpus, also those in a folder that belongs to no target.
    private static func seeds() throws -> [Seed] {
        try contents(of: folder).flatMap { corpus in
            try contents(of: corpus).map { Seed(target: corpus.lastPathComponent, file: $0) }
        }
    }

    /// The targets without seeds, followed by the folders of seeds without a target.
    private static func unmatched(targets: [String], corpora: [String]) -> [String] {
        targets.filter { !corpora.contains($0) } + Set(corpora).filter { !targets.contains($0) }.sorted()
    }

    @Test func eachTargetHasSeedsAndEachSeedATarget() throws {
        let corpora = try Self.seeds().map(\.target)
        #expect(Self.unmatched(targets: FuzzTarget.allCases.map(\.rawValue), corpora: corpora) == [])
    }

    @Test func aTargetWithoutSeedsAndSeedsWithoutATargetAreFound() {
        #expect(Self.unmatched(targets: ["text", "keys"], corpora: ["text", "text", "key"]) == ["keys", "key"])
    }

    @Test(arguments: try seeds()) func aSeedBreaksNoRule(seed: Seed) throws {
        let target = try #require(FuzzTarget(rawValue: seed.target))
        let input = try Data(contentsOf: seed.file)
        input.withUnsafeBytes { target.run($0) }
    }
}
