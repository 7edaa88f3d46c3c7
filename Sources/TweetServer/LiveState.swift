import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// The state that clients see and that exists only in memory: the session, the feeds, the directory, the recent
/// hashtags.
///
/// ``apply(_:)`` is the only place where a committed entry changes it, whichever process proposed the entry. Belongs to
/// the loop.
final class LiveState {
    private(set) var session: RunningSession
    /// The greatest sequence of a tweet that the loop knows of; tweets published from now on have greater ones.
    private(set) var newestSequence: SequenceNumber
    let feeds: Feeds
    var directory = Directory<ClientHandler>()
    var hashtags = HashtagCatalog()

    init(_ session: Session, newestSequence: SequenceNumber, feeds: Feeds) {
        self.session = RunningSession(session)
        self.newestSequence = newestSequence
        self.feeds = feeds
    }

    /// Work that remains for connections after a change.
    enum Effect {
        /// Deliver a message to the recipients who are here.
        case deliver(PrivateMessage)
        /// Notify others that a name has joined or left.
        case notify(PresenceNotice, about: Name)
        /// Disconnect all connections that speak for an account, except the one that asked for the change, and perhaps
        /// those that have logged in by the token of a script.
        case disconnectAll(Name, sparesScripts: Bool, reason: String)
        /// Disconnect all connections that have logged in by a token, except the one that removed it.
        case disconnectToken(SequenceNumber)
        /// Find the session's last message, since the one that was it is pruned.
        case findLastMessage
    }

    /// Applies an entry that the store has applied; an entry that stored nothing changes nothing here.
    ///
    /// - Returns: the work that remains for connections.
    func apply(_ applied: Applied) -> Effect? {
        switch applied.outcome {
        case .stored(let sequence): return apply(applied.entry, as: sequence)
        case .pruned(let rows): return pruned(rows, at: applied.position ?? .start)
        default: return nil
        }
    }

    private func pruned(_ rows: PrunedRows, at position: JournalPosition) -> Effect? {
        let last = session.lastSequence
        for tweet in rows.tweets { hashtags.notePruned(tweet, at: position) }
        return rows.tweets.contains { $0.sequence == last } ? .findLastMessage : nil
    }

    /// Finds the last message of the session after a later one was pruned.
    func findLastMessage(in reader: StoreReader) {
        // The store may be ahead of this state. If it cannot be read, nothing is shown that may be gone.
        session.pruned(rest: (try? reader.newest(after: session.floor, through: newestSequence)) ?? nil)
    }

    private func apply(_ entry: Entry, as sequence: SequenceNumber) -> Effect? {
        switch entry {
        case .tweetUploaded(let time, let author, let text, _, let isByAccount):
            let tweet = Tweet(sequence: sequence, time: time, author: author, isByAccount: isByAccount, text: text)
            session.stored(tweet, line: PacketWriter.ok(tweet))
            newestSequence = sequence
            feeds.publish(tweet)
            hashtags.note(tweet)
        case .lastMessageReset:
            session.reset(at: sequence, line: PacketWriter.okEmpty())
        case .messageSent(let time, let sender, let recipients, let text, _, let isByAccount):
            return .deliver(
                PrivateMessage(
                    sequence: sequence, time: time, sender: sender, isByAccount: isByAccount,
                    recipients: recipients.withoutRepeats, text: text))
        case .visibilityChanged(_, let name, let isHidden):
            return directory.setHidden(isHidden, name).map { .notify($0, about: name) }
        case .passwordChanged(_, let name, _, let former):
            // Disconnects anybody who only knew the former password.
            return .disconnectAll(
                name, sparesScripts: true,
                reason: former == nil ? "the password was reset" : "the password was changed")
        case .accountRemoved(_, let name):
            return .disconnectAll(name, sparesScripts: false, reason: "the account was removed")
        case .tokenRemoved(_, _, let token): return .disconnectToken(token)
        // Another process's session does not concern this one; an account becomes visible when a connection speaks for
        // it.
        case .sessionOpened, .accountCreated, .messagesRead, .pruned, .blockChanged, .tokenCreated: break
        }
        return nil
    }
}
