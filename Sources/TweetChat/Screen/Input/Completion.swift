/// Completion of the word before the cursor: names, hashtags and commands; each further Tab gives the next candidate.
struct Completion: Hashable, Sendable {
    private let start: Int
    private let candidates: [String]
    private var next = 0
    /// The line after the last Tab: if it has changed, completion starts over.
    private var left: InputLine?

    /// Completes the word, or replaces it by the next candidate.
    ///
    /// - Returns: false if nothing matches.
    static func complete(
        _ line: inout InputLine, _ completion: inout Completion?, names: [String], tags: [String]
    ) -> Bool {
        var current: Completion
        if let known = completion, known.left == line {
            current = known
        } else {
            current = Completion(line, names: names, tags: tags)
        }
        guard !current.candidates.isEmpty else {
            completion = nil
            return false
        }
        line.replace(from: current.start, with: current.candidates[current.next % current.candidates.count])
        current.next += 1
        current.left = line
        completion = current
        return true
    }

    private init(_ line: InputLine, names: [String], tags: [String]) {
        let before = line.before
        let wordStart = before.lastIndex { $0 == " " || $0 == "," }.map { $0 + 1 } ?? 0
        let word = String(before[wordStart...])
        let isFirst = wordStart == 0
        start = wordStart
        if isFirst, word.first == "/" {
            candidates = Self.matches(word, among: ChatCommand.Word.allCases.map { "/\($0.rawValue)" }, then: " ")
        } else if isFirst, word.first == "!" {
            candidates = Self.matches(word, among: ["!exit"], then: "")
        } else if word.first == "#" {
            candidates = Self.matches(word, among: tags.map { "#\($0)" }, then: " ")
        } else if isFirst, word.first == "@" {
            candidates = Self.matches(word, among: names.map { "@\($0)" }, then: " ")
        } else if !word.isEmpty {
            let isAddressee = Self.takesName(before[..<wordStart])
            candidates = Self.matches(word, among: names, then: isAddressee ? " " : "")
        } else {
            candidates = Self.takesName(before[...]) ? Self.matches("", among: names, then: " ") : []
        }
    }

    /// Whether the text before the word is a command that takes a name.
    private static func takesName(_ before: ArraySlice<Character>) -> Bool {
        let words = String(before).split(separator: " ")
        guard words.count == 1, let first = words.first, first.first == "/" else { return false }
        return ChatCommand.Word(rawValue: first.dropFirst().lowercased())?.row.arguments.beginWithName ?? false
    }

    /// The known words with this prefix, in any case; each once, in order.
    private static func matches(_ word: String, among known: [String], then end: String) -> [String] {
        let key = word.lowercased()
        var seen: Set<String> = []
        return
            known
            .filter { $0.lowercased().hasPrefix(key) && seen.insert($0.lowercased()).inserted }
            .sorted { $0.lowercased() < $1.lowercased() }
            .map { $0 + end }
    }
}
