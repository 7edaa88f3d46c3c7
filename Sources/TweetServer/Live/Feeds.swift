import TweetModel
import TweetReactor
import TweetWire

/// Connections that want the same lines pushed: all tweets, the tweets of one hashtag, or notices of joining and
/// leaving.
final class Feed {
    fileprivate(set) var followers: [Subscriber] = []
    /// The value of ``TweetReactor/EventLoop/writingPhases`` when all followers were woken; nil if one has come since.
    fileprivate var wakeRound: UInt64?
    /// Its hashtag's key; nil for the feed of all tweets and for the chat.
    fileprivate let key: String?

    /// Whether it carries the chat's notices instead of tweets.
    let isChat: Bool

    fileprivate init(key: String?, isChat: Bool = false) {
        self.key = key
        self.isChat = isChat
    }

    /// The bytes of its hashtag's key; nil if it is not a hashtag's feed.
    var keyBytes: Int? { key?.utf8.count }

    /// Whether a tweet belongs to this feed.
    func takes(_ tweet: Tweet) -> Bool {
        guard let key else { return !isChat }
        return tweet.text.hashtags.contains { $0.key == key }
    }

    /// Whether it is the feed of the hashtag, or of all tweets if the hashtag is nil.
    func isFeed(of tag: Hashtag?) -> Bool {
        guard let key, let tag else { return !isChat && key == nil && tag == nil }
        return key.hasBytes(of: tag.key)
    }

    /// Whether it is the feed of one of the hashtags, or of all tweets if there are none.
    func isFeed(of tags: [Hashtag]) -> Bool {
        tags.isEmpty ? isFeed(of: nil) : tags.contains { isFeed(of: $0) }
    }
}

/// A subscriber's place among the followers of a feed.
struct Subscription {
    let feed: Feed
    fileprivate var position: Int
    /// This feed does not need tweets up to this sequence: they are older than the subscription, or were sent from the
    /// store.
    let floor: SequenceNumber
}

/// The live streams: rings of encoded lines, one for each framing, that all connections read from, and the connections
/// that want each kind of line.
///
/// A line is encoded once, and framed once for each framing. Publishing wakes only the connections that want the line:
/// a follower of a quiet hashtag costs nothing while other hashtags are busy. A connection's only state is its place in
/// the ring, so a slow connection delays no other. A connection that the ring has overtaken learns the sequence from
/// which to continue.
final class Feeds {
    let rings: FeedRings
    /// The number of lines that a ring keeps.
    let lines: Int
    let all = Feed(key: nil)
    /// The connections that have joined: they receive notices of joining and leaving.
    let chat = Feed(key: nil, isChat: true)
    private var tagged: [String: Feed] = [:]
    /// The subject of each line of the ring, at the line's number modulo the capacity: the sequence of a tweet, or, for
    /// a notice, the complement of the sequence of the last tweet before it.
    private let subjects: UnsafeMutablePointer<SequenceNumber>
    /// The hashtags' feeds that a line's tweet belongs to.
    private var feedsOfLines: [[Feed]] = []
    /// The line after the last notice: from it on there are only tweets, whose sequences ascend.
    private(set) var endOfNotices: UInt64 = 0
    /// The sequence of the last published tweet.
    private var newest: SequenceNumber = 0
    private var wave: Wave?
    /// The first notice that is not part of a wave yet.
    private var firstNotice: UInt64?
    private unowned let loop: EventLoop
    private var timer: Event?

    /// A walk that wakes the connections that have joined, a slice in each turn, so that ten thousand of them do not
    /// block the loop.
    private struct Wave {
        let firstNotice: UInt64
        /// The index before which connections are still to be woken.
        ///
        /// The walk starts at the end, so that a connection that leaves meanwhile does no harm.
        var rest: Int
    }

    init(_ loop: EventLoop, lines: Int) {
        self.loop = loop
        self.lines = lines
        rings = FeedRings(bytes: ServerLimits.feedBytes, lines: lines)
        subjects = .allocate(capacity: lines)
        subjects.initialize(repeating: 0, count: lines)
    }

    deinit {
        subjects.deallocate()
    }

    // MARK: Following

    /// The feeds of the hashtags, whose keys must differ, or the feed of all tweets if there are none.
    func feeds(of tags: [Hashtag]) -> [Feed] {
        tags.isEmpty ? [all] : tags.map(feed)
    }

    private func feed(of tag: Hashtag) -> Feed {
        if let feed = tagged[tag.key] { return feed }
        let feed = Feed(key: tag.key)
        tagged[tag.key] = feed
        return feed
    }

    func add(_ subscriber: Subscriber, to feed: Feed, floor: SequenceNumber) {
        subscriber.subscriptions.append(Subscription(feed: feed, position: feed.followers.count, floor: floor))
        feed.followers.append(subscriber)
        feed.wakeRound = nil
        subscriber.updateEverythingFloor()
    }

    /// Ends the subscription at an index.
    func remove(_ subscriber: Subscriber, at index: Int) {
        let subscription = subscriber.subscriptions.remove(at: index)
        let feed = subscription.feed
        // The last follower moves to the free position.
        let moved = feed.followers.removeLast()
        if moved !== subscriber {
            feed.followers[subscription.position] = moved
            if let place = moved.subscriptions.firstIndex(where: { $0.feed === feed }) {
                moved.subscriptions[place].position = subscription.position
            }
        }
        if feed.followers.isEmpty, let key = feed.key, tagged[key] === feed { tagged[key] = nil }
        subscriber.updateEverythingFloor()
    }

    /// The sequence of a line's tweet; negative for a notice.
    func tweetSequence(of line: UInt64) -> SequenceNumber { subjects[index(line)] }

    /// The sequence of a line's tweet, or of the last tweet before a notice.
    func newestSequence(at line: UInt64) -> SequenceNumber {
        let subject = subjects[index(line)]
        return subject < 0 ? ~subject : subject
    }

    func feeds(of line: UInt64) -> [Feed] { feedsOfLines[index(line)] }

    private func index(_ line: UInt64) -> Int { Int(line % UInt64(lines)) }

    // MARK: Lines

    /// Publishes a tweet that has become durable; not while connections write.
    func publish(_ tweet: Tweet) {
        precondition(!loop.isWriting, "followers that have written would not be woken")
        var feeds: [Feed] = []
        if !tagged.isEmpty {
            for tag in tweet.text.hashtags {
                if let feed = tagged[tag.key], !feeds.contains(where: { $0 === feed }) { feeds.append(feed) }
            }
        }
        newest = tweet.sequence
        if all.followers.isEmpty, feeds.isEmpty { return }
        let line = append(PacketWriter.push(tweet), subject: tweet.sequence, feeds)
        let unannounced = oldestUnannounced
        func wake(_ feed: Feed) {
            // Those that wait to write an earlier line write this one, too: a commit has many.
            if feed.wakeRound == loop.writingPhases { return }
            feed.wakeRound = loop.writingPhases
            for follower in feed.followers {
                // A connection that has joined is also sent the notices before this line that no wave has woken it for.
                follower.connection.noteLine(follower.hasJoined ? min(unannounced, line) : line)
            }
        }
        wake(all)
        for feed in feeds { wake(feed) }
    }

    /// Publishes a notice of joining or leaving; the connections that have joined are woken in a wave.
    ///
    /// - Returns: the line's number; nil if no connection has joined.
    @discardableResult
    func publish(_ notice: PresenceNotice, at time: Timestamp) -> UInt64? {
        guard !chat.followers.isEmpty else { return nil }
        let line =
            switch notice {
            case .joined(let name): append(PacketWriter.joined(name, time), subject: ~newest, [])
            case .left(let name): append(PacketWriter.left(name, time), subject: ~newest, [])
            }
        endOfNotices = line + 1
        if firstNotice == nil { firstNotice = line }
        if wave == nil, timer == nil { beginWave() }
        return line
    }

    private func append(_ line: [UInt8], subject: SequenceNumber, _ feeds: [Feed]) -> UInt64 {
        let number = rings.append(line)
        let place = index(number)
        subjects[place] = subject
        if place == feedsOfLines.count { feedsOfLines.append(feeds) } else { feedsOfLines[place] = feeds }
        return number
    }

    // MARK: Notices

    /// The first notice that some connections may not have been woken for.
    private var oldestUnannounced: UInt64 { min(wave?.firstNotice ?? .max, firstNotice ?? .max) }

    private func beginWave() {
        guard let first = firstNotice else { return }
        firstNotice = nil
        wave = Wave(firstNotice: first, rest: chat.followers.count)
        continueWave()
    }

    private func continueWave() {
        guard var wave else { return }
        wave.rest = min(wave.rest, chat.followers.count)
        let end = max(0, wave.rest - ServerLimits.noticesPerTurn)
        for follower in chat.followers[end..<wave.rest] { follower.connection.noteLine(wave.firstNotice) }
        wave.rest = end
        self.wave = end > 0 ? wave : nil
        // Notices that come during a wave, or in the pause after it, go with the next one.
        let pause = end > 0 ? .zero : ServerLimits.noticePause
        timer = Event(loop, after: pause) { [unowned self] in
            timer = nil
            if self.wave == nil { beginWave() } else { continueWave() }
        }
    }
}
