import Testing

/// The house rules, applied to every file; each with a breach that it finds.
struct TidyTests {
    private let files = Repository.sources + Repository.tests

    private func example(_ text: String) -> SourceFile { SourceFile(path: "Sources/Example/Example.swift", text: text) }

    @Test func theFilesAreFound() {
        #expect(Repository.sources.contains { $0.path == "Sources/ttweetsrv/main.swift" })
        #expect(Repository.tests.contains { $0.name == "TidyTests.swift" })
    }

    // MARK: Comments

    @Test func docCommentsBeginWithANounOrAVerb() {
        #expect(files.flatMap(TidyRules.docCommentFindings) == [])
    }

    @Test(arguments: [
        ("/// What it is.", [1]), ("let a = 1\n    /// None where it is empty.", [2]), ("/// Whoever asks, waits.", []),
        ("/// A name.\n/// That is all.", []), ("// What it is.", []), ("/// Nonetheless.", []), ("/// `What`.", []),
    ])
    func aDocCommentWithAnotherFirstWordIsFound(text: String, lines: [Int]) {
        #expect(TidyRules.docCommentFindings(in: example(text)).map(\.line) == lines)
    }

    @Test func whatIsToBeDoneIsSaid() {
        #expect(files.flatMap(TidyRules.todoFindings) == [])
    }

    @Test(arguments: [
        ("// TODO", [1]), ("a() // TODO: ", [1]), ("\n/* TODO */", [2]), ("// TODO: count them", []),
        (#"let a = "// TODO""#, []),
    ])
    func aTodoWithoutATextIsFound(text: String, lines: [Int]) {
        #expect(TidyRules.todoFindings(in: example(text)).map(\.line) == lines)
    }

    // MARK: Code

    @Test func nothingIsForced() {
        #expect(files.flatMap(TidyRules.forceFindings) == [])
    }

    @Test(arguments: [
        ("let a = try! b()", [1]), ("a()\nlet b = a[0]!.c", [2]), ("let a = b as! C", [1]), ("f(a()!)", [1]),
        (#"Int("1")!"#, [1]), (#""1"!.count"#, [1]), ("if !a != b { !c }", []), ("if a!=b {}", []), ("// try! it", []),
        (#""oh no!""#, []),
    ])
    func somethingForcedIsFound(text: String, lines: [Int]) {
        #expect(TidyRules.forceFindings(in: example(text)).map(\.line) == lines)
    }

    @Test func uncheckedSendableIsExplained() {
        #expect(files.flatMap(TidyRules.uncheckedFindings) == [])
    }

    @Test(arguments: [
        ("final class A: @unchecked Sendable {}", [1]), ("let a = 1\nclass A: @unchecked Sendable {}", [2]),
        ("/// A lock.\nclass A: @unchecked Sendable {}", []),
        ("// A lock.\n@frozen\nclass A: @unchecked Sendable {}", []),
    ])
    func uncheckedSendableWithoutACommentIsFound(text: String, lines: [Int]) {
        #expect(TidyRules.uncheckedFindings(in: example(text)).map(\.line) == lines)
    }

    // MARK: Times

    @Test func instantsAndSpansOfTimeAreTypes() {
        #expect(Repository.sources.flatMap(TimeTypes.findings) == [])
        #expect(TimeTypes.unusedAllowances(in: Repository.sources) == [])
    }

    @Test(arguments: [
        ("let milliseconds: UInt64", [1]), ("a()\nvar epoch_ms: Int64?", [2]), ("let a: Int, pauseNs: UInt32", [1]),
        ("func a(within milliseconds: CInt = 0)", [1]), ("func a(\n_ b: B,\nat now: UInt64\n)", [3]),
        ("case pausing(until: UInt64)", [1]), ("public var wakeAt: UInt64 {", [1]),
        ("var pauses, pause: [Int] = []", [1]),
        ("static let silence = UInt64(a.inMilliseconds)", [1]), ("var firstPause = Int64.max", [1]),
        ("let deadline: Instant, pause: Duration", []), ("let count: Int, columns: Int, items: [Int]", []),
        ("let flat: Int, snow: Int", []), ("f(until: UInt8(1), timeout: CInt(2), pause: Int.max)", []),
        ("let until: UInt8", []), ("a ? now : Int(b)", []), ("// now: Int", []), ("var last = Instant.now", []),
    ])
    func aTimeThatIsAnIntegerIsFound(text: String, lines: [Int]) {
        #expect(TimeTypes.findings(in: example(text)).map(\.line) == lines)
    }

    @Test func aTimeThatIsAllowedToBeAnIntegerIsMissedWhenItIsGone() {
        let file = SourceFile(path: "Sources/A/Instant.swift", text: "let milliseconds: UInt64")
        #expect(TimeTypes.findings(in: file) == [])
        #expect(TimeTypes.unusedAllowances(in: [file]).contains("Instant.swift: inMilliseconds"))
        #expect(!TimeTypes.unusedAllowances(in: [file]).contains("Instant.swift: milliseconds"))
    }

    // MARK: Lengths

    @Test func noFileOfTheSourcesIsTooLong() {
        #expect(Repository.sources.flatMap(TidyRules.lengthFindings) == [])
    }

    @Test(arguments: [(400, 0), (401, 1)]) func aFileThatIsTooLongIsFound(lines: Int, findings: Int) {
        let file = example(String(repeating: "a()\n", count: lines))
        #expect(TidyRules.lengthFindings(in: file).count == findings)
    }

    @Test func noFunctionIsTooLong() {
        #expect(files.flatMap(FunctionLength.findings) == [])
    }

    @Test(arguments: [
        "func a() {", "func a<T>(_ b: [T] = { [] }()) throws -> (T, T) where T: B {", "init?(a: Int) {", "deinit {",
        "subscript(a: Int) -> Int {", "var a: [Int] {", "static func < (a: A, b: A) -> Bool {", "func a(\n) -> Int\n{",
    ])
    func aFunctionThatIsTooLongIsFound(head: String) {
        let lines = 60 - head.split(separator: "\n").count
        let longest = "let a = 1\n" + head + String(repeating: "\nb(\"{\") // {", count: lines - 1) + "\n}"
        #expect(FunctionLength.findings(in: example(longest)) == [])
        let tooLong = longest.replacing("\n}", with: "\nb()\n}")
        #expect(FunctionLength.findings(in: example(tooLong)).map(\.line) == [2])
    }

    @Test(arguments: [
        "protocol A {\ninit(a: Int)\nfunc b()\n}\nextension B {", "var a: Int\nstruct C {",
        "let a = B.init(c: 1)\nif d {", "var a = b {",
    ])
    func aLongBlockOfSomethingElseIsNoFunction(head: String) {
        let text = head + String(repeating: "\nlet b = 1", count: 60) + "\n}"
        #expect(FunctionLength.findings(in: example(text)) == [])
    }

    @Test(arguments: ["func a() {", "}", "} {"]) func bracesThatAreNotInPairsAreFound(text: String) {
        #expect(FunctionLength.findings(in: example(text)).count == 1)
    }
}
