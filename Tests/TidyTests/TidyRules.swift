/// House rules for the text of one file.
enum TidyRules {
    /// The largest number of lines of a file in `Sources`.
    static let longestFile = 400

    static func lengthFindings(in file: SourceFile) -> [Finding] {
        guard file.lines.count > longestFile else { return [] }
        return [file.finding("\(file.lines.count) lines; at most \(longestFile) are allowed")]
    }

    // MARK: Comments

    /// Words that turn a comment's first sentence into a clause without its noun.
    private static let firstWords: Set<Substring> = ["What", "Who", "None", "That"]

    /// Finds doc comments that begin with neither a noun phrase nor a verb in the third person.
    static func docCommentFindings(in file: SourceFile) -> [Finding] {
        file.lines.indices.compactMap { index in
            guard let text = docComment(file.lines[index]),
                index == 0 || docComment(file.lines[index - 1]) == nil,
                let word = text.split(whereSeparator: { !$0.isLetter }).first, text.hasPrefix(word),
                firstWords.contains(word)
            else { return nil }
            return file.finding("a doc comment begins with \(word)", atIndex: index)
        }
    }

    private static func docComment(_ line: String) -> Substring? {
        let text = line.drop { $0 == " " }
        return text.hasPrefix("///") ? text.dropFirst(3).drop { $0 == " " } : nil
    }

    /// Finds each `TODO` without a task or a reason behind it.
    static func todoFindings(in file: SourceFile) -> [Finding] {
        file.comments.indices.filter { !file.comments[$0].isEmpty && file.comments[$0].contains(#/\bTODO\b\W*$/#) }
            .map { file.finding("a TODO without a text", atIndex: $0) }
    }

    // MARK: Code

    /// Finds `try!`, `as!` and forced unwrapping, in tests as well.
    static func forceFindings(in file: SourceFile) -> [Finding] {
        file.code.indices.filter { index in
            let line = file.code[index]
            return line.utf8.contains(UInt8(ascii: "!")) && line.contains(#/[\w)\]}?"]!(?!=)/#)
        }
        .map { file.finding("something is forced with !", atIndex: $0) }
    }

    /// Finds each `@unchecked Sendable` without a comment above it that proves it.
    static func uncheckedFindings(in file: SourceFile) -> [Finding] {
        file.code.indices.compactMap { index in
            let line = file.code[index]
            guard line.utf8.contains(UInt8(ascii: "@")), line.contains(#/@unchecked\s+Sendable/#) else { return nil }
            let above = file.code[..<index].lastIndex { !$0.drop { $0 == " " }.hasPrefix("@") } ?? index
            let hasComment = above < index && file.comments[above].contains("//")
            return hasComment ? nil : file.finding("@unchecked Sendable without a comment above it", atIndex: index)
        }
    }
}

/// House rules for the files of the repository as a whole.
enum LayoutRules {
    /// The option that removes the checks for overflow and array bounds; in two parts, so that the rule does not find
    /// itself.
    static let uncheckedOption = "-O" + "unchecked"

    static func optionFindings(_ path: String, _ text: String) -> [Finding] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            guard line.contains(uncheckedOption) else { return nil }
            return Finding(path: path, line: index + 1, rule: "\(uncheckedOption) is not allowed")
        }
    }

    /// Finds file names that occur twice: a name alone must identify a file.
    static func nameFindings(in files: [SourceFile], except allowed: Set<String> = []) -> [Finding] {
        Dictionary(grouping: files, by: \.name).filter { $0.value.count > 1 && !allowed.contains($0.key) }
            .sorted { $0.key < $1.key }
            .map { name, files in
                Finding(
                    path: files[0].path, line: nil,
                    rule: "\(name) is the name of another file too: \(files[1...].map(\.path).joined(separator: ", "))")
            }
    }

    private static let topLevel: Set<String> = [
        "Package.swift", "Sources", "Tests", "Sample.txt", "scripts", "README.md", "LICENSE",
    ]

    /// Finds entries at the top level that the design does not list; names that begin with a dot are allowed.
    static func topLevelFindings(_ paths: [String]) -> [Finding] {
        let names = Set(paths.compactMap { $0.split(separator: "/").first.map(String.init) })
        return names.filter { !$0.hasPrefix(".") && !topLevel.contains($0) }.sorted().map {
            Finding(path: $0, line: nil, rule: "the top level has no place for it")
        }
    }
}
