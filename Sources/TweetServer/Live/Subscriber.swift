import TweetModel
import TweetReactor

/// A connection among the followers of feeds: its subscriptions, and how far it has read the ring.
///
/// Belongs to the loop. It knows feeds, a connection and its place in the ring, and nothing of who its client is.
final class Subscriber {
    let connection: Connection
    /// Held as long as it follows any: its connection's end takes it from all of them.
    private let feeds: Feeds
    /// The feeds that it follows, the chat's notices among them when it has joined.
    var subscriptions: [Subscription] = []
    /// Tweets after this sequence are for it, whatever their hashtags: `.max` unless all tweets are what it follows.
    private var everythingFloor: SequenceNumber = .max
    private var isReadingRing = false
    /// The greatest sequence of a tweet that it was sent from the ring.
    private(set) var sentSequence: SequenceNumber = 0
    /// Tweets after that one which it was sent all the same.
    private var sentAhead = SentAhead()
    /// Whether it gets notices of joining and leaving.
    private(set) var hasJoined = false
    /// Notices before this line of the ring came before it joined.
    private(set) var joinedAtLine: UInt64 = 0
    /// The last notices about itself, which are for the others.
    private var ownNotices: [UInt64] = []

    init(_ connection: Connection, of feeds: Feeds) {
        self.connection = connection
        self.feeds = feeds
    }

    var followsTweets: Bool { subscriptions.contains { $0.feed !== feeds.chat } }

    // MARK: Tweets

    /// The number of hashtags that it would follow besides those that it does.
    func newTags(among tags: [Hashtag]) -> Int {
        tags.count { tag in !subscriptions.contains { $0.feed.isFeed(of: tag) } }
    }

    /// The number of hashtags that it follows.
    var tagCount: Int { subscriptions.count { $0.feed.isTagged } }

    /// Follows hashtags, or all tweets where there are none, live from now on.
    ///
    /// - Parameter floor: the sequence up to which its client has the tweets.
    /// - Returns: the sequence after which tweets come now, which is less if some are still on their way for another
    ///   subscription.
    func follow(_ tags: [Hashtag], from floor: SequenceNumber) -> SequenceNumber {
        let begun = followsTweets && connection.feedCursor != nil ? min(floor, sentSequence) : floor
        if tags.isEmpty { unfollow(nil) }
        for tag in tags { unfollow(tag) }
        if !followsTweets {
            sentSequence = floor
            sentAhead = SentAhead()
        }
        // Not before: a feed ends with its last follower, which may have been this one.
        for feed in feeds.feeds(of: tags) { feeds.add(self, to: feed, floor: floor) }
        readRing()
        return begun
    }

    /// Ends the subscription to a hashtag's tweets, or to all tweets.
    func unfollow(_ tag: Hashtag?) {
        if let index = subscriptions.firstIndex(where: { $0.feed.isFeed(of: tag) }) { feeds.remove(self, at: index) }
    }

    /// Ends all subscriptions, the one to the chat's notices among them.
    func unfollowAll() {
        while !subscriptions.isEmpty { feeds.remove(self, at: subscriptions.count - 1) }
    }

    /// Notes a tweet that was sent because some feeds' followers had missed it; the ring may have it for another feed.
    func sentFromStore(_ tweet: Tweet, for tags: [Hashtag]) {
        guard tweet.sequence > sentSequence else { return }
        let isOnItsWay = subscriptions.contains { subscription in
            !subscription.feed.isFeed(of: tags) && tweet.sequence > subscription.floor && subscription.feed.takes(tweet)
        }
        guard isOnItsWay else { return }
        sentAhead.insert(tweet.sequence)
        updateEverythingFloor()
    }

    // MARK: Notices

    /// Gets notices of others' joining and leaving from now on.
    ///
    /// - Parameter line: the line of the ring from which they are for it; the next one by default.
    func join(at line: UInt64? = nil) {
        hasJoined = true
        joinedAtLine = feeds.rings.end
        feeds.add(self, to: feeds.chat, floor: 0)
        readRing()
        if let line { joinedAtLine = line }
    }

    /// Gets no more notices.
    func leave() {
        hasJoined = false
        if let index = subscriptions.firstIndex(where: { $0.feed === feeds.chat }) { feeds.remove(self, at: index) }
    }

    /// Passes over a notice about itself: to itself nobody joins or leaves.
    ///
    /// A client that hides and shows itself more often in one turn than notices are kept is told of itself.
    func passOver(_ line: UInt64?) {
        guard let line else { return }
        if ownNotices.count == 64 { ownNotices.removeFirst() }
        ownNotices.append(line)
    }

    // MARK: The ring

    /// Begins to read the ring, if it does not yet.
    private func readRing() {
        if !isReadingRing { connection.attach(feeds.rings.ring(for: connection.framing)) }
        isReadingRing = true
    }

    /// Whether a line of the ring is to be sent to it.
    func wants(line number: UInt64) -> Bool {
        let sequence = feeds.tweetSequence(of: number)
        if sequence < 0 { return hasJoined && number >= joinedAtLine && !ownNotices.contains(number) }
        // The commonest question, once for each line and follower.
        if sequence > everythingFloor { return true }
        let feedsOfLine = feeds.feeds(of: number)
        return !sentAhead.contains(sequence)
            && subscriptions.contains { subscription in
                let feed = subscription.feed
                return sequence > subscription.floor && (feed === feeds.all || feedsOfLine.contains { $0 === feed })
            }
    }

    /// Keeps the answer to the commonest question true to the subscriptions.
    func updateEverythingFloor() {
        let ofTweets = subscriptions.filter { $0.feed !== feeds.chat }
        let isAll = ofTweets.count == 1 && ofTweets[0].feed === feeds.all && sentAhead.isEmpty
        everythingFloor = isAll ? ofTweets[0].floor : .max
    }

    /// The ring has been read up to a line.
    func hasRead(to number: UInt64) {
        sentSequence = max(sentSequence, feeds.newestSequence(at: number - 1))
        guard !sentAhead.isEmpty else { return }
        sentAhead.passed(sentSequence)
        updateEverythingFloor()
    }

    /// The ring has overtaken it: its subscriptions to tweets end.
    ///
    /// - Returns: the sequence after which its client has to go on; nil if it followed no tweets.
    func wasOvertaken() -> SequenceNumber? {
        isReadingRing = false
        let wasFollowing = followsTweets
        for index in subscriptions.indices.reversed() where subscriptions[index].feed !== feeds.chat {
            feeds.remove(self, at: index)
        }
        if hasJoined { readRing() }
        return wasFollowing ? sentSequence : nil
    }
}
