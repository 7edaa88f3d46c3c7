/// The lengths of functions, from the line with `func`, `init`, `deinit`, `subscript` or a computed `var` to the line
/// with the closing brace.
enum FunctionLength {
    static let longest = 60

    static func findings(in file: SourceFile) -> [Finding] {
        let reader = BodyReader(file.code)
        // A scanner that has lost its place finds no function, so unbalanced braces are a finding.
        guard reader.isBalanced else { return [file.finding("its braces are not in pairs")] }
        return reader.bodies().filter { $0.lines.count > longest }.map { body in
            file.finding(
                "\(body.keyword) has \(body.lines.count) lines; at most \(longest) are allowed",
                atIndex: body.lines.lowerBound)
        }
    }
}

/// Finds the bodies of functions in code without comments and literals.
private struct BodyReader {
    struct Body {
        let keyword: String
        let lines: ClosedRange<Int>
    }

    private enum Token: Equatable {
        case word(String)
        case sign(Character)
        case lineEnd
    }

    private let tokens: [(token: Token, line: Int)]

    init(_ code: [String]) {
        tokens = code.indices.flatMap { line in Self.tokens(of: code[line]).map { ($0, line) } + [(.lineEnd, line)] }
    }

    private static func tokens(of line: String) -> [Token] {
        var tokens: [Token] = []
        var word: [UInt8] = []
        for byte in Array(line.utf8) + [UInt8(ascii: " ")] {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
                word.append(byte)
                continue
            default: break
            }
            if !word.isEmpty { tokens.append(.word(String(decoding: word, as: UTF8.self))) }
            word = []
            if byte != UInt8(ascii: " ") { tokens.append(.sign(Character(Unicode.Scalar(byte)))) }
        }
        return tokens
    }

    var isBalanced: Bool {
        var depth = 0
        for (token, _) in tokens {
            if token == .sign("{") { depth += 1 } else if token == .sign("}") { depth -= 1 }
            if depth < 0 { return false }
        }
        return depth == 0
    }

    func bodies() -> [Body] {
        tokens.indices.compactMap { start in
            guard case .word(let keyword) = tokens[start].token, let open = bodyStart(keyword, at: start),
                let close = end(ofBracket: open)
            else { return nil }
            return Body(keyword: keyword, lines: tokens[start].line...tokens[close].line)
        }
    }

    /// The brace that opens a declaration's body; nil if the word declares nothing, or something without a body.
    private func bodyStart(_ keyword: String, at start: Int) -> Int? {
        let before = start > 0 ? tokens[start - 1].token : .lineEnd
        guard before != .sign("."), before != .sign("`") else { return nil }
        switch keyword {
        case "func", "init", "subscript":
            guard let open = tokens[start...].firstIndex(where: { $0.token == .sign("(") || $0.token == .sign("{") }),
                let close = end(ofBracket: open)
            else { return nil }
            return brace(behind: close, stopsAtLineEnd: false)
        case "deinit": return brace(behind: start, stopsAtLineEnd: true)
        case "var": return brace(behind: start, stopsAtLineEnd: true)
        default: return nil
        }
    }

    /// The first brace, unless a value or another declaration comes before it.
    private func brace(behind start: Int, stopsAtLineEnd: Bool) -> Int? {
        let others: Set = [
            "func", "init", "subscript", "deinit", "var", "let", "case", "static", "mutating",
            "associatedtype",
        ]
        var index = start + 1
        while index < tokens.count {
            switch tokens[index].token {
            case .sign("{"): return index
            case .sign("}"), .sign("="), .sign("@"): return nil
            case .sign("("), .sign("["): index = end(ofBracket: index) ?? tokens.count
            case .word(let word) where others.contains(word): return nil
            case .lineEnd where stopsAtLineEnd: return nil
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The bracket that closes the one at an index, past all pairs of brackets in between.
    private func end(ofBracket open: Int) -> Int? {
        var depth = 0
        for index in open..<tokens.count {
            guard case .sign(let sign) = tokens[index].token else { continue }
            if "([{".contains(sign) { depth += 1 } else if ")]}".contains(sign) { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }
}
