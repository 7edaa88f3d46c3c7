public import TweetModel

/// `["token",{"may":"send","label":…,"expires":…}]`: the token to make.
public struct NewToken: Hashable, Sendable {
    public let scope: TokenScope
    public let label: TokenLabel?
    /// The seconds after which it expires; nil if it lasts until it is removed, which a session's does not.
    public let lifetime: Int64?

    /// - Parameter lifetime: the seconds after which it expires; a session needs one.
    public init(_ scope: TokenScope, label: TokenLabel? = nil, lifetime: Int64? = nil) {
        self.scope = scope
        self.label = label
        self.lifetime = lifetime
    }

    init(_ packet: Packet) throws(WireError) {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        var may: String?
        var tag: Hashtag?
        var label: TokenLabel?
        var lifetime: Int64?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("may", .string(let text)): may = text
            case ("tag", .null), ("label", .null), ("expires", .null): continue
            case ("tag", .string(let text)): tag = try Request.hashtag(text)
            case ("label", .string(let text)):
                guard let valid = TokenLabel(text) else { throw .badBody(TokenLabel.rule) }
                label = valid
            case ("expires", .integer(let seconds)): lifetime = seconds
            default: throw .badMember(key, of: "may, tag, label, expires")
            }
        }
        self.init(try Self.scope(may, tag), label: label, lifetime: lifetime)
        try checkLifetime()
    }

    private static func scope(_ may: String?, _ tag: Hashtag?) throws(WireError) -> TokenScope {
        switch (may, tag) {
        case ("send", nil): return .send
        case ("read", let tag?): return .read(tag)
        case ("everything", nil): return .everything
        case ("read", nil): throw .badBody("a token that may read needs a tag")
        case ("send", _), ("everything", _): throw .badBody("only a token that may read has a tag")
        default: throw .badBody("may must be \"send\", \"read\" or \"everything\"")
        }
    }

    /// The longest time after which a token may expire.
    public static func longestLifetime(of scope: TokenScope) -> Duration {
        scope.isSession ? WireLimits.sessionLifetime : WireLimits.tokenLifetime
    }

    private func checkLifetime() throws(WireError) {
        let most = Self.longestLifetime(of: scope).components.seconds
        guard let lifetime else {
            if scope.isSession { throw .badBody("a token that may do everything needs expires") }
            return
        }
        guard (1...most).contains(lifetime) else { throw .badBody("expires must be 1 to \(most) seconds") }
    }
}

extension TokenScope {
    /// The word for it in packets and for people.
    public var word: String {
        switch self {
        case .send: "send"
        case .read: "read"
        case .everything: "everything"
        }
    }
}

extension Request {
    /// `["login",{"name":NAME,"password":PASSWORD}]` or `["login",{"token":TOKEN}]`.
    static func logIn(_ packet: Packet) throws(WireError) -> Request {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        let members = try packet.members(of: object)
        guard members.contains(where: { $0.key == "token" }) else {
            return .logIn(try Credentials(members, isNew: false))
        }
        guard members.count == 1, case .string(let text) = members[0].value else {
            throw .badBody("a log-in by token has no other key")
        }
        // As for a password: an impossible one is a wrong one.
        guard let secret = TokenSecret(text) else { throw .wrongToken }
        return .logInByToken(secret)
    }

    /// Parses the body of `["remove_token",{"id":17}]`.
    static func tokenID(_ packet: Packet) throws(WireError) -> SequenceNumber {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        var id: SequenceNumber?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("id", .integer(let number)): id = number
            default: throw .badMember(key, of: "id")
            }
        }
        guard let id else { throw .badBody("id is missing") }
        return id
    }
}
