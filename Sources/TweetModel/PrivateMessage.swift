/// A message from one person to one or more recipients: pending for each of them until it is read.
public struct PrivateMessage: Hashable, Sendable {
    /// The sequence; nil if no recipient has an account: then the message was delivered and not stored.
    public let sequence: SequenceNumber?
    public let time: Timestamp
    public let sender: Name
    /// Whether the sender was logged in to an account; false for a guest, and if it is not known.
    public let isByAccount: Bool
    /// The recipients, each once.
    ///
    /// In a list only those with an account, since nothing is stored for guests; in the list of sent messages only one,
    /// to whom `readAt` applies.
    public let recipients: [Name]
    public let text: TweetText
    /// The time when the recipient, whose list it is, has read it; nil while it is pending.
    public let readAt: Timestamp?

    public init(
        sequence: SequenceNumber?, time: Timestamp, sender: Name, isByAccount: Bool = false, recipients: [Name],
        text: TweetText, readAt: Timestamp? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.sender = sender
        self.isByAccount = isByAccount
        self.recipients = recipients
        self.text = text
        self.readAt = readAt
    }
}
