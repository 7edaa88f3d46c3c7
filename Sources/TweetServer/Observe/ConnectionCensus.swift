import TweetReactor

/// The open connections, counted by what they speak.
struct ConnectionCensus {
    /// The languages of connections: how many speak each, and how many of them follow tweets.
    private(set) var framings: [(name: String, connections: Int64, followers: Int64)] =
        ["silent", "lines", "original", "http", "websocket"].map { ($0, 0, 0) }
    private(set) var plain: Int64 = 0
    private(set) var encrypted: Int64 = 0
    private(set) var named: Int64 = 0
    /// The followers by HTTP: of lines of JSON, and of server-sent events.
    private(set) var jsonStreams: Int64 = 0
    private(set) var eventStreams: Int64 = 0
    /// The number of lines by which the follower that is furthest behind is behind.
    private(set) var longestLag: UInt64 = 0

    init(_ server: Server) {
        let end = server.live.feeds.rings.end
        for client in server.clients.all {
            if client.connection.isEncrypted { encrypted += 1 } else { plain += 1 }
            if client.conversation.identity.name != nil { named += 1 }
            let index = Self.index(of: client)
            framings[index].connections += 1
            if let cursor = client.connection.feedCursor, cursor < end { longestLag = max(longestLag, end - cursor) }
            guard client.subscriber.followsTweets else { continue }
            framings[index].followers += 1
            if case .stream(let framing, _)? = client.conversation.exchange?.form {
                if framing == .eventStream { eventStreams += 1 } else { jsonStreams += 1 }
            }
        }
    }

    private static func index(of client: ClientHandler) -> Int {
        switch client.conversation.framing {
        case nil: client.conversation.http == nil ? 0 : 3
        case .original?: 2
        case .webSocket?: 4
        default: 1
        }
    }
}
