/// The contents of the status line.
public struct ChatStatus: Hashable, Sendable {
    public enum Connection: Hashable, Sendable {
        case connecting
        case connected
        /// The next try begins at this moment of the monotonic clock, in milliseconds.
        case pausing(until: UInt64)
    }

    /// As it was asked for: `127.0.0.1:65432`.
    public var server: String
    public var connection = Connection.connecting
    /// Nil until a name is taken.
    public var name: String?
    public var hasAccount = false
    /// How many are here; nil until the server has told.
    public var hereCount: Int?
    /// Private messages that wait to be read.
    public var pending = 0
    public var isAway = false
    public var isHidden = false
    /// Hashtags that are followed, as they were written.
    public var tags: [String] = []
    /// Messages that have no answer yet.
    public var unanswered = 0
    /// Whether they wait for the server to be able to store them.
    public var waitsForStore = false

    public init(server: String) {
        self.server = server
    }
}
