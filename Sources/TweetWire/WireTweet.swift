public import TweetModel

/// A tweet as a packet carries it: only its types are validated, since the server may be a newer one.
public struct WireTweet: Hashable, Sendable {
    /// The sequence; nil while the last message is empty.
    public var sequence: SequenceNumber?
    public var time: Timestamp?
    public var author: String?
    public var text: String
    public var tags: [String]

    public init(
        sequence: SequenceNumber? = nil, time: Timestamp? = nil, author: String? = nil, text: String,
        tags: [String] = []
    ) {
        self.sequence = sequence
        self.time = time
        self.author = author
        self.text = text
        self.tags = tags
    }

    /// Creates the wire form of a stored tweet.
    public init(_ tweet: Tweet) {
        self.init(
            sequence: tweet.sequence, time: tweet.time, author: tweet.author?.string, text: tweet.text.string,
            tags: tweet.text.hashtags.map(\.written))
    }
}

extension WireTweet {
    init(_ members: [Packet.Member]) throws(WireError) {
        self.init(
            sequence: try members.optionalInteger("seq"), time: try members.time("time"),
            author: try members.optionalString("author"), text: try members.string("text"),
            tags: try members.strings("tags"))
    }
}
