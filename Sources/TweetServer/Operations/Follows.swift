import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Handling of `follow` and of followers that lag.
extension ClientHandler {
    func follow(_ follow: Follow) throws(WireError) -> Response {
        guard subscriber.hasRoom(for: follow.tags) else {
            throw WireError(
                .tooMany,
                "one connection follows at most \(WireLimits.followedTags) hashtags, with \(WireLimits.followedTagBytes) bytes"
            )
        }
        if conversation.exchange?.form == .ntfyPermission { return .done }
        if case .ntfy(let stream)? = conversation.exchange?.form { return try self.follow(stream) }
        let missed = try missed(by: follow)
        try makeRoomToStay()
        // Only now can nothing be refused any more.
        noteStay()
        // A stream by HTTP has a framing of its own, which decides the ring that it reads.
        if case .stream(let framing, _, _)? = conversation.exchange?.form { connection.use(framing) }
        guard let missed else {
            return .line(
                PacketWriter.ok(following: subscriber.follow(follow.tags, from: server.live.newestSequence)))
        }
        return beginList(missed)
    }

    /// The list of the tweets that a follower has missed; nil if it wants none.
    ///
    /// A sequence that was never given out is another store's, or a later state's of this one. A client that reads
    /// packets sees a lower one in the answer; one of HTTP sees no answer, and is told in another way.
    private func missed(by follow: Follow) throws(WireError) -> ListAnswer.Source? {
        guard follow.since != nil || follow.count != nil else { return nil }
        // A client that names a sequence that exists never gets a lower one in the answer.
        var known = follow.since ?? 0
        if let last = try server.lastSequence(ifBefore: known) {
            if let exchange = conversation.exchange {
                guard exchange.form.comesBack else { throw .noSuchSequence(known, last: last) }
                exchange.isRewound = true
                return nil
            }
            known = 0
        }
        return .missed(try server.cursor(for: follow), tags: follow.tags, newest: known)
    }

    /// Switches to live tweets, once all missed tweets are queued.
    ///
    /// Tweets that the loop knows of are committed, so they have been read. Tweets that were read beyond those must not
    /// be pushed again.
    func caughtUp(_ tags: [Hashtag], newest: SequenceNumber) -> [UInt8] {
        PacketWriter.ok(following: subscriber.followAnew(tags, from: max(newest, server.live.newestSequence)))
    }

    /// Ends what a client follows as if the ring had overtaken it.
    func fallBehind() {
        connection.detach()
        lagged()
    }

    /// Tells a client where to continue, after the ring has overtaken it.
    func lagged() {
        guard let sequence = subscriber.wasOvertaken() else { return }
        report(.error, " lags behind what it follows")
        send(PacketWriter.lagged(sequence))
    }
}

extension Server {
    /// The cursor that reads the tweets that a follower has missed, to the end, including those that come meanwhile.
    func cursor(for follow: Follow) throws(WireError) -> TweetCursor {
        if let since = follow.since { return TweetCursor(after: since, of: follow.tags, atMost: .max) }
        return try cursor(for: Download(tags: follow.tags, count: follow.count)).toTheEnd
    }
}
