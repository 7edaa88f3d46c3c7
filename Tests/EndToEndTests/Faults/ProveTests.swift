import Foundation
import TestSupport
import Testing

/// The quick proofs of `scripts/prove` with the programs of the tests; times do not count here.
@Suite(.ownThreads, .serialized) struct ProveTests {
    /// Runs one proof in its shortest form.
    private func prove(_ number: Int, _ options: String...) throws -> Completed {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let programs = URL(filePath: Program.server.path).deletingLastPathComponent().path
        let script = top.appending(path: "scripts/prove").path
        return try run([script, "--suite", "--only", "\(number)", "--build-dir", programs] + options)
    }

    @Test(arguments: [1, 4, 7, 9, 11, 12])
    func theProofPasses(number: Int) throws {
        let result = try prove(number)
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    }

    @Test(arguments: [1, 4, 12])
    func aStoreThatLacksAnUploadFailsTheProof(number: Int) throws {
        let result = try prove(number, "--spoil")
        #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
        #expect(result.output.contains(" FAIL "))
        #expect(result.output.contains(" is lost\n"))
    }
}
