/// The targets that `Package.swift` declares, in the order in which they are written.
struct PackageManifest {
    struct Target: Equatable {
        let name: String
        let dependencies: [String]
        /// Whether it lies in `Tests`, as part of no product.
        let isForTests: Bool
    }

    let targets: [Target]

    /// Reads what the package manager reads, as far as names and dependencies go: `name: "X"`, `dependencies: ["Y"]`.
    init(_ text: String) {
        targets = text.matches(of: #/\.(target|executableTarget|testTarget|systemLibrary)\(/#).compactMap { match in
            let declaration = Self.prefix(of: text[match.range.upperBound...])
            guard let name = declaration.firstMatch(of: #/name: "(\w+)"/#)?.1 else { return nil }
            let list = declaration.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.1 ?? ""
            return Target(
                name: String(name), dependencies: list.matches(of: #/"(\w+)"/#).map { String($0.1) },
                isForTests: match.1 == "testTarget" || declaration.contains("path: \"Tests/"))
        }
    }

    /// The text before the parenthesis that closes a declaration.
    private static func prefix(of text: Substring) -> Substring {
        var depth = 1
        return text.prefix { character in
            if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
            return depth > 0
        }
    }

    // MARK: Rules

    /// A target depends only on targets that are written above it.
    func orderFindings() -> [Finding] {
        targets.enumerated().flatMap { index, target in
            let above = targets[..<index].map(\.name)
            return target.dependencies.filter { !above.contains($0) }.map {
                Finding(
                    path: "Package.swift", line: nil, rule: "\(target.name) depends on \($0), which is not above it")
            }
        }
    }

    /// A target of the sources depends on none that is there for tests, wherever it is written.
    func productFindings() -> [Finding] {
        let forTests = targets.filter(\.isForTests).map(\.name)
        return targets.filter { !$0.isForTests }.flatMap { target in
            target.dependencies.filter(forTests.contains).map {
                Finding(path: "Package.swift", line: nil, rule: "\(target.name) depends on \($0), which is for tests")
            }
        }
    }

    /// A file imports only those targets of the package that its own target depends on.
    func importFindings(in file: SourceFile) -> [Finding] {
        guard let target = targets.first(where: { $0.name == file.target }) else {
            return [file.finding("no target of Package.swift is called \(file.target)")]
        }
        return file.code.enumerated().compactMap { index, line in
            guard let module = Self.importedModule(line), targets.contains(where: { $0.name == module }),
                !target.dependencies.contains(module)
            else { return nil }
            return file.finding("\(file.target) imports \(module), and does not depend on it", atIndex: index)
        }
    }

    /// The module of `import M`, with attributes and an access level before it, a kind of declaration or a member in it.
    private static func importedModule(_ line: String) -> String? {
        // Attributes, access levels and the word itself; matching a pattern with every line takes a debug build seconds.
        guard let first = line.utf8.first(where: { $0 != UInt8(ascii: " ") }), "@fip".utf8.contains(first) else {
            return nil
        }
        let pattern = #/^\s*(?:(?:@\w+(?:\(\w+\))?|\w+)\s+)*import\s+(?:[a-z]+\s+)?(\w+)/#
        return line.firstMatch(of: pattern).map { String($0.1) }
    }
}
