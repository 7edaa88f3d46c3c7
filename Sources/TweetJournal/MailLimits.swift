/// Bounds of private messages that decide what an entry does.
///
/// They belong to the meaning of the journal: a node with others would make other tables of the same entries.
public enum MailLimits {
    /// Messages that may be pending for one recipient: years of mail to a person, and some megabytes.
    public static let pending = 10_000
    /// Messages of one sender that may be pending for one recipient, so that no stranger fills an inbox.
    ///
    /// All guests together count as one sender, since any guest may have another name in a moment.
    public static let pendingOfSender = 1_000
    /// The part of an inbox's free places that one sender may take, so that many accounts of one stranger do not fill it
    /// either: each of them leaves most of what it finds.
    static let partOfSender: Int64 = 8

    /// Messages of one sender that may be pending for a recipient.
    ///
    /// - Parameter pending: all messages that are pending for the recipient, as the store counts them: any number at
    ///   all, if the store is damaged.
    public static func pendingOfSender(whenPending pending: Int64) -> Int64 {
        let free = Int64(Self.pending) - min(max(pending, 0), Int64(Self.pending))
        return min(Int64(pendingOfSender), max(1, free / partOfSender))
    }
    /// Names that one account may block.
    public static let blocked = 1_000
}
