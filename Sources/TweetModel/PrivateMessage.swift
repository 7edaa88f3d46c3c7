/// A message from one person to one or several: pending for each of them until it is read.
public struct PrivateMessage: Hashable, Sendable {
    /// Nil when no recipient has an account: the message was delivered and not stored.
    public let sequence: SequenceNumber?
    public let time: Timestamp
    public let sender: Name
    /// Each once; in a list only those with an account, since nothing is stored for guests, and in the list of sent
    /// messages one, whose reading `readAt` tells.
    public let recipients: [Name]
    public let text: TweetText
    /// When the one whose list it stands in has read it; none while it is pending.
    public let readAt: Timestamp?

    public init(
        sequence: SequenceNumber?, time: Timestamp, sender: Name, recipients: [Name], text: TweetText,
        readAt: Timestamp? = nil
    ) {
        self.sequence = sequence
        self.time = time
        self.sender = sender
        self.recipients = recipients
        self.text = text
        self.readAt = readAt
    }
}
