public import TweetSystem

/// The contents of the status line.
public struct ChatStatus: Hashable, Sendable {
    public enum Connection: Hashable, Sendable {
        case connecting
        case connected
        /// The next attempt begins at this time.
        case pausing(until: Instant)
    }

    /// The server as the user gave it: `127.0.0.1:65432`.
    public var server: String
    public var connection = Connection.connecting
    /// The name; nil until one is accepted.
    public var name: String?
    public var hasAccount = false
    /// The number of people here; nil until the server has told.
    public var hereCount: Int?
    /// Number of unread private messages.
    public var pending = 0
    public var isAway = false
    public var isHidden = false
    /// The followed hashtags, as written.
    public var tags: [String] = []
    /// Number of messages without an answer.
    public var unanswered = 0
    /// Whether they wait because the server cannot store messages now.
    public var waitsForStore = false

    public init(server: String) {
        self.server = server
    }
}
