import TweetReactor

/// The open connections, counted by what they speak.
struct ConnectionCensus {
    /// The languages of connections, and how many speak each.
    private(set) var framings: [(name: String, connections: Int64)] =
        ["silent", "lines", "original", "http", "websocket"].map { ($0, 0) }
    /// The forms in which tweets are sent, and how many connections follow tweets in each.
    private(set) var followers: [(name: String, connections: Int64)] =
        ["lines", "websocket", "ndjson", "sse", "ntfy"].map { ($0, 0) }
    private(set) var plain: Int64 = 0
    private(set) var encrypted: Int64 = 0
    private(set) var named: Int64 = 0
    /// The number of lines by which the follower that is furthest behind is behind.
    private(set) var longestLag: UInt64 = 0

    init(_ server: Server) {
        let end = server.live.feeds.rings.end
        for client in server.clients.all {
            if client.connection.isEncrypted { encrypted += 1 } else { plain += 1 }
            if client.conversation.identity.name != nil { named += 1 }
            framings[Self.index(of: client)].connections += 1
            if let cursor = client.connection.feedCursor, cursor < end { longestLag = max(longestLag, end - cursor) }
            if client.subscriber.followsTweets { followers[Self.index(of: client.connection.framing)].connections += 1 }
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

    private static func index(of framing: Framing) -> Int {
        switch framing {
        case .lines, .original: 0
        case .webSocket: 1
        case .jsonLines: 2
        case .eventStream: 3
        case .ntfy: 4
        }
    }
}
