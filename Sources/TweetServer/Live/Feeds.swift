import TweetModel
import TweetReactor
import TweetWire

/// Connections that want the same lines pushed: all tweets, the tweets of one hashtag, or notices of joining and
/// leaving.
final class Feed {
    fileprivate(set) var followers: [Subscriber] = []
    /// Its hashtag's key; nil for the two others.
    fileprivate let key: String?

    /// Whether it is the chat's notices, and not tweets.
    let isChat: Bool

    fileprivate init(key: String?, isChat: Bool = false) {
        self.key = key
        self.isChat = isChat
    }

    /// Whether it is a hashtag's feed.
    var isTagged: Bool { key != nil }

    /// Whether a tweet is pushed for its sake.
    func takes(_ tweet: Tweet) -> Bool {
        guard let key else { return !isChat }
        return tweet.text.hashtags.contains { $0.key == key }
    }

    /// Whether it is a hashtag's feed, or without one that of all tweets.
    func isFeed(of tag: Hashtag?) -> Bool { !isChat && key == tag?.key }

    /// Whether it is the feed of one of some hashtags, or without any that of all tweets.
    func isFeed(of tags: [Hashtag]) -> Bool {
        tags.isEmpty ? isFeed(of: nil) : tags.contains { isFeed(of: $0) }
    }
}

/// A subscriber's place among the followers of a feed.
struct Subscription {
    let feed: Feed
    fileprivate var position: Int
    /// Tweets up to this sequence are not wanted for this feed's sake: they came before, or were sent from the store.
    let floor: SequenceNumber
}

/// Tweets that a connection was sent from the store for one feed while the ring still has them for another.
struct SentAhead {
    private var sequences: Set<SequenceNumber> = []
    private var last: SequenceNumber = 0

    var isEmpty: Bool { sequences.isEmpty }

    func contains(_ sequence: SequenceNumber) -> Bool { sequences.contains(sequence) }

    mutating func insert(_ sequence: SequenceNumber) {
        // The ring has no more lines: where there are more, it has overtaken the connection.
        guard sequences.count < ServerLimits.feedLines else { return }
        sequences.insert(sequence)
        last = max(last, sequence)
    }

    /// The ring has been read up to a tweet.
    mutating func passed(_ sequence: SequenceNumber) {
        if sequence >= last, !sequences.isEmpty { sequences = [] }
    }
}

/// The live streams: rings of ready-made lines, one for each framing, that all connections read from, and the connections
/// that want each kind of them.
///
/// A line is encoded once and framed once for each framing. Only the connections that want it are touched: a follower of a quiet
/// hashtag costs nothing while others are busy. A connection's place in the ring is its only state, so one that is slow
/// slows nobody, and one that the ring has overtaken is told where to go on from.
final class Feeds {
    let rings: FeedRings
    /// Lines that a ring keeps.
    let lines: Int
    let all = Feed(key: nil)
    /// The connections that have joined: they are told about joining and leaving.
    let chat = Feed(key: nil, isChat: true)
    private var tagged: [String: Feed] = [:]
    /// The subject of each line of the ring, at its number modulo the capacity: a tweet's sequence, or the complement
    /// of the sequence of the tweet before a notice.
    private let subjects: UnsafeMutablePointer<SequenceNumber>
    /// The hashtags' feeds that a line's tweet belongs to.
    private var feedsOfLines: [[Feed]] = []
    /// The sequence of the tweet that was published last.
    private var newest: SequenceNumber = 0
    private var wave: Wave?
    /// The first notice that no wave has carried yet.
    private var firstNotice: UInt64?
    private unowned let loop: EventLoop
    private var timer: Event?

    /// A walk over the connections that have joined, a slice each turn, so that ten thousand of them hold up nobody.
    private struct Wave {
        let firstNotice: UInt64
        /// Connections before this index have still to be woken; from the end, so that one that leaves spoils nothing.
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

    /// The feeds of hashtags, each key once, or that of all tweets.
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
        subscriber.updateEverythingFloor()
    }

    /// Ends the subscription at an index.
    func remove(_ subscriber: Subscriber, at index: Int) {
        let subscription = subscriber.subscriptions.remove(at: index)
        let feed = subscription.feed
        // The last follower takes the place that becomes free.
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

    /// A line's tweet; negative for a notice.
    func tweetSequence(of line: UInt64) -> SequenceNumber { subjects[index(line)] }

    /// A line's tweet, or the last one before a notice.
    func newestSequence(at line: UInt64) -> SequenceNumber {
        let subject = subjects[index(line)]
        return subject < 0 ? ~subject : subject
    }

    func feeds(of line: UInt64) -> [Feed] { feedsOfLines[index(line)] }

    private func index(_ line: UInt64) -> Int { Int(line % UInt64(lines)) }

    // MARK: Lines

    /// A tweet has become durable.
    func publish(_ tweet: Tweet) {
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
            for follower in feed.followers {
                // Who has joined gets the notices on the way, if no wave has come yet.
                follower.connection.noteLine(follower.hasJoined ? min(unannounced, line) : line)
            }
        }
        wake(all)
        for feed in feeds { wake(feed) }
    }

    /// Somebody has joined or left: the connections that have joined are told, soon.
    ///
    /// - Returns: the line's number; nil where there is nobody to tell.
    @discardableResult
    func publish(_ notice: PresenceNotice, at time: Timestamp) -> UInt64? {
        guard !chat.followers.isEmpty else { return nil }
        let line =
            switch notice {
            case .joined(let name): append(PacketWriter.joined(name, time), subject: ~newest, [])
            case .left(let name): append(PacketWriter.left(name, time), subject: ~newest, [])
            }
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

    /// The first notice that some of the connections that have joined may not have been woken for.
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
        // What comes while a wave is under way, or right behind one, goes with the next.
        let pause = end > 0 ? .zero : ServerLimits.noticePause
        timer = Event(loop, after: pause) { [unowned self] in
            timer = nil
            if self.wave == nil { beginWave() } else { continueWave() }
        }
    }
}
