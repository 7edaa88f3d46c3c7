public import TweetModel

/// `["search",{"text":"two words","count":…,"before":…}]`: the tweets that have all of some words, newest first.
public struct Search: Hashable, Sendable {
    public let query: SearchQuery
    /// At most this many tweets.
    public var count: Int?
    /// The sequence before which to start; nil for the newest tweet.
    public var before: SequenceNumber?

    /// The most tweets of the answer.
    public var limit: Int { count ?? WireLimits.downloadCount }

    public init(_ query: SearchQuery, count: Int? = nil, before: SequenceNumber? = nil) {
        self.query = query
        self.count = count
        self.before = before
    }

    init(_ packet: Packet) throws(WireError) {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        var text: String?
        var count: Int?
        var before: SequenceNumber?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("text", .string(let string)): text = string
            case ("count", .null), ("before", .null): continue
            case ("count", .integer(let number)): count = try Request.count(number)
            case ("before", .integer(let number)):
                guard number >= 0 else { throw .badBody("before must not be negative") }
                before = number
            default: throw .badMember(key, of: "text, count, before")
            }
        }
        guard let text else { throw .badBody("text is missing") }
        guard let query = SearchQuery(text) else { throw .badBody(SearchQuery.rule) }
        self.init(query, count: count, before: before)
    }
}
