/// Decides what becomes of what was typed before a person could see that it is for something else.
///
/// The rule: where the question changes by itself, or a password that a command wants is not asked for, everything that
/// is typed already is dropped. It was typed for something else, and may be a password, which must be neither said nor
/// shown. The rest of a line belongs to its beginning, so that the next Enter ends what is dropped. A person who was
/// asked for a password counts as typing it, perhaps without looking, even where nothing of it has come yet.
///
/// The machine counts these moments (``ChatMachine/typeAheadResets``). A question that the typed line itself leads to is
/// none of them: a person expects it.
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
