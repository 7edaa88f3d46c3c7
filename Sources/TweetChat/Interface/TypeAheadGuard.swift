/// Decides whether to drop input that was typed before the person could see that the question has changed.
///
/// The rule: if the question changes by itself, or a command's password is not asked for, everything already typed is
/// dropped. It was meant for something else, and may be a password, which must be neither sent nor shown. A line is
/// dropped as a whole, so the dropping ends with the next Enter. A person who was asked for a password may be typing it
/// without looking, so it counts as begun even if nothing has arrived yet.
///
/// The machine counts these moments (``ChatMachine/typeAheadResets``). A question that follows from the typed line is
/// not counted: the person expects it.
struct TypeAheadGuard: Sendable {
    enum Decision: Hashable, Sendable {
        case keep
        /// Drops the available input and, if it does not end with an Enter, everything up to the next one.
        case dropToEnter
    }

    /// The count at the last decision.
    private var resets = 0

    /// Whether the machine's count has changed since the last decision.
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
