import TweetModel
import TweetWire

/// The messages from others: the feed of all tweets, the followed hashtags and the private messages.
struct MessageReader: Sendable {
    /// The sequence of the newest tweet shown, or the one where following began.
    private var greatest: SequenceNumber?
    /// Whether the feed continues from a known point: its tweets are then new, not history.
    private var isFollowing = false
    private(set) var tags: [Hashtag] = []
    /// Number of unread private messages.
    private(set) var waitingCount = 0
    private(set) var recentWords = RecentWords()

    // MARK: The feed

    /// Resumes the feeds from where they stopped; the first time, begins with the newest tweets.
    func followAll() -> [ChatStep] {
        let count = greatest == nil ? ChatLimits.recentTweets : nil
        return [.request(.follow(Follow(since: greatest, count: count)), .follow(nil))]
            + tags.map { .request(.follow(Follow(tag: $0)), .follow($0)) }
    }

    /// Handles the start of a feed.
    mutating func followed(_ tag: Hashtag?, from sequence: SequenceNumber?) -> [ChatStep] {
        guard tag == nil, let sequence else { return [] }
        defer { greatest = sequence }
        isFollowing = true
        guard let newest = greatest, sequence < newest else { return [] }
        // The server's store is not the one from before: all of its tweets are new, whatever their sequences.
        return [.note("the server's history is not the same as before")]
    }

    /// Handles a tweet of the feed.
    ///
    /// - Parameter ownName: this person's name, if there is one.
    mutating func pushed(_ tweet: WireTweet, ownName: String?) -> [ChatStep] {
        if let sequence = tweet.sequence {
            if let greatest, sequence <= greatest { return [] }
            greatest = sequence
        }
        return [show(tweet, isNew: isFollowing, ownName: ownName)]
    }

    /// Handles the end of a feed that the client read too slowly.
    mutating func lagged(at sequence: SequenceNumber) { greatest = greatest ?? sequence }

    private mutating func show(_ tweet: WireTweet, isNew: Bool, ownName: String?) -> ChatStep {
        recentWords.add(tweet)
        let isOthers = tweet.author?.lowercased() != ownName?.lowercased()
        let isForYou = isNew && isOthers && ownName.map { tweet.text.mentions($0) } ?? false
        return .show(.tweet(author: tweet.shownAuthor), tweet.text, time: tweet.time, isForYou: isForYou)
    }

    // MARK: Hashtags

    /// Shows the recent tweets of a hashtag and follows it.
    ///
    /// - Parameter line: the typed line.
    mutating func follow(_ tag: Hashtag, _ line: String) -> [ChatStep] {
        recentWords.add(tag: tag.written)
        let recent: [ChatStep] = [
            .note("recent messages with #\(tag.written.harmless):"),
            .request(.download(Download(tag: tag, count: ChatLimits.recentTweets)), .recent(tag)),
        ]
        if tags.contains(tag) { return recent }
        guard tags.count < WireLimits.followedTags else {
            let reason = "not followed: you already follow \(tags.count) hashtags"
            return recent + [.refuseLine(line, reason: reason, .refused)]
        }
        tags.append(tag)
        return recent + [.request(.follow(Follow(tag: tag)), .follow(tag))]
    }

    /// Unfollows a hashtag; nil unfollows all of them.
    mutating func unfollow(_ tag: Hashtag?, _ line: String) -> [ChatStep] {
        let gone = tags.filter { tag == nil || $0 == tag }
        if gone.isEmpty {
            let reason = tag.map { "#\($0.written.harmless) is not followed" } ?? "no hashtag is followed"
            return [.refuseLine(line, reason: reason, .refused)]
        }
        tags.removeAll { gone.contains($0) }
        return gone.map { .request(.unfollow($0), .unfollow($0)) }
            + [.note("no longer followed: " + gone.map { "#" + $0.written.harmless }.joined(separator: " "))]
    }

    /// Handles the server's refusal to follow a hashtag.
    mutating func followRefused(_ tag: Hashtag, _ code: WireError.Code?, _ message: String) -> [ChatStep] {
        tags.removeAll { $0 == tag }
        return [.refuse("#\(tag.written.harmless) is not followed: \(message)", ChatExit(refusal: code))]
    }

    mutating func showRecent(_ parts: [Answer.Item], ownName: String?) -> [ChatStep] {
        let tweets = parts.compactMap { if case .tweet(let tweet) = $0 { tweet } else { nil } }
        if tweets.isEmpty { return [.note("there are no such messages")] }
        return tweets.map { show($0, isNew: false, ownName: ownName) }
    }

    /// Shows the hashtags with the number of messages of each, after the list of people.
    mutating func showTags(_ parts: [Answer.Item]) -> [ChatStep] {
        let tags = parts.compactMap { if case .tag(let tag) = $0 { tag } else { nil } }
        if tags.isEmpty { return [] }
        for tag in tags { recentWords.add(tag: tag.tag) }
        return [.note("hashtags: " + tags.map { "#\($0.tag.harmless) \($0.count)" }.joined(separator: ", "))]
    }

    // MARK: Private messages

    /// Notes the number of unread messages for the name that has just signed in.
    mutating func signedIn(waiting count: Int) -> [ChatStep] {
        waitingCount = max(0, count)
        if waitingCount == 0 { return [] }
        return [.note("\(waitingCount) private message\(waitingCount == 1 ? " waits" : "s wait"): /inbox shows them")]
    }

    /// Handles a private message that is pushed when it is sent.
    ///
    /// - Parameter marksRead: whether to tell the server that it is read; a guest's message is not kept.
    mutating func pushed(_ message: WireMessage, marksRead: Bool) -> [ChatStep] {
        recentWords.add(name: message.sender)
        let shown = ChatStep.show(
            .message(from: message.shownSender), message.text, time: message.time, isForYou: true)
        // A message that is shown counts as read; it was never counted as unread.
        guard marksRead, let sequence = message.sequence else { return [shown] }
        return [shown, .request(.markRead([sequence]), .markRead(0))]
    }

    mutating func showInbox(_ parts: [Answer.Item]) -> [ChatStep] {
        let messages = parts.compactMap { if case .message(let message) = $0 { message } else { nil } }
        if messages.isEmpty {
            waitingCount = 0
            return [.note("no private message waits")]
        }
        var steps = messages.map { ChatStep.show(.message(from: $0.shownSender), $0.text, time: $0.time) }
        let sequences = messages.compactMap(\.sequence)
        if !sequences.isEmpty { steps.append(.request(.markRead(sequences), .markRead(sequences.count))) }
        if messages.count == ChatLimits.inboxMessages { steps.append(.note("there may be more: /inbox")) }
        return steps
    }

    /// Notes that the server has marked this many messages as read.
    mutating func read(_ count: Int) { waitingCount = max(0, waitingCount - count) }
}
