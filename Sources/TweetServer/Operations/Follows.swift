import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Following and no longer following, and what a connection takes from the ring.
extension ClientHandler {
    func follow(_ follow: Follow) throws(WireError) -> Response {
        let added = follow.tags.count { tag in !followings.contains { $0.feed.isFeed(of: tag) } }
        if added > 0, followings.count(where: { $0.feed.isTagged }) + added > Limits.followedTags {
            throw WireError(.tooMany, "one connection follows at most \(Limits.followedTags) hashtags")
        }
        guard follow.since != nil || follow.count != nil else {
            return .line(begin(following: follow.tags, from: server.live.newestSequence))
        }
        // A client that names a sequence which was given out is told of no earlier one.
        var known = follow.since ?? 0
        if try server.lastSequence(ifBefore: known) != nil { known = 0 }
        return beginList(.missed(try server.cursor(for: follow), tags: follow.tags, newest: known))
    }

    /// All that was missed is on its way: the rest comes live.
    ///
    /// Tweets that the loop knows of are committed, and so were read; those that were read beyond must not be pushed again.
    func caughtUp(_ tags: [Hashtag], newest: SequenceNumber) -> [UInt8] {
        begin(following: tags, from: max(newest, server.live.newestSequence))
    }

    /// Notes a tweet that was sent because it was missed of some feeds; the ring may have it for another.
    func sentFromStore(_ tweet: Tweet, for tags: [Hashtag]) {
        guard tweet.sequence > sentSequence else { return }
        let isOnItsWay = followings.contains { following in
            !following.feed.isFeed(of: tags) && tweet.sequence > following.floor && following.feed.takes(tweet)
        }
        guard isOnItsWay else { return }
        sentAhead.insert(tweet.sequence)
        updateEverythingFloor()
    }

    /// Follows live from now on.
    ///
    /// - Returns: the answer, which says from which sequence.
    private func begin(following tags: [Hashtag], from floor: SequenceNumber) -> [UInt8] {
        // What is still on its way for another following is not behind the client yet.
        let begun = followsTweets && connection.feedCursor != nil ? min(floor, sentSequence) : floor
        if tags.isEmpty { unfollow(nil) }
        for tag in tags { unfollow(tag) }
        if !followsTweets {
            sentSequence = floor
            sentAhead = SentAhead()
        }
        // Not before: a feed ends with its last follower, which may have been this one.
        for feed in server.live.feeds.feeds(of: tags) { server.live.feeds.add(self, to: feed, floor: floor) }
        readRing()
        return PacketWriter.ok(following: begun)
    }

    func unfollow(_ tag: Hashtag?) {
        if let feed = followings.first(where: { $0.feed.isFeed(of: tag) })?.feed { unfollow(feed) }
    }

    private func unfollow(_ feed: Feed) {
        if let index = followings.firstIndex(where: { $0.feed === feed }) { server.live.feeds.remove(self, at: index) }
    }

    /// Ends all of the connection's followings, and its part in the chat's notices.
    func unfollowAll() {
        while !followings.isEmpty { server.live.feeds.remove(self, at: followings.count - 1) }
    }

    var followsTweets: Bool { followings.contains { $0.feed !== server.live.feeds.chat } }

    /// Begins to read the ring, if it does not yet.
    func readRing() {
        if !isReadingRing { connection.attach(server.live.feeds.ring) }
        isReadingRing = true
    }
}

// MARK: - The ring

extension ClientHandler {
    /// Whether a line of the ring is for this connection.
    func isFor(line number: UInt64) -> Bool {
        let sequence = server.live.feeds.tweetSequence(of: number)
        if sequence < 0 { return hasJoined && number >= joinedAtLine && !ownNotices.contains(number) }
        // The commonest question, once for each line and follower.
        if sequence > everythingFloor { return true }
        let feeds = server.live.feeds.feeds(of: number)
        return !sentAhead.contains(sequence)
            && followings.contains { following in
                let feed = following.feed
                return sequence > following.floor
                    && (feed === server.live.feeds.all || feeds.contains { $0 === feed })
            }
    }

    /// Keeps ``everythingFloor`` true to the followings.
    func updateEverythingFloor() {
        let ofTweets = followings.filter { $0.feed !== server.live.feeds.chat }
        let isAll = ofTweets.count == 1 && ofTweets[0].feed === server.live.feeds.all && sentAhead.isEmpty
        everythingFloor = isAll ? ofTweets[0].floor : .max
    }

    /// The ring has been read up to a line.
    func hasRead(to number: UInt64) {
        sentSequence = max(sentSequence, server.live.feeds.newestSequence(at: number - 1))
        guard !sentAhead.isEmpty else { return }
        sentAhead.passed(sentSequence)
        updateEverythingFloor()
    }

    /// The ring was overtaken: what it follows ends, and it is told where to go on from.
    func lagged() {
        isReadingRing = false
        let wasFollowing = followsTweets
        for index in followings.indices.reversed() where followings[index].feed !== server.live.feeds.chat {
            server.live.feeds.remove(self, at: index)
        }
        if hasJoined { readRing() }
        guard wasFollowing else { return }
        report(.error, " lags behind what it follows", "")
        send(PacketWriter.lagged(sentSequence))
    }
}

extension Server {
    /// Where the tweets are read from that a follower has missed; to the end, however many come meanwhile.
    func cursor(for follow: Follow) throws(WireError) -> TweetCursor {
        if let since = follow.since { return TweetCursor(after: since, of: follow.tags, atMost: .max) }
        return try cursor(for: Download(tags: follow.tags, count: follow.count)).toTheEnd
    }
}
