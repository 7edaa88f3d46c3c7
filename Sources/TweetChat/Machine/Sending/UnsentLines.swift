/// Reports on the lines of a script that are not sent: each is named, up to where one may be a password.
///
/// A script can no more be asked for a password than it can see a refusal, so it may write one behind a command or a
/// name that wants one. Such a line is neither sent nor shown: standard error may be mailed, and logged.
struct UnsentLines: Sendable {
    private enum Rule: Hashable {
        case named
        /// Behind a command that wants a password: said once, where there is such a line.
        case withheld(ChatCommand.Word, isSaid: Bool)
        /// The sign-in has wanted a password.
        case counted(Int)
    }

    private var rule = Rule.named

    /// Whether lines are withheld that come now.
    var withholds: Bool { rule != .named }

    /// Withholds what follows a command.
    mutating func withhold(behind word: ChatCommand.Word) {
        if rule == .named { rule = .withheld(word, isSaid: false) }
    }

    /// Counts the lines, instead of naming them.
    mutating func count() { rule = .counted(0) }

    /// Takes the next line that is not sent.
    ///
    /// - Returns: what to say of it, if anything.
    mutating func take(_ line: String) -> String? {
        switch rule {
        case .named:
            if let word = ChatCommand.Word(askingForPasswordIn: line) { withhold(behind: word) }
            return "not sent: \(ChatCommand.withoutPassword(line))"
        case .withheld(_, isSaid: true): return nil
        case .withheld(let word, isSaid: false):
            rule = .withheld(word, isSaid: true)
            return "the lines behind /\(word.rawValue) are not sent: they may be passwords"
        case .counted(let count):
            rule = .counted(count + 1)
            return nil
        }
    }

    /// The report on the counted lines, once all are taken; nil for none.
    func total() -> String? {
        guard case .counted(let count) = rule, count > 0 else { return nil }
        return count == 1
            ? "a line is not sent: it may be a password" : "\(count) lines are not sent: they may be passwords"
    }
}
