public import TweetModel

/// A change to durable state, with all that applying it needs: nothing reads a clock or a socket then.
public enum Entry: Hashable, Sendable {
    case sessionOpened(time: Timestamp)
    case tweetUploaded(time: Timestamp, author: Name?, text: TweetText, id: UploadID?)
    case lastMessageReset(time: Timestamp, id: UploadID?)
    /// Of two entries that claim one name the earlier gets it: the other's outcome is ``Outcome/nameTaken(_:)``.
    case accountCreated(time: Timestamp, name: Name, password: PasswordHash)
    /// Changes a password; where `replacing` is given, only while it is the account's: otherwise the outcome is
    /// ``Outcome/passwordReplaced(_:)``.
    case passwordChanged(time: Timestamp, name: Name, password: PasswordHash, replacing: PasswordHash? = nil)
    case visibilityChanged(time: Timestamp, name: Name, isHidden: Bool)
    /// Removes an account with all messages that are pending or archived for it.
    case accountRemoved(time: Timestamp, name: Name)
    /// Sends a message to one account or several, to all of them or none: one that does not exist makes the outcome
    /// ``Outcome/noAccount(_:)``.
    ///
    /// The recipients are shown as they are written here; a name that stands twice counts once.
    case messageSent(time: Timestamp, sender: Name, recipients: [Name], text: TweetText, id: UploadID?)
    /// Marks messages as read; those that were read before, or went to somebody else, are passed over.
    case messagesRead(time: Timestamp, reader: Name, messages: [SequenceNumber])
}

extension [Name] {
    /// The recipients of a message, each once, in their order.
    public var withoutRepeats: [Name] {
        reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// The result of applying an entry.
public enum Outcome: Sendable {
    /// The entry is durable, under this sequence.
    case stored(SequenceNumber)
    /// An upload with the same id was stored before, as this tweet; nothing was stored now.
    case duplicate(Tweet)
    /// A reset with the same id was stored before; nothing was stored now.
    case duplicateReset
    /// A message with the same id was stored before; nothing was stored now.
    ///
    /// It may be somebody else's: check its sender before anything of it is shown.
    case duplicateMessage(PrivateMessage)
    /// The number of messages that were pending and are read now.
    case read(SequenceNumber, count: Int)
    /// An account has the name; nothing was stored.
    case nameTaken(Name)
    /// There is no such account; nothing was stored.
    case noAccount(Name)
    /// The account has another password than the one that was to be replaced; nothing was stored.
    case passwordReplaced(Name)
    /// The entry was not stored; trying again later may help.
    case unavailable(String)
    /// The entry may be stored or not; an upload that is sent again with its id is stored once.
    case unknown(String)
}
