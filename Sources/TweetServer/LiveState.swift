import TweetJournal
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// All that clients see and no file has: the session, the feeds, the directory, the hashtags used last.
///
/// ``apply(_:)`` is the only place where a committed entry changes it, whoever has proposed the entry. Belongs to the
/// loop.
final class LiveState {
    private(set) var session: RunningSession
    /// The greatest sequence of a tweet that the loop knows of: what comes to followers from now on is greater.
    private(set) var newestSequence: SequenceNumber
    let feeds: Feeds
    var directory = Directory<ClientHandler>()
    var hashtags = HashtagCatalog()

    init(_ session: Session, newestSequence: SequenceNumber, feeds: Feeds) {
        self.session = RunningSession(session)
        self.newestSequence = newestSequence
        self.feeds = feeds
    }

    /// A change that connections are still to be told of.
    enum Effect {
        /// A message for those of its recipients who are here.
        case deliver(PrivateMessage)
        /// A notice to others that a name is here or not.
        case notify(PresenceNotice, about: Name)
        /// The end of all connections that speak for an account, but the one that has asked for the change.
        case disconnectAll(Name, reason: String)
    }

    /// Takes over what an entry has changed in the store; an entry that has stored nothing changes nothing.
    ///
    /// - Returns: what is left to do for connections.
    func apply(_ applied: Applied) -> Effect? {
        guard case .stored(let sequence) = applied.outcome else { return nil }
        switch applied.entry {
        case .tweetUploaded(let time, let author, let text, _):
            let tweet = Tweet(sequence: sequence, time: time, author: author, text: text)
            session.stored(tweet, line: PacketWriter.ok(tweet))
            newestSequence = sequence
            feeds.publish(tweet)
            hashtags.note(tweet)
        case .lastMessageReset:
            session.reset(at: sequence, line: PacketWriter.okEmpty())
        case .messageSent(let time, let sender, let recipients, let text, _):
            return .deliver(
                PrivateMessage(
                    sequence: sequence, time: time, sender: sender, recipients: recipients.withoutRepeats, text: text))
        case .visibilityChanged(_, let name, let isHidden):
            return directory.setHidden(isHidden, name).map { .notify($0, about: name) }
        case .passwordChanged(_, let name, _, let former):
            // Whoever knew the former one is out.
            return .disconnectAll(name, reason: former == nil ? "the password was reset" : "the password was changed")
        case .accountRemoved(_, let name):
            return .disconnectAll(name, reason: "the account was removed")
        // A session of another process is not this one's; an account is made known by whoever speaks for it.
        case .sessionOpened, .accountCreated, .messagesRead: break
        }
        return nil
    }
}
