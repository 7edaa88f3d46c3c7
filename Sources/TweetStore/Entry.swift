public import TweetModel

/// What changes durable state: one record of the journal, with all that applying it needs.
public enum Entry: Sendable {
    case sessionOpened(time: Timestamp)
    case tweetUploaded(time: Timestamp, author: Name?, text: TweetText, id: UploadID?)
    case lastMessageReset(time: Timestamp, id: UploadID?)
    /// Of two that claim one name, the first gets it: the other's outcome is ``Outcome/nameTaken(_:)``.
    case accountCreated(time: Timestamp, name: Name, password: PasswordHash)
    /// With one to be replaced only where that is still the account's: else it is ``Outcome/passwordReplaced(_:)``.
    case passwordChanged(time: Timestamp, name: Name, password: PasswordHash, replacing: PasswordHash? = nil)
    case visibilityChanged(time: Timestamp, name: Name, isHidden: Bool)
    /// With all that is pending or archived for it.
    case accountRemoved(time: Timestamp, name: Name)
    /// To accounts only, at least one, and to all of them or none: one that does not exist makes it
    /// ``Outcome/noAccount(_:)``.
    ///
    /// The recipients are shown as they are written here; a name that stands twice counts once.
    case messageSent(time: Timestamp, sender: Name, recipients: [Name], text: TweetText, id: UploadID?)
    /// What was read before, or went to somebody else, is passed over.
    case messagesRead(time: Timestamp, reader: Name, messages: [SequenceNumber])
}

/// What became of an entry.
public enum Outcome: Sendable {
    /// It is durable, under this sequence.
    case stored(SequenceNumber)
    /// An upload with the same id was stored before, as this tweet; nothing was stored now.
    case duplicate(Tweet)
    /// A reset with the same id was stored before; nothing was stored now.
    case duplicateReset
    /// A message with the same id was stored before; nothing was stored now.
    ///
    /// It may be somebody else's: who the sender is has to be looked at before anything of it is shown.
    case duplicateMessage(PrivateMessage)
    /// The number of messages that were pending and are read now.
    case read(SequenceNumber, count: Int)
    /// An account has the name; nothing was stored.
    case nameTaken(Name)
    /// There is no such account; nothing was stored.
    case noAccount(Name)
    /// The account has another password than the one that was to be replaced; nothing was stored.
    case passwordReplaced(Name)
    /// It was not stored; trying again later may help.
    case unavailable(String)
    /// Whether it was stored cannot be said; an upload that is sent again with its id is stored once.
    case unknown(String)
}
