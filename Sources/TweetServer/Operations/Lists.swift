import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// An answer of many lines, made piece by piece as the connection's output has room.
struct ListAnswer {
    /// Stored apart: each connection has room for a list, and few have one.
    indirect enum Source {
        /// Tweets of a download.
        case tweets(TweetCursor)
        /// The fresh tweets of a download, or the newest of them as the whole answer.
        case fresh(FreshTweets, isSingle: Bool)
        /// Tweets that a follower has missed, of its hashtags or of all; `newest` is the last one sent.
        case missed(TweetCursor, tags: [Hashtag], newest: SequenceNumber)
        /// Tweets that a follower of ntfy's has missed.
        case ntfy(NtfyMissed)
        /// Tweets that are found by their words, newest first.
        case search(SearchCursor)
        case messages(MessageCursor)
        case directory(DirectoryCursor)
        case hashtags(HashtagCursor)
        case blocks(BlockCursor)
    }

    var source: Source
    let reply: Reply
    var count = 0
}

extension ClientHandler {
    func beginList(_ source: ListAnswer.Source) -> Response {
        list = ListAnswer(source: source, reply: beginReply(.list))
        continueList()
        return .later
    }

    /// Sends the next lines of a list, up to ``ServerLimits/listBytes`` or for its share of the turn, and its end when it
    /// is complete.
    func continueList() {
        guard var list else { return }
        do throws(SQLiteError) {
            var isComplete = false
            repeat {
                isComplete = try sendMore(of: &list)
            } while !isComplete && connection.outputBytes < ServerLimits.listBytes && !connection.isShareUsed
            if !isComplete {
                self.list = list
                // Otherwise it goes on when the output is sent.
                if connection.outputBytes == 0 { connection.awaitTurn() }
                return
            }
        } catch {
            self.list = nil
            return list.reply.refuse(.unreadable(error))
        }
        self.list = nil
        list.reply.answer { () throws(WireError) in
            switch list.source {
            case .fresh where list.count == 0: throw .notFresh
            case .fresh(let tweets, isSingle: true): tweets.newest.map(PacketWriter.ok) ?? PacketWriter.okEmpty()
            case .tweets, .fresh, .search, .messages, .directory, .hashtags, .blocks: PacketWriter.okCount(list.count)
            case .missed(_, let tags, let newest): caughtUp(tags, newest: newest)
            case .ntfy(let missed) where missed.follow.polls: PacketWriter.okCount(list.count)
            case .ntfy(let missed): caughtUp(missed.follow.tags, newest: missed.newest)
            }
        }
    }

    /// - Returns: whether the list is complete.
    private func sendMore(of list: inout ListAnswer) throws(SQLiteError) -> Bool {
        var count = list.count
        defer { list.count = count }
        switch list.source {
        case .tweets(var cursor):
            try server.reader.read(&cursor, atMost: ServerLimits.listLookUps) { tweet in
                send(PacketWriter.part(tweet))
                count += 1
                return connection.outputBytes < ServerLimits.listBytes
            }
            list.source = .tweets(cursor)
            return cursor.isAtEnd
        case .fresh(var tweets, let isSingle):
            let isAtEnd = try tweets.read(from: server.reader, atMost: ServerLimits.listLookUps) { tweet in
                if !isSingle { send(PacketWriter.part(tweet)) }
                count += 1
                return connection.outputBytes < ServerLimits.listBytes
            }
            list.source = .fresh(tweets, isSingle: isSingle)
            return isAtEnd
        case .missed(var cursor, let tags, var newest):
            try server.reader.read(&cursor, atMost: ServerLimits.listLookUps) { tweet in
                send(PacketWriter.push(tweet))
                if !subscriber.sentFromStore(tweet, for: tags) { fallBehind() }
                newest = tweet.sequence
                return connection.outputBytes < ServerLimits.listBytes && !connection.isFinishing
            }
            list.source = .missed(cursor, tags: tags, newest: newest)
            return cursor.isAtEnd || connection.isFinishing
        case .ntfy(let missed): return try send(missed, of: &list, count: &count)
        case .search(var cursor):
            try server.reader.read(&cursor, atMost: ServerLimits.listLookUps) { tweet in
                send(PacketWriter.part(tweet))
                count += 1
                return connection.outputBytes < ServerLimits.listBytes
            }
            list.source = .search(cursor)
            return cursor.isAtEnd
        case .messages(var cursor):
            try server.reader.read(&cursor, atMost: ServerLimits.listLookUps) { message in
                send(PacketWriter.part(WireMessage(message)))
                count += 1
                return connection.outputBytes < ServerLimits.listBytes
            }
            list.source = .messages(cursor)
            return cursor.isAtEnd
        case .directory(var cursor):
            let isAtEnd = try continueDirectory(&cursor, count: &count)
            list.source = .directory(cursor)
            return isAtEnd
        case .hashtags(var cursor):
            let isAtEnd = try continueHashtags(&cursor, count: &count)
            list.source = .hashtags(cursor)
            return isAtEnd
        case .blocks(var cursor):
            let isAtEnd = try continueBlocks(&cursor, count: &count)
            list.source = .blocks(cursor)
            return isAtEnd
        }
    }
}
