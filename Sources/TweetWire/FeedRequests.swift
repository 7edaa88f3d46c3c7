public import TweetModel

/// `["follow",…]`: new tweets as they arrive, optionally preceded by earlier ones.
public struct Follow: Hashable, Sendable {
    /// The hashtags to follow; empty for all tweets.
    public var tags: [Hashtag]
    /// The sequence to start after, from every session.
    public var since: SequenceNumber?
    /// The number of newest tweets to start with, the same as a download of that count returns; not with `since`.
    public var count: Int?

    public init(tags: [Hashtag] = [], since: SequenceNumber? = nil, count: Int? = nil) {
        self.tags = tags
        self.since = since
        self.count = count
    }

    /// - Parameter tag: the only hashtag; nil for all tweets.
    public init(tag: Hashtag?, since: SequenceNumber? = nil, count: Int? = nil) {
        self.init(tags: tag.map { [$0] } ?? [], since: since, count: count)
    }

    init(_ packet: Packet) throws(WireError) {
        switch packet.body {
        case .string: self.init(tag: try Request.tag(packet))
        case .object(let object):
            self.init()
            let members = try packet.members(of: object)
            for (key, value) in members {
                switch (key, value) {
                case ("tag", .null), ("tags", .null), ("since", .null), ("count", .null): continue
                case ("tag", .string(let text)): tags = [try Request.hashtag(text)]
                case ("tags", .strings(let texts)): tags = try Request.hashtags(texts)
                case ("since", .integer(let sequence)): since = try Request.sequence(sequence)
                case ("count", .integer(let number)): count = try Request.count(number)
                default: throw .badMember(key, of: "tag, tags, since, count")
                }
            }
            try Request.checkTags(members)
            if since != nil, count != nil { throw .badBody("since and count exclude each other") }
        }
    }
}

extension Request {
    /// Parses a body that is a hashtag, or `""` for all tweets.
    static func tag(_ packet: Packet) throws(WireError) -> Hashtag? {
        switch packet.body {
        case .string(let token) where token.range.isEmpty: return nil
        case .string(let token): return try hashtag(try packet.scanner.text(token))
        case .object: throw .badBody("the body must be a hashtag or \"\"")
        }
    }

    static func sequence(_ number: Int64) throws(WireError) -> SequenceNumber {
        guard number >= 0 else { throw .badBody("since must not be negative") }
        return number
    }

    static func count(_ number: Int64) throws(WireError) -> Int {
        guard (1...Int64(WireLimits.downloadCount)).contains(number) else {
            throw .badBody("count must be 1 to \(WireLimits.downloadCount)")
        }
        return Int(number)
    }
}
