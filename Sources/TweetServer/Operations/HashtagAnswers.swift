import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// A place in the list of hashtags that were used last.
struct HashtagCursor {
    /// At most this many.
    let limit: Int
    /// The keys of those to come, from the first line on.
    var rest: ArraySlice<String>?

    init(atMost limit: Int) {
        self.limit = limit
    }
}

/// Answers to `tags`.
extension ClientHandler {
    /// Does a turn's share of a list of hashtags: first fills the catalog, then counts and sends, the last used first.
    ///
    /// - Returns: whether that was all.
    func continueHashtags(_ cursor: inout HashtagCursor, count: inout Int) throws(SQLiteError) -> Bool {
        var rows = ServerLimits.hashtagRows
        guard try server.fillCatalog(&rows) else { return false }
        var rest = cursor.rest ?? server.live.hashtags.latest(cursor.limit)
        defer { cursor.rest = rest }
        while let key = rest.first {
            guard rows > 0, connection.outputBytes < ServerLimits.listBytes, try server.countTweets(of: key, &rows)
            else {
                return false
            }
            rest.removeFirst()
            // One is missing when so many others were used meanwhile that it was forgotten.
            guard let use = server.live.hashtags[key], let tweet = try server.reader.tweet(use.newest) else { continue }
            let written = tweet.text.hashtags.first { $0.key == key }?.written ?? key
            send(
                PacketWriter.part(
                    WireTag(tag: written, count: use.count, sequence: tweet.sequence, time: tweet.time)))
            count += 1
            rows -= HashtagCatalog.rowsPerLookUp
        }
        return true
    }
}

extension Server {
    /// Reads the store's hashtags into the catalog, as far as a turn's share of rows goes.
    ///
    /// - Returns: whether all are there.
    fileprivate func fillCatalog(_ rows: inout Int) throws(SQLiteError) -> Bool {
        while let key = live.hashtags.lastReadKey {
            guard rows > 0 else { return false }
            live.hashtags.noteRead(try reader.hashtag(after: key))
            rows -= HashtagCatalog.rowsPerLookUp
        }
        return true
    }

    /// Counts the tweets of a hashtag that were not counted yet, as far as a turn's share of rows goes.
    ///
    /// - Returns: whether all are counted.
    fileprivate func countTweets(of key: String, _ rows: inout Int) throws(SQLiteError) -> Bool {
        guard let use = live.hashtags[key], !use.isCounted else { return true }
        let counted = try reader.countTweets(of: key, after: use.countedThrough, through: use.newest, atMost: rows)
        live.hashtags.noteCounted(key, counted)
        rows -= counted.count
        return counted.through == use.newest
    }
}
