import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Answers to downloads that name a hashtag, a count or an age.
extension ServerConnection {
    func answer(_ download: Download) {
        let notBefore = download.maxAge.map { Timestamp(milliseconds: server.clock().milliseconds - $0) }
        do throws(SQLiteError) {
            if download.isList {
                beginList(.tweets(try server.cursor(for: download), notBefore: notBefore))
            } else if !download.tags.isEmpty {
                answer(try server.reader.newest(of: download.tags), notBefore: notBefore)
            } else if case .tweet(let tweet) = server.session.lastMessage {
                answer(tweet, notBefore: notBefore)
            } else {
                answer(nil, notBefore: notBefore)
            }
        } catch {
            answerUnreadable(error)
        }
    }

    private func answer(_ tweet: Tweet?, notBefore: Timestamp?) {
        if let notBefore, tweet.map({ $0.time < notBefore }) ?? true { return refuse(Self.notFresh) }
        send(tweet.map(PacketWriter.ok) ?? PacketWriter.okEmpty())
    }
}

extension Server {
    /// Where tweets are read from for a list.
    func cursor(for download: Download) throws(SQLiteError) -> TweetCursor {
        let count = download.count ?? Limits.downloadCount
        if let since = download.since { return TweetCursor(after: since, of: download.tags, atMost: count) }
        // Without a hashtag a download is about the session; its hashtags are found in earlier ones too.
        let floor = download.tags.isEmpty ? session.floor : 0
        return try reader.cursor(newest: count, after: floor, of: download.tags)
    }
}
