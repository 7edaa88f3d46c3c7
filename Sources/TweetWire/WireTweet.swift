public import TweetModel

/// A tweet as a packet carries it: only its types are validated, since the server may be a newer one.
public struct WireTweet: Hashable, Sendable {
    /// The sequence; nil while the last message is empty.
    public var sequence: SequenceNumber?
    public var time: Timestamp?
    public var author: String?
    /// Whether the author was logged in to an account; false for a guest, and if the server does not know it.
    public var isByAccount: Bool
    public var text: String
    public var tags: [String]

    public init(
        sequence: SequenceNumber? = nil, time: Timestamp? = nil, author: String? = nil, isByAccount: Bool = false,
        text: String, tags: [String] = []
    ) {
        self.sequence = sequence
        self.time = time
        self.author = author
        self.isByAccount = isByAccount
        self.text = text
        self.tags = tags
    }

    /// Creates the wire form of a stored tweet.
    public init(_ tweet: Tweet) {
        self.init(
            sequence: tweet.sequence, time: tweet.time, author: tweet.author?.string,
            isByAccount: tweet.isByAccount, text: tweet.text.string, tags: tweet.text.hashtags.map(\.written))
    }
}

extension WireTweet {
    init(_ members: [Packet.Member]) throws(WireError) {
        self.init(
            sequence: try members.optionalInteger("seq"), time: try members.time("time"),
            author: try members.optionalString("author"), isByAccount: members.isTrue("account"),
            text: try members.string("text"), tags: try members.strings("tags"))
    }

    /// The author as shown to people, `ana`, or `~ana` for a guest.
    public var shownAuthor: String? { author.map { $0.marked(asGuest: !isByAccount) } }
}

extension WireMessage {
    /// The sender as shown to people, `ana`, or `~ana` for a guest.
    public var shownSender: String { sender.marked(asGuest: !isByAccount) }
}

extension String {
    /// A name with the mark of guests, which no name contains: nobody has proved with a password to be that person.
    func marked(asGuest isGuest: Bool) -> String { isGuest ? "~" + self : self }
}
