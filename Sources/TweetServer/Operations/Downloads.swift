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
        // A look-up for each: no second request in the same turn of the loop.
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

/// The times that count as fresh for a download: not older than it asks, and not ahead of the server's clock.
///
/// A clock that was set back leaves tweets of the future behind. How old they are is not known, so they are not fresh.
struct Freshness {
    private let times: ClosedRange<Timestamp>

    /// - Parameters:
    ///   - maxAge: milliseconds.
    ///   - now: the server's clock.
    init(maxAge: Int64, at now: Timestamp) {
        let latest = Timestamp(milliseconds: now.milliseconds + ServerLimits.clockTolerance.inMilliseconds)
        times = Timestamp(milliseconds: now.milliseconds - maxAge)...latest
    }

    func includes(_ tweet: Tweet) -> Bool { times.contains(tweet.time) }

    /// Whether a tweet has a time of the future: it may hide a fresh one that came before it.
    func isAhead(_ tweet: Tweet) -> Bool { tweet.time > times.upperBound }
}

extension Server {
    /// The greatest sequence that was given out, if that is less than one that a client names: then the client has it
    /// from another store, or from a later state of this one.
    ///
    /// The store is asked too: a client can read a tweet before the loop is told of its commit.
    func lastSequence(ifBefore since: SequenceNumber) throws(WireError) -> SequenceNumber? {
        guard since > live.newestSequence else { return nil }
        let last = try readingStore { () throws(SQLiteError) in try reader.lastSequence() }
        return since > last ? last : nil
    }

    /// The newest tweet of a download's hashtags, or the last message; nil for none.
    fileprivate func newest(for download: Download) throws(WireError) -> Tweet? {
        if !download.tags.isEmpty {
            return try readingStore { () throws(SQLiteError) in try reader.newest(of: download.tags) }
        }
        guard case .tweet(let tweet) = live.session.lastMessage else { return nil }
        return tweet
    }

    /// Where tweets are read from for a list.
    func cursor(for download: Download) throws(WireError) -> TweetCursor {
        let count = download.count ?? WireLimits.downloadCount
        if let since = download.since { return TweetCursor(after: since, of: download.tags, atMost: count) }
        // Without a hashtag a download is about the session; its hashtags are found in earlier ones too.
        let floor = download.tags.isEmpty ? live.session.floor : 0
        return try readingStore { () throws(SQLiteError) in
            try reader.cursor(newest: count, after: floor, of: download.tags)
        }
    }
}
