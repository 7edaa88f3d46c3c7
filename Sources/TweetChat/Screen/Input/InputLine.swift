import TweetModel

/// The input line: a list of characters as people count them, with a cursor.
public struct InputLine: Hashable, Sendable {
    private(set) var before: [Character] = []
    private(set) var after: [Character] = []
    private var history: [String] = []
    /// The index of the shown line of the history; the end is the draft.
    private var place = 0
    /// The unfinished text from before the history was entered.
    private var draft = ""

    public init() {}

    public var text: String { String(before) + String(after) }
    public var isEmpty: Bool { before.isEmpty && after.isEmpty }

    // MARK: Typing

    /// Inserts a scalar at the cursor; a combining one joins the character before it.
    ///
    /// - Returns: whether the scalar is allowed in a line, and there was room.
    @discardableResult
    mutating func insert(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isForbiddenInText else { return false }
        let character = Character(scalar)
        if let last = before.last {
            let joined = String(last) + String(character)
            if joined.count == 1, let both = joined.first {
                // A character may have any number of scalars, but nobody types one this long.
                guard joined.unicodeScalars.count <= ChatLimits.inputCharacters else { return false }
                before[before.count - 1] = both
                return true
            }
        }
        guard before.count + after.count < ChatLimits.inputCharacters else { return false }
        before.append(character)
        return true
    }

    /// Replaces the text between an index and the cursor.
    mutating func replace(from start: Int, with text: String) {
        before.removeLast(before.count - min(start, before.count))
        before += text.prefix(max(0, ChatLimits.inputCharacters - before.count - after.count))
    }

    /// Edits the line; false if the key is no editing key.
    mutating func edit(_ key: Key) -> Bool {
        switch key {
        case .scalar(let scalar): insert(scalar)
        case .backspace: if !before.isEmpty { before.removeLast() }
        case .delete, .endOfInput: if !after.isEmpty { after.removeFirst() }
        case .left: move(1, back: true)
        case .right: move(1, back: false)
        case .wordLeft: move(wordBefore, back: true)
        case .wordRight: move(wordAfter, back: false)
        case .home: move(before.count, back: true)
        case .end: move(after.count, back: false)
        case .cutToEnd: after = []
        case .cutToStart: before = []
        case .cutWord: before.removeLast(wordBefore)
        case .up: if place > 0 { recall(place - 1) }
        case .down: if place < history.count { recall(place + 1) }
        case .enter, .tab, .pageUp, .pageDown, .repaint, .interrupt, .abort, .suspend: return false
        }
        return true
    }

    private mutating func move(_ count: Int, back: Bool) {
        let count = min(count, back ? before.count : after.count)
        if back {
            after.insert(contentsOf: before.suffix(count), at: 0)
            before.removeLast(count)
        } else {
            before += after.prefix(count)
            after.removeFirst(count)
        }
    }

    /// The number of characters back to the beginning of a word, including spaces after it.
    private var wordBefore: Int {
        let spaces = before.reversed().prefix { $0 == " " }.count
        return spaces + before.dropLast(spaces).reversed().prefix { $0 != " " }.count
    }

    private var wordAfter: Int {
        let spaces = after.prefix { $0 == " " }.count
        return spaces + after.dropFirst(spaces).prefix { $0 != " " }.count
    }

    // MARK: History

    private mutating func recall(_ place: Int) {
        if self.place == history.count { draft = text }
        self.place = place
        set(place == history.count ? draft : history[place])
    }

    private mutating func set(_ text: String) {
        before = Array(text)
        after = []
    }

    /// Clears and returns the line, which is added to the history unless it is secret.
    mutating func submit(isSecret: Bool) -> String {
        let line = text
        if !isSecret, !line.isEmpty, history.last != line {
            history.append(line)
            if history.count > ChatLimits.historyLines { history.removeFirst() }
        }
        clear()
        return line
    }

    mutating func clear() {
        before = []
        after = []
        draft = ""
        place = history.count
    }

    // MARK: Seeing

    /// The part of the line that fits into this many columns, and the cursor's column, which is always within it.
    ///
    /// - Parameter isHidden: whether to show a star for each character.
    func view(columns: Int, isHidden: Bool) -> (text: String, cursor: Int) {
        let left = isHidden ? before.map { _ in "*" } : before
        let right = isHidden ? after.map { _ in "*" } : after
        // With text after it, the cursor keeps a distance from the edge.
        let limit = max(0, right.isEmpty ? columns - 1 : columns * 3 / 4)
        var used = 0
        var shown = 0
        for character in left.reversed() {
            used += character.columns
            if used > limit {
                used -= character.columns
                break
            }
            shown += 1
        }
        let start = String(left.suffix(shown))
        return (start + String(right).prefix(columns: max(0, columns - used)), used)
    }
}
