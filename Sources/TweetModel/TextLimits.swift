/// Bounds on texts, names, passwords and ids, shared by the server, the clients and the store.
///
/// Each has a unit and a reason.
public enum TextLimits {
    /// Characters of a tweet as a person counts them: the original's limit.
    public static let textCharacters = 150
    /// Bytes of a tweet in UTF-8.
    ///
    /// 150 characters of any script in use take fewer; only stacked combining marks reach it.
    public static let textBytes = 4096
    /// Bytes of all hashtags of one tweet, so that the text and its tags together fit one line on the wire; counted as
    /// written, or as indexed if that is longer.
    public static let hashtagBytes = 2048
    /// Characters of a name.
    public static let nameCharacters = 20
    /// Bytes of a password: the minimum that is worth a hash, and the maximum that anybody types.
    public static let passwordBytes = 8...128
    /// Characters of a resume secret: enough that it cannot be guessed, with room for other ways to write 128 bits or
    /// more.
    public static let resumeSecretCharacters = 16...64
    /// Characters of a token after its prefix: enough that it cannot be guessed, with room for other ways to write 128
    /// bits or more.
    public static let tokenSecretCharacters = 32...64
    /// Bytes of a token's label: some words.
    public static let tokenLabelBytes = 64
    /// Words that one search may have.
    public static let searchWords = 16
    /// Bytes of the words of one search: more than a tweet's 150 characters take in any script.
    public static let searchBytes = 1024
    /// Terms that one search looks up in the index, each at the cost of some pages; a text is compared with all of it.
    public static let searchTerms = 24
    /// Characters of an upload's id: a UUID takes 36.
    public static let uploadIDCharacters = 64
}
