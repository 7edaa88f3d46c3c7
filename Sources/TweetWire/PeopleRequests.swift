public import TweetModel

/// `["passwd",{"old":…,"new":…}]`.
public struct PasswordChange: Hashable, Sendable {
    public let old: Password
    public let new: Password

    public init(old: Password, new: Password) {
        self.old = old
        self.new = new
    }

    init(_ packet: Packet) throws(WireError) {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        var old: String?
        var new: String?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("old", .string(let text)): old = text
            case ("new", .string(let text)): new = text
            default: throw .badMember(key, of: "old, new")
            }
        }
        guard let old, let new else { throw .badBody("old or new is missing") }
        self.init(old: try Password(given: old), new: try Password(chosen: new))
    }
}

extension Request {
    /// `["name",NAME]` or `["name",{"name":NAME,"resume":SECRET}]`.
    static func takeName(_ packet: Packet) throws(WireError) -> Request {
        guard case .object(let object) = packet.body else { return .takeName(try name(packet)) }
        var name: String?
        var secret: ResumeSecret?
        for (key, value) in try packet.members(of: object) {
            switch (key, value) {
            case ("name", .string(let text)): name = text
            case ("resume", .null): continue
            case ("resume", .string(let text)): secret = try ResumeSecret(wire: text)
            default: throw .badMember(key, of: "name, resume")
            }
        }
        guard let name else { throw .badBody("name is missing") }
        return .takeName(try Name(wire: name), resume: secret)
    }
}

extension ResumeSecret {
    fileprivate init(wire string: String) throws(WireError) {
        guard let secret = ResumeSecret(string) else { throw .badBody(Self.rule) }
        self = secret
    }
}

/// `["who",…]`: the part of the directory that an answer lists.
public enum DirectoryQuery: Hashable, Sendable {
    /// Every name.
    case everybody
    /// People who have joined, away or not.
    case here
    case one(Name)

    init(_ packet: Packet) throws(WireError) {
        switch packet.body {
        case .string(let token) where token.range.isEmpty: self = .everybody
        case .string(let token): self = .one(try Name(wire: try packet.scanner.text(token)))
        case .object(let object):
            self = .everybody
            for (key, value) in try packet.members(of: object) {
                switch (key, value) {
                case ("here", .bool(let isHere)): self = isHere ? .here : .everybody
                default: throw .badMember(key, of: "here")
                }
            }
        }
    }
}

extension Credentials {
    /// - Parameter isNew: whether the account is to be created: then an error says what is wrong with the name or
    ///   password.
    init(_ packet: Packet, isNew: Bool) throws(WireError) {
        guard case .object(let object) = packet.body else { throw .badBody("the body must be an object") }
        try self.init(try packet.members(of: object), isNew: isNew)
    }

    init(_ members: [Packet.Member], isNew: Bool) throws(WireError) {
        var name: String?
        var password: String?
        for (key, value) in members {
            switch (key, value) {
            case ("name", .string(let text)): name = text
            case ("password", .string(let text)): password = text
            default: throw .badMember(key, of: "name, password")
            }
        }
        guard let name, let password else { throw .badBody("name or password is missing") }
        self.init(
            name: try Name(wire: name), password: isNew ? try Password(chosen: password) : try Password(given: password)
        )
    }
}

extension Password {
    fileprivate init(chosen string: String) throws(WireError) {
        guard let password = Password(string) else { throw WireError(.badPassword, Password.rule) }
        self = password
    }

    /// An impossible name or password is refused with the same error as a wrong one.
    fileprivate init(given string: String) throws(WireError) {
        guard let password = Password(string) else { throw .wrongPassword }
        self = password
    }
}
