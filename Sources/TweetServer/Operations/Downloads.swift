import TweetModel
import TweetReactor
import TweetStore
import TweetSystem
import TweetWire

/// Answers to downloads that name a hashtag, a count or an age.
extension ClientHandler {
    func answer(_ download: Download) throws(WireError) -> Response {
        if let since = download.since, let last = try server.lastSequence(ifBefore: since) {
            throw .noSuchSequence(since, last: last)
        }
        if let maxAge = download.maxAge {
            let search = try server.freshTweets(download, Freshness(maxAge: maxAge, at: server.clock()))
            return beginList(.fresh(search, isSingle: !download.isList))
        }
        if download.isList { return beginList(.tweets(try server.cursor(for: download))) }
        let tweet = try server.newest(for: download)
        // Several hashtags need several look-ups: the next request waits for the next turn of the loop.
        if download.tags.count > 1 { awaitOutput() }
        return .line(tweet.map(PacketWriter.ok) ?? PacketWriter.okEmpty())
    }
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
        return try readingStore { () throws(SQLiteError) in
            try reader.cursor(newest: download.limit, after: floor(of: download), of: download.tags)
        }
    }

    /// The search for a download's fresh tweets.
    fileprivate func freshTweets(_ download: Download, _ freshness: Freshness) throws(WireError) -> FreshTweets {
        try readingStore { () throws(SQLiteError) in
            try FreshTweets(
                freshness, newest: download.count ?? 1, of: download.tags, after: floor(of: download), in: reader)
        }
    }

    /// The sequence after which the tweets of a download without `since` begin.
    ///
    /// Without hashtags it covers only this session; with hashtags it covers earlier sessions too.
    private func floor(of download: Download) -> SequenceNumber { download.tags.isEmpty ? live.session.floor : 0 }
}
