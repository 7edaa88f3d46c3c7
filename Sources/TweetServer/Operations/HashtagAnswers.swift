import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// A place in the list of recently used hashtags.
struct HashtagCursor {
    /// The greatest number of hashtags to list.
    let limit: Int
    /// The hashtags still to be listed, by their numbers in the catalog; nil until the catalog is filled.
    var rest: ArraySlice<Int>?

    init(atMost limit: Int) {
        self.limit = limit
    }
}

/// Answers to `tags`.
extension ClientHandler {
    /// Continues a list of hashtags for one turn: first fills the catalog, then counts and sends, the most recent
    /// first.
    ///
    /// - Returns: whether the list is complete.
    func continueHashtags(_ cursor: inout HashtagCursor, count: inout Int) throws(SQLiteError) -> Bool {
        var rows = ServerLimits.hashtagRows
        guard try server.fillCatalog(&rows) else { return false }
        var rest = cursor.rest ?? server.live.hashtags.latest(cursor.limit)
        defer { cursor.rest = rest }
        while let number = rest.first {
            // A hashtag is missing if the catalog has forgotten it, because many others were used meanwhile.
            guard let key = server.live.hashtags.key(of: number) else {
                rest.removeFirst()
                continue
            }
            guard rows > 0, connection.outputBytes < ServerLimits.listBytes, try server.countTweets(of: key, &rows)
            else {
                return false
            }
            guard let use = server.live.hashtags[key] else {
                rest.removeFirst()
                continue
            }
            guard let tweet = try server.reader.tweet(use.newest) else {
                // It was pruned; an older one may be left, if a wrong clock has stamped one of them.
                rows -= HashtagCatalog.rowsPerLookUp
                server.live.hashtags.noteRest(key, newest: try server.reader.newestTweet(of: key)?.sequence)
                continue
            }
            rest.removeFirst()
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
    /// Reads the store's hashtags into the catalog, up to the rows left for this turn.
    ///
    /// - Returns: whether the catalog is complete.
    fileprivate func fillCatalog(_ rows: inout Int) throws(SQLiteError) -> Bool {
        while let key = live.hashtags.lastReadKey {
            guard rows > 0 else { return false }
            live.hashtags.noteRead(try reader.hashtag(after: key))
            rows -= HashtagCatalog.rowsPerLookUp
        }
        return true
    }

    /// Counts the uncounted tweets of a hashtag, up to the rows left for this turn.
    ///
    /// - Returns: whether all are counted.
    fileprivate func countTweets(of key: String, _ rows: inout Int) throws(SQLiteError) -> Bool {
        guard let use = live.hashtags[key], !use.isCounted else { return true }
        let counted = try reader.countTweets(of: key, after: use.countedThrough, through: use.newest, atMost: rows)
        // Asked after the count: whatever the count did not see has a later position.
        live.hashtags.noteCounted(key, counted, at: try reader.position())
        rows -= counted.count
        return counted.through == use.newest
    }
}
