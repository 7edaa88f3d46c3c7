import TweetModel
import TweetReactor
import TweetWire

/// The subscriptions of one connection, and how far it has read the ring.
///
/// Belongs to the loop. It knows feeds, a connection and its place in the ring, but not the client's identity.
final class Subscriber {
    let connection: Connection
    /// Held because the end of the connection removes it from all feeds.
    private let feeds: Feeds
    /// The feeds that it follows, including the chat's notices if it has joined.
    var subscriptions: [Subscription] = []
    /// It wants all tweets after this sequence, whatever their hashtags; `.max` unless it follows all tweets.
    private var everythingFloor: SequenceNumber = .max
    private var isReadingRing = false
    /// The sequence up to which it has been sent tweets from the ring.
    private(set) var sentSequence: SequenceNumber = 0
    /// Tweets after ``sentSequence`` that it was already sent from the store.
    private var sentAhead = SentAhead()
    /// Whether it gets notices of joining and leaving.
    private(set) var hasJoined = false
    /// The line of the ring from which notices are for it; earlier ones came before it joined.
    private(set) var joinedAtLine: UInt64 = 0
    /// The last notices about its own name, which only others receive.
    private var ownNotices: [UInt64] = []

    init(_ connection: Connection, of feeds: Feeds) {
        self.connection = connection
        self.feeds = feeds
    }

    var followsTweets: Bool { subscriptions.contains { $0.feed !== feeds.chat } }

    // MARK: Tweets

    /// Whether it can follow hashtags as well as those that it follows already.
    func hasRoom(for tags: [Hashtag]) -> Bool {
        let new = tags.filter { tag in !subscriptions.contains { $0.feed.isFeed(of: tag) } }
        if new.isEmpty { return true }
        let followed = subscriptions.compactMap(\.feed.keyBytes)
        let bytes = new.reduce(followed.reduce(0, +)) { $0 + $1.byteCount }
        return followed.count + new.count <= WireLimits.followedTags && bytes <= WireLimits.followedTagBytes
    }

    /// Follows hashtags, or all tweets if there are none, live from now on.
    ///
    /// A subscription that it has already goes on: tweets of it may be on their way.
    ///
    /// - Parameter newest: the sequence of the newest tweet.
    /// - Returns: the sequence after which tweets come now; it is lower than `newest` if some are on their way.
    func follow(_ tags: [Hashtag], from newest: SequenceNumber) -> SequenceNumber {
        let followed = subscriptions.map(\.feed)
        return add(feeds.feeds(of: tags).filter { feed in !followed.contains { $0 === feed } }, from: newest)
    }

    /// Follows hashtags, or all tweets if there are none, live from now on; a subscription that it has already begins
    /// anew.
    ///
    /// - Parameter floor: the sequence up to which the client already has the tweets.
    /// - Returns: the sequence after which tweets come now; it is lower than `floor` if some are still on their way for
    ///   another subscription.
    func followAnew(_ tags: [Hashtag], from floor: SequenceNumber) -> SequenceNumber {
        if tags.isEmpty { unfollow(nil) }
        for tag in tags { unfollow(tag) }
        // The feeds are looked up only now: a feed ends with its last follower, which may have been this one.
        return add(feeds.feeds(of: tags), from: floor)
    }

    private func add(_ new: [Feed], from floor: SequenceNumber) -> SequenceNumber {
        let begun = followsTweets && connection.feedCursor != nil ? min(floor, sentSequence) : floor
        if !followsTweets {
            sentSequence = floor
            sentAhead = SentAhead()
        }
        for feed in new { feeds.add(self, to: feed, floor: floor) }
        readRing()
        return begun
    }

    /// Ends the subscription to a hashtag's tweets, or to all tweets.
    func unfollow(_ tag: Hashtag?) {
        if let index = subscriptions.firstIndex(where: { $0.feed.isFeed(of: tag) }) { feeds.remove(self, at: index) }
    }

    /// Ends all subscriptions, including the one to the chat's notices.
    func unfollowAll() {
        while !subscriptions.isEmpty { feeds.remove(self, at: subscriptions.count - 1) }
    }

    /// Notes a tweet that was sent from the store because the client had missed it; the ring may still carry it for
    /// another feed.
    ///
    /// - Returns: false if there are too many such tweets: the subscriptions must end as if the ring had overtaken them.
    func sentFromStore(_ tweet: Tweet, for tags: [Hashtag]) -> Bool {
        guard tweet.sequence > sentSequence else { return true }
        let isOnItsWay = subscriptions.contains { subscription in
            !subscription.feed.isFeed(of: tags) && tweet.sequence > subscription.floor && subscription.feed.takes(tweet)
        }
        guard isOnItsWay else { return true }
        guard sentAhead.insert(tweet.sequence) else { return false }
        updateEverythingFloor()
        return true
    }

    // MARK: Notices

    /// Starts to receive notices of others' joining and leaving.
    ///
    /// - Parameter line: the first line of the ring whose notices it receives; the next line by default.
    func join(at line: UInt64? = nil) {
        hasJoined = true
        joinedAtLine = feeds.rings.end
        feeds.add(self, to: feeds.chat, floor: 0)
        readRing()
        if let line { joinedAtLine = line }
    }

    /// Stops receiving notices.
    func leave() {
        hasJoined = false
        if let index = subscriptions.firstIndex(where: { $0.feed === feeds.chat }) { feeds.remove(self, at: index) }
    }

    /// Excludes a notice about its own name, which only others receive.
    ///
    /// Only the last 64 are kept: a client that hides and shows itself more often in one turn receives notices about
    /// itself.
    func passOver(_ line: UInt64?) {
        guard let line else { return }
        if ownNotices.count == 64 { ownNotices.removeFirst() }
        ownNotices.append(line)
    }

    // MARK: The ring

    /// Starts to read the ring, unless it already does.
    private func readRing() {
        if !isReadingRing { connection.attach(feeds.rings.ring(for: connection.framing)) }
        isReadingRing = true
    }

    /// Whether to send it every line of the ring from a number on; false also if that has to be asked line by line.
    func wantsAllLines(from number: UInt64) -> Bool {
        number >= feeds.endOfNotices && feeds.tweetSequence(of: number) > everythingFloor
    }

    /// Whether to send it a line of the ring.
    func wants(line number: UInt64) -> Bool {
        let sequence = feeds.tweetSequence(of: number)
        if sequence < 0 { return hasJoined && number >= joinedAtLine && !ownNotices.contains(number) }
        if sequence > everythingFloor { return true }
        let feedsOfLine = feeds.feeds(of: number)
        return !sentAhead.contains(sequence)
            && subscriptions.contains { subscription in
                let feed = subscription.feed
                return sequence > subscription.floor && (feed === feeds.all || feedsOfLine.contains { $0 === feed })
            }
    }

    /// Updates ``everythingFloor`` after a change of the subscriptions.
    func updateEverythingFloor() {
        let ofTweets = subscriptions.filter { $0.feed !== feeds.chat }
        let isAll = ofTweets.count == 1 && ofTweets[0].feed === feeds.all && sentAhead.isEmpty
        everythingFloor = isAll ? ofTweets[0].floor : .max
    }

    /// Notes that the connection has read the ring up to a line.
    func hasRead(to number: UInt64) {
        sentSequence = max(sentSequence, feeds.newestSequence(at: number - 1))
        guard !sentAhead.isEmpty else { return }
        sentAhead.passed(sentSequence)
        updateEverythingFloor()
    }

    /// Ends its subscriptions to tweets, since the ring has overtaken it.
    ///
    /// - Returns: the sequence after which the client has to continue; nil if it followed no tweets.
    func wasOvertaken() -> SequenceNumber? {
        isReadingRing = false
        sentAhead = SentAhead()
        let wasFollowing = followsTweets
        for index in subscriptions.indices.reversed() where subscriptions[index].feed !== feeds.chat {
            feeds.remove(self, at: index)
        }
        if hasJoined { readRing() }
        return wasFollowing ? sentSequence : nil
    }
}
