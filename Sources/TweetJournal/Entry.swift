public import TweetModel

/// A change to durable state, with everything needed to apply it: applying reads no clock and no socket.
public enum Entry: Hashable, Sendable {
    case sessionOpened(time: Timestamp)
    /// Uploads a tweet; `isByAccount` says whether its author was logged in to an account.
    case tweetUploaded(time: Timestamp, author: Name?, text: TweetText, id: UploadID?, isByAccount: Bool = false)
    case lastMessageReset(time: Timestamp, id: UploadID?)
    /// If two entries claim the same name, the earlier gets it; the outcome of the other is ``Outcome/nameTaken(_:)``.
    case accountCreated(time: Timestamp, name: Name, password: PasswordHash)
    /// Changes a password and removes the account's tokens of sessions; if `replacing` is given and is not the account's current password, the outcome is
    /// ``Outcome/passwordReplaced(_:)``.
    case passwordChanged(time: Timestamp, name: Name, password: PasswordHash, replacing: PasswordHash? = nil)
    case visibilityChanged(time: Timestamp, name: Name, isHidden: Bool)
    /// Removes an account with its tokens and all messages that are pending or archived for it.
    case accountRemoved(time: Timestamp, name: Name)
    /// Sends a message to one or several accounts, to all or none: if one does not exist, the outcome is
    /// ``Outcome/noAccount(_:)``; if one does not take it, ``Outcome/notTaken(by:_:)``.
    ///
    /// The recipients are shown as they are written here; a repeated name counts once.
    case messageSent(
        time: Timestamp, sender: Name, recipients: [Name], text: TweetText, id: UploadID?, isByAccount: Bool = false)
    /// Marks messages as read; skips those that were read before or belong to somebody else.
    case messagesRead(time: Timestamp, reader: Name, messages: [SequenceNumber])
    /// Removes what was stored long ago, as much as one step may.
    case pruned(time: Timestamp, PruningStep)
    /// Makes an account take no messages from a name, whoever has it, or take them again; changes nothing if that is so
    /// already.
    case blockChanged(time: Timestamp, by: Name, of: Name, isBlocked: Bool)
    /// Makes a token of an account, unless it has ``TokenLimits/ofAccount`` already; removes its expired ones.
    case tokenCreated(
        time: Timestamp, owner: Name, hash: TokenHash, scope: TokenScope, label: TokenLabel?, expires: Timestamp?)
    /// Removes a token, by its id; if the account has no such token, the outcome is ``Outcome/noToken(_:)``.
    case tokenRemoved(time: Timestamp, owner: Name, token: SequenceNumber)
}

extension Entry {
    /// Whether the entry adds a text or an account, and so is refused while the store is full.
    ///
    /// Marks of reading and changed passwords change rows in place, and a session is a row of some bytes for each start:
    /// they are no reason to let nobody read.
    public var addsToStore: Bool {
        switch self {
        case .tweetUploaded, .lastMessageReset, .messageSent, .accountCreated, .tokenCreated: true
        case .sessionOpened, .passwordChanged, .visibilityChanged, .accountRemoved, .messagesRead, .pruned,
            .blockChanged, .tokenRemoved:
            false
        }
    }
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
    /// It may be somebody else's: check its sender before showing anything of it.
    case duplicateMessage(PrivateMessage)
    /// The number of pending messages that were marked as read.
    case read(SequenceNumber, count: Int)
    case pruned(PrunedRows)
    /// An account has the name; nothing was stored.
    case nameTaken(Name)
    /// There is no such account; nothing was stored.
    case noAccount(Name)
    /// A recipient does not take the message; nothing was stored, for nobody.
    case notTaken(by: Name, NotTaken)
    /// The account blocks as many names as it may; nothing was stored.
    case tooManyBlocked(Name)
    /// The account has as many tokens as it may; nothing was stored.
    case tooManyTokens(Name)
    /// The account has no token of this id; nothing was stored.
    case noToken(SequenceNumber)
    /// The account's password is not the one that was to be replaced; nothing was stored.
    case passwordReplaced(Name)
    /// The entry was not stored; retrying later may help.
    case unavailable(String)
    /// The entry was not stored, because the store holds as much as it may: see ``StoreRoom``.
    case storeFull
    /// The entry may be stored or not; an upload can be retried safely with its id, and is stored once.
    case unknown(String)
}

/// The reason why a recipient does not take a message.
public enum NotTaken: Hashable, Sendable {
    /// The recipient has blocked the sender's name.
    case blocked
    /// ``MailLimits/pending`` messages wait for the recipient.
    case inboxFull
    /// As many messages of the sender wait for the recipient as ``MailLimits/pendingOfSender(whenPending:)`` allows.
    case tooManyOfSender
    /// As many messages of guests wait for the recipient, and the sender is one.
    case tooManyOfGuests
}
