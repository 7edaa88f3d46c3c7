/// The targets that `Package.swift` declares, in the order of their declarations.
struct PackageManifest {
    struct Target: Equatable {
        let name: String
        let dependencies: [String]
        /// Whether the target lies in `Tests` and belongs to no product.
        let isForTests: Bool
    }

    let targets: [Target]

    /// Reads the names and dependencies of the targets: `name: "X"`, `dependencies: ["Y"]`.
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

    /// The text up to the parenthesis that closes a declaration.
    private static func prefix(of text: Substring) -> Substring {
        var depth = 1
        return text.prefix { character in
            if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
            return depth > 0
        }
    }

    // MARK: Rules

    /// Finds targets that depend on a target declared below them.
    func orderFindings() -> [Finding] {
        targets.enumerated().flatMap { index, target in
            let above = targets[..<index].map(\.name)
            return target.dependencies.filter { !above.contains($0) }.map {
                Finding(
                    path: "Package.swift", line: nil, rule: "\(target.name) depends on \($0), which is not above it")
            }
        }
    }

    /// Finds targets of the sources that depend on a target for tests.
    func productFindings() -> [Finding] {
        let forTests = targets.filter(\.isForTests).map(\.name)
        return targets.filter { !$0.isForTests }.flatMap { target in
            target.dependencies.filter(forTests.contains).map {
                Finding(path: "Package.swift", line: nil, rule: "\(target.name) depends on \($0), which is for tests")
            }
        }
    }

    /// Finds imports of a target of the package on which the file's own target does not depend.
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

    /// The module of `import M`, also behind attributes and an access level, and with a kind of declaration or a
    /// member.
    private static func importedModule(_ line: String) -> String? {
        // Only attributes, access levels and `import` begin with these letters; matching every line takes a debug build
        // seconds.
        guard let first = line.utf8.first(where: { $0 != UInt8(ascii: " ") }), "@fip".utf8.contains(first) else {
            return nil
        }
        let pattern = #/^\s*(?:(?:@\w+(?:\(\w+\))?|\w+)\s+)*import\s+(?:[a-z]+\s+)?(\w+)/#
        return line.firstMatch(of: pattern).map { String($0.1) }
    }
}
