public import TweetModel

/// A token as a packet carries it: only its types are validated, since the server may be a newer one.
public struct WireToken: Hashable, Sendable {
    public var id: SequenceNumber
    /// The word for what it permits; see ``TweetModel/TokenScope``.
    public var may: String
    /// The only hashtag that it reads.
    public var tag: String?
    public var label: String?
    public var created: Timestamp?
    public var expires: Timestamp?
    /// The token itself, which only the answer to the request that made it has.
    public var secret: TokenSecret?

    public init(
        id: SequenceNumber, may: String, tag: String? = nil, label: String? = nil, created: Timestamp? = nil,
        expires: Timestamp? = nil, secret: TokenSecret? = nil
    ) {
        self.id = id
        self.may = may
        self.tag = tag
        self.label = label
        self.created = created
        self.expires = expires
        self.secret = secret
    }

    public init(_ token: AccessToken, secret: TokenSecret? = nil) {
        var tag: String?
        if case .read(let read) = token.scope { tag = read.written }
        self.init(
            id: token.id, may: token.scope.word, tag: tag, label: token.label?.string, created: token.created,
            expires: token.expires, secret: secret)
    }

    init(_ members: [Packet.Member]) throws(WireError) {
        guard let id = try members.optionalInteger("id") else { throw .badBody("id is missing") }
        var secret: TokenSecret?
        if let text = try members.optionalString("token") {
            guard let valid = TokenSecret(text) else { throw .badBody("token is not understood") }
            secret = valid
        }
        self.init(
            id: id, may: try members.string("may"), tag: try members.optionalString("tag"),
            label: try members.optionalString("label"), created: try members.time("created"),
            expires: try members.time("expires"), secret: secret)
    }
}
