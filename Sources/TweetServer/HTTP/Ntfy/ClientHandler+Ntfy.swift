import TweetHTTP
import TweetModel
import TweetReactor
import TweetStore
import TweetWire

/// Followers that speak ntfy.
///
/// They are followers like any others: they read the ring of their form, and what they have missed comes from the store.
extension ClientHandler {
    /// Starts to follow, or only sends what is there.
    func follow(_ follow: NtfyFollow) throws(WireError) -> Response {
        let missed = try server.missed(by: follow)
        if !follow.polls {
            try makeRoomToStay()
            noteStay()
        }
        begin(follow)
        if let missed { return beginList(.ntfy(missed)) }
        return .line(follow.polls ? PacketWriter.okCount(0) : caughtUp(follow.tags, newest: 0))
    }

    private func begin(_ follow: NtfyFollow) {
        ntfy = follow
        connection.use(.ntfy(follow.form))
        if let upgrade = follow.upgrade {
            begin(upgrade, framing: .ntfy(.ws))
            conversation.becameWebSocketOfNtfy()
        } else if !follow.polls {
            var bytes: [UInt8] = []
            ResponseWriter.appendStream(HTTPHeads.ntfy(follow.form), at: server.httpDate, to: &bytes)
            connection.send(bytes)
            conversation.exchange?.hasBegun = true
            connection.setInputDeadline(after: ServerLimits.heartbeat)
        }
        if !follow.polls { connection.send(event("open", of: follow)) }
    }

    private func event(_ name: StaticString, of follow: NtfyFollow) -> [UInt8] {
        follow.event(name, newest: server.live.newestSequence, at: server.clock())
    }

    /// Keeps a stream's connection alive.
    func sendKeepalive(_ follow: NtfyFollow) {
        connection.send(event("keepalive", of: follow))
        connection.setInputDeadline(after: ServerLimits.heartbeat)
    }

    /// Sends the next tweets that a follower has missed, and notes in the list how far it has come.
    ///
    /// - Returns: whether it has all of them.
    func send(_ missed: NtfyMissed, of list: inout ListAnswer, count: inout Int) throws(SQLiteError) -> Bool {
        var missed = missed
        var (newest, sent) = (missed.newest, count)
        try server.reader.read(&missed.cursor, atMost: ServerLimits.listLookUps) { tweet in
            newest = tweet.sequence
            if tweet.time >= missed.first {
                send(missed.follow.message(tweet), of: missed.follow)
                sent += 1
            }
            return connection.outputBytes < ServerLimits.listBytes && !connection.isFinishing
        }
        (missed.newest, count) = (newest, sent)
        list.source = .ntfy(missed)
        return missed.cursor.isAtEnd || connection.isFinishing
    }

    private func send(_ message: [UInt8], of follow: NtfyFollow) {
        if follow.polls, let exchange = conversation.exchange {
            sendPiece(message, exchange)
        } else {
            connection.send(message)
        }
    }

    /// Handles a packet for a follower, which is sent none: the answer to its request, or the end, such as `lagged`.
    ///
    /// A client that comes back names the last message that it has.
    func send(_ packet: [UInt8], to follow: NtfyFollow) {
        let isAnswer = packet.starts(with: #"["ok","#.utf8)
        if isAnswer, !follow.polls { return }
        ntfy = nil
        if let exchange = conversation.exchange {
            if isAnswer { endList(exchange) } else { endStream() }
        } else {
            subscriber.unfollowAll()
            finish(isAnswer ? .normal : .tryAgainLater)
        }
    }

    /// Ends what a follower is sent: the rest of it cannot be read, or the follower may no longer have it.
    func endNtfy(_ error: WireError) {
        ntfy = nil
        if let exchange = conversation.exchange { return send(HTTPProblem(error).forNtfy, as: exchange) }
        finish(error.code == .unavailable ? .internalError : .policyViolation)
    }
}

/// The tweets that a follower of ntfy's has missed, as far as they are sent.
struct NtfyMissed {
    let follow: NtfyFollow
    var cursor: TweetCursor
    /// Earlier ones are passed over.
    let first: Timestamp
    /// The last one that was read.
    var newest: SequenceNumber = 0
}

extension Server {
    /// The tweets that a follower has missed; nil if it wants none.
    ///
    /// By time they are found among the newest ones: the same number of them as a download has at most.
    fileprivate func missed(by follow: NtfyFollow) throws(WireError) -> NtfyMissed? {
        var newest = WireLimits.downloadCount
        var first = Timestamp(milliseconds: .min)
        switch follow.since {
        case .none: return nil
        case .all: break
        case .latest: newest = 1
        case .time(let time): first = time
        case .age(let age): first = clock().subtracting(milliseconds: age)
        case .message(let sequence):
            // An id that was never given is another store's: nothing of this one is known to the client.
            if try lastSequence(ifBefore: sequence) != nil { break }
            let count = follow.polls ? WireLimits.downloadCount : .max
            return NtfyMissed(
                follow: follow, cursor: TweetCursor(after: sequence, of: follow.tags, atMost: count), first: first)
        }
        let cursor = try cursor(for: Download(tags: follow.tags, count: newest))
        return NtfyMissed(follow: follow, cursor: follow.polls ? cursor : cursor.toTheEnd, first: first)
    }
}

extension HTTPHeads {
    static func ntfy(_ form: NtfyForm) -> ResponseHead {
        switch form {
        case .json: ntfyLines
        case .sse: ntfyEvents
        case .raw, .ws: text
        }
    }

    // Some clients read bytes in another character set unless this is said.
    private static let ntfyLines = head("application/x-ndjson; charset=utf-8")
    private static let ntfyEvents = head("text/event-stream; charset=utf-8")
}
