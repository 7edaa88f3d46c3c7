/// Reports on the unsent lines of a script: each is named, up to the point where one may be a password.
///
/// A script cannot be prompted for a password, and it cannot see a refusal, so the password may follow the command or
/// the name that needs one. Such a line is neither sent nor shown: standard error may be mailed or logged.
struct UnsentLines: Sendable {
    private enum Rule: Hashable {
        case named
        /// Lines after a command that asks for a password; reported once, if there are any.
        case withheld(ChatCommand.Word, isSaid: Bool)
        /// Lines after a sign-in that asks for a password.
        case counted(Int)
    }

    private var rule = Rule.named

    /// Whether the lines that follow are withheld.
    var withholds: Bool { rule != .named }

    /// Withholds the lines after a command.
    mutating func withhold(behind word: ChatCommand.Word) {
        if rule == .named { rule = .withheld(word, isSaid: false) }
    }

    /// Counts the lines instead of naming them.
    mutating func count() { rule = .counted(0) }

    /// Takes the next unsent line.
    ///
    /// - Returns: the report on it, if there is one.
    mutating func take(_ line: String) -> String? {
        switch rule {
        case .named:
            if let word = ChatCommand.Word(askingForPasswordIn: line) { withhold(behind: word) }
            // The chat ends, as the line asks.
            if case .quit? = try? ChatCommand(line) { return nil }
            return "not sent: \(ChatCommand.withoutPassword(line))"
        case .withheld(_, isSaid: true): return nil
        case .withheld(let word, isSaid: false):
            rule = .withheld(word, isSaid: true)
            return "the lines after /\(word.rawValue) are not sent: they may be passwords"
        case .counted(let count):
            rule = .counted(count + 1)
            return nil
        }
    }

    /// The report on the counted lines, after all are taken; nil if there are none.
    func total() -> String? {
        guard case .counted(let count) = rule, count > 0 else { return nil }
        return count == 1
            ? "a line is not sent: it may be a password" : "\(count) lines are not sent: they may be passwords"
    }
}
