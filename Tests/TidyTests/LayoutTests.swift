import Testing

/// The rules for the package and the repository's files, each with a breach that it finds.
struct LayoutTests {
    private let manifest = PackageManifest(Repository.manifest)

    private func example(_ path: String, _ text: String = "") -> SourceFile { SourceFile(path: path, text: text) }

    // MARK: The package

    private static let small = PackageManifest(
        """
        .systemLibrary(name: "CA", providers: [.apt(["liba-dev"])]),
        .target(name: "B", dependencies: ["CA"], swiftSettings: settings),
        .executableTarget(
            name: "c",
            dependencies: [
                "B", "D",
            ]),
        .target(name: "D", dependencies: ["D"]),
        """)

    @Test func theManifestIsRead() {
        let server = manifest.targets.first { $0.name == "ttweetsrv" }
        #expect(server?.dependencies.contains("TweetServer") == true)
        #expect(Self.small.targets.map(\.name) == ["CA", "B", "c", "D"])
        #expect(Self.small.targets.map(\.dependencies) == [[], ["CA"], ["B", "D"], ["D"]])
    }

    @Test func dependenciesPointUpTheManifest() {
        #expect(manifest.orderFindings() == [])
    }

    @Test func aDependencyThatIsNotAboveIsFound() {
        let rules = Self.small.orderFindings().map(\.rule)
        #expect(rules == ["c depends on D, which is not above it", "D depends on D, which is not above it"])
    }

    @Test func noProductStandsOnWhatIsForTests() {
        #expect(manifest.targets.first { $0.name == "TestSupport" }?.isForTests == true)
        #expect(manifest.productFindings() == [])
    }

    @Test func aProductThatStandsOnWhatIsForTestsIsFound() {
        let package = PackageManifest(
            """
            .target(name: "Support", path: "Tests/Support"),
            .testTarget(name: "ATests", dependencies: ["Support"]),
            .target(name: "A", dependencies: ["Support"]),
            .executableTarget(name: "b", dependencies: ["A", "ATests"]),
            """)
        let rules = package.productFindings().map(\.rule)
        #expect(rules == ["A depends on Support, which is for tests", "b depends on ATests, which is for tests"])
    }

    @Test func importsAreDeclared() {
        // The package manager does not know the entry point of the fuzz targets.
        let files = (Repository.sources + Repository.tests).filter { $0.path != "Tests/Fuzz/Entry.swift" }
        #expect(files.flatMap(manifest.importFindings) == [])
    }

    @Test(arguments: [
        ("import CA\nimport B", [2]), ("import Foundation", []), ("public import D", [1]),
        ("@testable import D", [1]), ("import struct D.E", [1]), ("// import D", []), ("@_spi(X) public import D", [1]),
    ])
    func anImportThatIsNotDeclaredIsFound(text: String, lines: [Int]) {
        #expect(Self.small.importFindings(in: example("Sources/B/B.swift", text)).map(\.line) == lines)
    }

    @Test func aFileOfNoTargetIsFound() {
        #expect(Self.small.importFindings(in: example("Sources/E/E.swift")).count == 1)
    }

    // MARK: Files

    @Test func fileNamesAreUnique() {
        #expect(LayoutRules.nameFindings(in: Repository.sources, except: ["main.swift"]) == [])
        #expect(LayoutRules.nameFindings(in: Repository.tests) == [])
    }

    @Test func aNameThatIsUsedTwiceIsFound() {
        let files = ["a/main.swift", "b/main.swift", "a/C.swift", "b/c/C.swift", "b/D.swift"].map { example($0) }
        let findings = LayoutRules.nameFindings(in: files, except: ["main.swift"])
        #expect(findings.map(\.description) == ["a/C.swift: C.swift is the name of another file too: b/c/C.swift"])
    }

    /// Skipped without a git repository: untracked files may lie beside the sources.
    @Test(.enabled(if: Repository.trackedFiles != nil)) func theTopLevelHoldsWhatTheDesignLists() {
        #expect(LayoutRules.topLevelFindings(Repository.trackedFiles ?? []) == [])
    }

    @Test func anotherFileAtTheTopIsFound() {
        let paths = ["README.md", "Sources/A/a.swift", ".github/a.yml", "docs/a.md", "docs/b.md", "Makefile"]
        #expect(LayoutRules.topLevelFindings(paths).map(\.path) == ["Makefile", "docs"])
    }

    @Test func noCheckIsCompiledAway() throws {
        let scripts = (Repository.trackedFiles ?? []).filter { $0.hasPrefix("scripts/") || $0.hasPrefix(".ci/") }
        for path in ["Package.swift"] + scripts {
            #expect(LayoutRules.optionFindings(path, try Repository.text(of: path)) == [])
        }
    }

    @Test func theOptionThatRemovesChecksIsFound() {
        let text = "swift build \\\n    -Xswiftc \(LayoutRules.uncheckedOption)"
        #expect(LayoutRules.optionFindings("scripts/build", text).map(\.line) == [2])
    }
}
