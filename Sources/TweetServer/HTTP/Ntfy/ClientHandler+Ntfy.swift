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
    func follow(_ stream: NtfyFollow) throws(WireError) -> Response {
        if !stream.polls {
            try makeRoomToStay()
            noteStay()
        }
        let missed = try server.missed(by: stream)
        begin(stream)
        if let missed { return beginList(.ntfy(missed)) }
        return .line(stream.polls ? PacketWriter.okCount(0) : caughtUp(stream.tags, newest: 0))
    }

    private func begin(_ stream: NtfyFollow) {
        ntfy = stream
        connection.use(.ntfy(stream.form))
        if let upgrade = stream.upgrade {
            begin(upgrade, framing: .ntfy(.ws))
            conversation.becameWebSocketOfNtfy()
        } else if !stream.polls {
            var bytes: [UInt8] = []
            ResponseWriter.appendStream(HTTPHeads.ntfy(stream.form), at: server.httpDate, to: &bytes)
            connection.send(bytes)
            conversation.exchange?.hasBegun = true
            connection.setInputDeadline(after: ServerLimits.heartbeat)
        }
        if !stream.polls { connection.send(event("open", of: stream)) }
    }

    private func event(_ name: StaticString, of stream: NtfyFollow) -> [UInt8] {
        stream.event(name, newest: server.live.newestSequence, at: server.clock())
    }

    /// Keeps a stream's connection alive.
    func sendKeepalive(_ stream: NtfyFollow) {
        connection.send(event("keepalive", of: stream))
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
                send(missed.stream.message(tweet), of: missed.stream)
                sent += 1
            }
            return connection.outputBytes < ServerLimits.listBytes && !connection.isFinishing
        }
        (missed.newest, count) = (newest, sent)
        list.source = .ntfy(missed)
        return missed.cursor.isAtEnd || connection.isFinishing
    }

    private func send(_ message: [UInt8], of stream: NtfyFollow) {
        if stream.polls, let exchange = conversation.exchange {
            sendPiece(message, exchange)
        } else {
            connection.send(message)
        }
    }

    /// Handles a packet for a follower, which is sent none: the answer to its request, or the end, such as `lagged`.
    ///
    /// A client that comes back names the last message that it has.
    func send(_ packet: [UInt8], to stream: NtfyFollow) {
        let isAnswer = packet.starts(with: #"["ok","#.utf8)
        if isAnswer, !stream.polls { return }
        ntfy = nil
        if let exchange = conversation.exchange {
            if isAnswer { endList(exchange) } else { endStream() }
        } else {
            subscriber.unfollowAll()
            finish(isAnswer ? .normal : .tryAgainLater)
        }
    }

    /// Ends what a follower is sent: the rest of it cannot be read, or the follower may no longer have it.
    func cutOff(_ stream: NtfyFollow, _ error: WireError) {
        ntfy = nil
        if let exchange = conversation.exchange { return send(HTTPProblem(error).forNtfy, as: exchange) }
        finish(error.code == .unavailable ? .internalError : .policyViolation)
    }
}

/// The tweets that a follower of ntfy's has missed, as far as they are sent.
struct NtfyMissed {
    let stream: NtfyFollow
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
    fileprivate func missed(by stream: NtfyFollow) throws(WireError) -> NtfyMissed? {
        var newest = WireLimits.downloadCount
        var first = Timestamp(milliseconds: .min)
        switch stream.since {
        case .none: return nil
        case .all: break
        case .latest: newest = 1
        case .time(let time): first = time
        case .age(let age): first = clock().subtracting(milliseconds: age)
        case .message(let sequence):
            // An id that was never given is another store's: nothing of this one is known to the client.
            if try lastSequence(ifBefore: sequence) != nil { break }
            let count = stream.polls ? WireLimits.downloadCount : .max
            return NtfyMissed(
                stream: stream, cursor: TweetCursor(after: sequence, of: stream.tags, atMost: count), first: first)
        }
        let cursor = try cursor(for: Download(tags: stream.tags, count: newest))
        return NtfyMissed(stream: stream, cursor: stream.polls ? cursor : cursor.toTheEnd, first: first)
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
