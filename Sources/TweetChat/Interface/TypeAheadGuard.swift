/// Decides what becomes of what was typed before a person could see that it is for something else.
///
/// The rule: a question that comes or goes by itself takes nothing of what is typed already. Nobody meant it for that
/// question, and it may be a password, which is then neither said nor shown; what is dropped ends with an Enter, since
/// the rest of a line belongs to its beginning. A person who was asked for a password is in the middle of typing it,
/// perhaps without looking, even where nothing of it has come yet. The machine counts the moments at which that is so
/// (``ChatMachine/typeAheadResets``); a question that an answer or a command leads to is expected, and is none.
struct TypeAheadGuard: Sendable {
    enum Decision: Hashable, Sendable {
        case keep
        /// Drop what is there, and if it does not end with an Enter, all that is typed up to the next one.
        case dropToEnter
    }

    /// The count that was decided about last.
    private var resets = 0

    /// Whether the machine has counted on since the last decision.
    func isReset(at resets: Int) -> Bool { resets != self.resets }

    /// Decides once for each change of the count.
    ///
    /// - Parameters:
    ///   - resets: the machine's count.
    ///   - former: the question that the input was typed for.
    ///   - next: the question that the next line answers.
    ///   - hasInput: whether anything is typed, read or not.
    mutating func decide(
        at resets: Int, from former: Question?, to next: Question?, hasInput: Bool
    ) -> Decision {
        guard isReset(at: resets) else { return .keep }
        self.resets = resets
        let isTypingPassword = former?.asksPassword == true && next != former
        return isTypingPassword || hasInput ? .dropToEnter : .keep
    }
}
