public import TweetModel

/// A hashtag of a list as a packet carries it: only its types are validated, since the server may be a newer one.
public struct WireTag: Hashable, Sendable {
    /// The hashtag without `#`, in its latest spelling.
    public var tag: String
    /// The number of tweets with the hashtag.
    public var count: Int
    /// The sequence of the newest of them.
    public var sequence: SequenceNumber?
    /// The time of the newest of them.
    public var time: Timestamp?

    public init(tag: String, count: Int, sequence: SequenceNumber? = nil, time: Timestamp? = nil) {
        self.tag = tag
        self.count = count
        self.sequence = sequence
        self.time = time
    }

    init(_ members: [Packet.Member]) throws(WireError) {
        guard let count = try members.optionalInteger("count") else { throw .badBody("count is missing") }
        guard count >= 0 else { throw .badBody("count is negative") }
        self.init(
            tag: try members.string("tag"), count: Int(count), sequence: try members.optionalInteger("seq"),
            time: try members.time("time"))
    }
}
