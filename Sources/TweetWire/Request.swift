import CSystem
public import TweetModel

/// A client's request: a packet's validated operation and body.
public enum Request: Hashable, Sendable {
    // MARK: Tweets

    /// The last message without conditions: the most frequent request, answered from memory.
    case lastMessage
    case download(Download)
    case upload(Upload)
    /// The most recently used hashtags, at most this many.
    case tags(count: Int?)

    case search(Search)

    // MARK: Feeds

    case follow(Follow)
    /// The end of a hashtag's feed; nil ends the feed of all tweets.
    case unfollow(Hashtag?)
    /// A check whether the server is still alive, after silence.
    case ping

    // MARK: Names and accounts

    /// A guest's name, for as long as the connection lasts.
    ///
    /// With the secret that the name was taken with before, the guest takes it over from the connection that still
    /// has it.
    case takeName(Name, resume: ResumeSecret? = nil)
    case signUp(Credentials)
    case logIn(Credentials)
    case logInByToken(TokenSecret)
    case changePassword(PasswordChange)
    case makeToken(NewToken)
    /// The account's tokens, without what they are.
    case tokens
    /// The end of a token, by its id.
    case removeToken(SequenceNumber)
    case join
    case leave
    /// Whether the directory omits the name.
    case setHidden(Bool)
    case setAway(Bool)
    case directory(DirectoryQuery)

    // MARK: Private messages

    case message(OutgoingMessage)
    case inbox(MessageQuery)
    case markRead([SequenceNumber])
    case sent(MessageQuery)
    /// Whether the account takes no messages from a name.
    case setBlocked(Name, Bool)
    /// The names that the account blocks.
    case blocked

    // MARK: The operator's

    case addAccount(Credentials)
    case resetPassword(Credentials)
    case removeAccount(Name)
    /// The state of the server's health.
    case stats
}

extension Request {
    /// Parses a request.
    ///
    /// - Parameter line: the bytes without the line feed.
    /// - Throws: the error to answer with.
    public init(line: UnsafeRawBufferPointer) throws(WireError) {
        if Self.isLastMessage(line) {
            self = .lastMessage
            return
        }
        let packet = try Packet(line: line)
        let word = try packet.scanner.text(packet.operation)
        guard let operation = Operation(rawValue: word) else {
            throw WireError(.unknownOperation, "there is no operation \"\(word.excerpt)\"")
        }
        switch operation {
        case .download: self = try Self.download(packet)
        case .upload: self = .upload(try Upload(packet))
        case .follow: self = .follow(try Follow(packet))
        case .unfollow: self = .unfollow(try Self.tag(packet))
        case .tags: self = .tags(count: try Self.tagCount(packet))
        case .search: self = .search(try Search(packet))
        case .ping: self = try Self.bare(packet, .ping)
        case .takeName: self = try Self.takeName(packet)
        case .signUp: self = .signUp(try Credentials(packet, isNew: true))
        case .logIn: self = try Self.logIn(packet)
        case .changePassword: self = .changePassword(try PasswordChange(packet))
        case .token: self = .makeToken(try NewToken(packet))
        case .tokens: self = try Self.bare(packet, .tokens)
        case .removeToken: self = .removeToken(try Self.tokenID(packet))
        case .join: self = try Self.bare(packet, .join)
        case .leave: self = try Self.bare(packet, .leave)
        case .hide: self = try Self.bare(packet, .setHidden(true))
        case .show: self = try Self.bare(packet, .setHidden(false))
        case .away: self = try Self.bare(packet, .setAway(true))
        case .back: self = try Self.bare(packet, .setAway(false))
        case .directory: self = .directory(try DirectoryQuery(packet))
        case .message: self = .message(try OutgoingMessage(packet))
        case .inbox: self = .inbox(try MessageQuery(packet, mayAskForArchive: true))
        case .markRead: self = .markRead(try Self.sequences(packet))
        case .sent: self = .sent(try MessageQuery(packet, mayAskForArchive: false))
        case .block: self = .setBlocked(try Self.name(packet), true)
        case .unblock: self = .setBlocked(try Self.name(packet), false)
        case .blocked: self = try Self.bare(packet, .blocked)
        case .addAccount: self = .addAccount(try Credentials(packet, isNew: true))
        case .resetPassword: self = .resetPassword(try Credentials(packet, isNew: true))
        case .removeAccount: self = .removeAccount(try Self.name(packet))
        case .stats: self = try Self.bare(packet, .stats)
        }
    }

    /// Whether a line is the usual form of the most frequent request: comparing it as a whole saves the server a tenth
    /// of its time for a pipelining client.
    private static func isLastMessage(_ line: UnsafeRawBufferPointer) -> Bool {
        let written: StaticString = #"["d",""]"#
        guard let base = line.baseAddress, line.count == written.utf8CodeUnitCount else { return false }
        return memcmp(base, written.utf8Start, line.count) == 0
    }

    /// Creates a request that consists only of its operation.
    private static func bare(_ packet: Packet, _ request: Request) throws(WireError) -> Request {
        switch packet.body {
        case .string(let token) where token.range.isEmpty: return request
        default: throw .badBody("the body must be \"\"")
        }
    }

    static func name(_ packet: Packet) throws(WireError) -> Name {
        switch packet.body {
        case .string(let token): return try Name(wire: try packet.scanner.text(token))
        case .object: throw .badBody("the body must be a name")
        }
    }
}

// MARK: Members of several bodies

extension Name {
    init(wire string: String) throws(WireError) {
        guard let name = Name(string) else { throw WireError(.badName, "a name is \(Name.rule)") }
        self = name
    }
}

extension UploadID {
    init(wire string: String) throws(WireError) {
        guard let id = UploadID(string) else {
            throw .badBody("an id is 1 to \(TextLimits.uploadIDCharacters) letters, digits, - _ . or :")
        }
        self = id
    }
}

extension TweetText {
    init(wire string: String) throws(WireError) {
        do throws(TextRefusal) {
            self = try TweetText(string)
        } catch {
            throw WireError(error)
        }
    }
}

extension WireError {
    static func badMember(_ key: String, of known: String) -> WireError {
        .badBody("\(key.excerpt) is not known or has the wrong type; the keys are \(known)")
    }
}
