import Foundation

/// A breach of a house rule, and its place.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    /// The line, counted from 1; nil for the file as a whole.
    let line: Int?
    let rule: String

    var description: String { line.map { "\(path):\($0): \(rule)" } ?? "\(path): \(rule)" }
}

/// A Swift source file as three texts with the same lines: the source, its code alone, and its comments alone.
struct SourceFile: Sendable {
    /// The path from the top of the repository: `Sources/TweetModel/Name.swift`.
    let path: String
    let lines: [String]
    /// The lines without comments and without the contents of string and regex literals.
    let code: [String]
    /// The comments of each line, with their slashes.
    let comments: [String]

    init(path: String, text: String) {
        self.path = path
        let parts = SourceScanner.parts(of: text)
        lines = SourceScanner.lines(text.utf8)
        code = parts.code
        comments = parts.comments
    }

    /// The name without its folder.
    var name: String { (path as NSString).lastPathComponent }

    /// The target that the file belongs to: the folder below `Sources` or `Tests`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    func finding(_ rule: String, atIndex index: Int? = nil) -> Finding {
        Finding(path: path, line: index.map { $0 + 1 }, rule: rule)
    }
}

/// The repository that this file is part of.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let sources = swiftFiles(below: "Sources")
    static let tests = swiftFiles(below: "Tests")
    static let manifest = (try? text(of: "Package.swift")) ?? ""

    /// The files that git tracks; nil without git, or if the sources were unpacked without their history.
    static let trackedFiles = lines(ofGit: ["ls-files"])

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func swiftFiles(below folder: String) -> [SourceFile] {
        let paths = FileManager.default.subpaths(atPath: root.appending(path: folder).path) ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? text(of: "\(folder)/\(path)") else { return nil }
            return SourceFile(path: "\(folder)/\(path)", text: text)
        }
    }

    private static func lines(ofGit arguments: [String]) -> [String]? {
        // Foundation's `Process` leaks memory. None of the words has a quotation mark in it.
        let words = (["git", "-C", root.path] + arguments).map { "'\($0)'" }.joined(separator: " ")
        guard let stream = popen(words + " 2>/dev/null", "r") else { return nil }
        var data: [UInt8] = []
        while case let byte = fgetc(stream), byte != EOF { data.append(UInt8(truncatingIfNeeded: byte)) }
        guard pclose(stream) == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
