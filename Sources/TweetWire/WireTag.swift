public import TweetModel

/// A hashtag of a list as a packet carries it: its types are checked and nothing more, the server may be a newer one.
public struct WireTag: Hashable, Sendable {
    /// The hashtag without `#`, as it was written last.
    public var tag: String
    /// Tweets that have the hashtag.
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

extension Request {
    /// The body of `["tags",…]`: `""`, or the number of hashtags that are wanted.
    static func tagCount(_ packet: Packet) throws(WireError) -> Int? {
        switch packet.body {
        case .string(let token) where token.range.isEmpty: return nil
        case .string: throw .badBody("the body is \"\" or an object")
        case .object(let object):
            var count: Int?
            for (key, value) in try packet.members(of: object) {
                switch (key, value) {
                case ("count", .null): continue
                case ("count", .integer(let number)): count = try Self.count(number)
                default: throw .badMember(key, of: "count")
                }
            }
            return count
        }
    }
}
