import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

/// Answers to downloads that name a hashtag, a count or an age.
extension ClientHandler {
    func answer(_ download: Download) throws(WireError) -> Response {
        let freshness = download.maxAge.map { Freshness(maxAge: $0, at: server.clock()) }
        if let since = download.since, let last = try server.lastSequence(ifBefore: since) {
            throw WireError(.noSuchSequence, "the last sequence here is \(last), which is before \(since)")
        }
        if download.isList {
            return beginList(.tweets(try server.cursor(for: download), freshness: freshness))
        }
        let tweet = try server.newest(for: download)
        // Several hashtags need several look-ups: the next request waits for the next turn of the loop.
        if download.tags.count > 1 { awaitOutput() }
        if let freshness, let tweet, freshness.isAhead(tweet) {
            var newest = download
            newest.count = WireLimits.downloadCount
            return beginList(.newestFresh(try server.cursor(for: newest), freshness, found: nil))
        }
        if let freshness, tweet.map({ !freshness.includes($0) }) ?? true { throw .notFresh }
        return .line(tweet.map(PacketWriter.ok) ?? PacketWriter.okEmpty())
    }
}

/// The times that count as fresh for a download: not older than its maximum age, and not ahead of the server's clock.
///
/// After a clock was set back, some tweets have times in the future. Their age is unknown, so they are not fresh.
struct Freshness {
    private let times: ClosedRange<Timestamp>

    /// - Parameters:
    ///   - maxAge: the greatest age in milliseconds; not negative.
    ///   - now: the current time of the server's clock.
    init(maxAge: Int64, at now: Timestamp) {
        let latest = now.adding(milliseconds: ServerLimits.clockTolerance.inMilliseconds)
        times = now.subtracting(milliseconds: maxAge)...latest
    }

    func includes(_ tweet: Tweet) -> Bool { times.contains(tweet.time) }

    /// Whether a tweet's time is in the future: an earlier tweet may be fresh then.
    func isAhead(_ tweet: Tweet) -> Bool { tweet.time > times.upperBound }
}

extension Server {
    /// The greatest sequence assigned so far, if a client names a greater one: that client has it from another store,
    /// or from a later state of this one.
    ///
    /// The store is asked as well: a client can read a tweet before the loop learns of its commit.
    func lastSequence(ifBefore since: SequenceNumber) throws(WireError) -> SequenceNumber? {
        guard since > live.newestSequence else { return nil }
        let last = try readingStore { () throws(SQLiteError) in try reader.lastSequence() }
        return since > last ? last : nil
    }

    /// The newest tweet of a download's hashtags, or the last message; nil if there is none.
    fileprivate func newest(for download: Download) throws(WireError) -> Tweet? {
        if !download.tags.isEmpty {
            return try readingStore { () throws(SQLiteError) in try reader.newest(of: download.tags) }
        }
        guard case .tweet(let tweet) = live.session.lastMessage else { return nil }
        return tweet
    }

    /// The cursor that reads the tweets for a list.
    func cursor(for download: Download) throws(WireError) -> TweetCursor {
        if let since = download.since { return TweetCursor(after: since, of: download.tags, atMost: download.limit) }
        // Without hashtags a download covers only this session; with hashtags it covers earlier sessions too.
        let floor = download.tags.isEmpty ? live.session.floor : 0
        return try readingStore { () throws(SQLiteError) in
            try reader.cursor(newest: download.limit, after: floor, of: download.tags)
        }
    }
}
