/// Bounds of tokens that decide what an entry does.
///
/// They belong to the meaning of the journal: a node with others would make other tables of the same entries.
public enum TokenLimits {
    /// Tokens of one account that have not expired: one for each script and each browser of a busy person.
    public static let ofAccount = 100
}
