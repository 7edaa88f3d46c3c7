public import TweetModel

/// `["d",…]`: a download of one or more tweets, optionally of hashtags or only recent ones.
public struct Download: Hashable, Sendable {
    /// The hashtags to select, from every session; empty for all tweets.
    public var tags: [Hashtag]
    /// The maximum number of tweets, one line each; nil for one tweet in the answer itself.
    public var count: Int?
    /// The sequence after which to start, from every session, oldest first.
    public var since: SequenceNumber?
    /// The maximum age of the tweets in milliseconds.
    public var maxAge: Int64?

    /// The most tweets of the answer.
    public var limit: Int { count ?? WireLimits.downloadCount }

    public init(tags: [Hashtag] = [], count: Int? = nil, since: SequenceNumber? = nil, maxAge: Int64? = nil) {
        self.tags = tags
        self.count = count
        self.since = since
        self.maxAge = maxAge
    }

    /// - Parameter tag: the only hashtag; nil for all tweets.
    public init(tag: Hashtag?, count: Int? = nil, since: SequenceNumber? = nil, maxAge: Int64? = nil) {
        self.init(tags: tag.map { [$0] } ?? [], count: count, since: since, maxAge: maxAge)
    }

    /// Whether the answer has a line for each tweet.
    public var isList: Bool { count != nil || since != nil }
}

/// `["u",…]`: a text to store, or the reset of the last message.
public struct Upload: Hashable, Sendable {
    /// The text; nil resets the last message.
    public var text: TweetText?
    public var id: UploadID?
    /// The name that the connection must have; nil for any.
    public var author: Name?

    public init(text: TweetText?, id: UploadID?, author: Name? = nil) {
        self.text = text
        self.id = id
        self.author = author
    }

    /// The bytes that it counts for while in flight; see ``WireLimits/uploadBytesUnderWay``.
    public var bytesUnderWay: Int {
        let idBytes = id.map { WireLimits.uploadIDOverheadBytes + $0.string.utf8.count } ?? 0
        return WireLimits.uploadOverheadBytes + (text?.string.utf8.count ?? 0) + idBytes
    }
}

extension Request {
    static func download(_ packet: Packet) throws(WireError) -> Request {
        switch packet.body {
        case .string(let token):
            if token.range.isEmpty { return .lastMessage }
            return .download(Download(tags: [try hashtag(try packet.scanner.text(token))]))
        case .object(let object):
            var download = Download()
            let members = try packet.members(of: object)
            for (key, value) in members {
                switch (key, value) {
                case ("tag", .null), ("tags", .null), ("count", .null), ("since", .null), ("max_age", .null): continue
                case ("tag", .string(let text)): download.tags = [try hashtag(text)]
                case ("tags", .strings(let texts)): download.tags = try hashtags(texts)
                case ("count", .integer(let number)): download.count = try count(number)
                case ("since", .integer(let number)): download.since = try sequence(number)
                case ("max_age", .integer(let age)):
                    guard age >= 0 else { throw .badBody("max_age must not be negative") }
                    download.maxAge = age
                default: throw .badMember(key, of: "tag, tags, count, since, max_age")
                }
            }
            try checkTags(members)
            if download.since != nil, download.maxAge != nil {
                throw .badBody("since and max_age exclude each other")
            }
            return download == Download() ? .lastMessage : .download(download)
        }
    }

    /// Parses the body of `["tags",…]`: `""`, or the requested number of hashtags.
    static func tagCount(_ packet: Packet) throws(WireError) -> Int? {
        switch packet.body {
        case .string(let token) where token.range.isEmpty: return nil
        case .string: throw .badBody("the body must be \"\" or an object")
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

    /// The value of `tags`: each hashtag once, in the given order.
    static func hashtags(_ texts: [String]) throws(WireError) -> [Hashtag] {
        guard (1...WireLimits.followedTags).contains(texts.count) else {
            throw .badBody("tags must have 1 to \(WireLimits.followedTags) hashtags")
        }
        var tags: [Hashtag] = []
        var bytes = 0
        for text in texts {
            let tag = try hashtag(text)
            if tags.contains(tag) { continue }
            bytes += tag.byteCount
            guard bytes <= WireLimits.followedTagBytes else {
                throw WireError(.tooLong, "the hashtags have more than \(WireLimits.followedTagBytes) bytes")
            }
            tags.append(tag)
        }
        return tags
    }

    static func checkTags(_ members: [Packet.Member]) throws(WireError) {
        if members.value("tag") != nil, members.value("tags") != nil {
            throw .badBody("tag and tags exclude each other")
        }
    }

    static func hashtag(_ text: String) throws(WireError) -> Hashtag {
        guard let tag = Hashtag(text) else {
            throw .badBody("a hashtag is letters, digits or _, with at most one # before them")
        }
        return tag
    }
}

extension Upload {
    init(_ packet: Packet) throws(WireError) {
        switch packet.body {
        case .string(let token):
            if token.range.isEmpty {
                self.init(text: nil, id: nil)
            } else if token.hasEscapes {
                self.init(text: try TweetText(wire: try packet.scanner.text(token)), id: nil)
            } else {
                self.init(text: try Self.text(packet.scanner.slice(token.range)), id: nil)
            }
        case .object(let object):
            var text: String?
            var id: UploadID?
            var author: Name?
            for (key, value) in try packet.members(of: object) {
                switch (key, value) {
                case ("text", .string(let string)): text = string
                case ("id", .null), ("author", .null): continue
                case ("id", .string(let string)): id = try UploadID(wire: string)
                case ("author", .string(let string)): author = try Name(wire: string)
                default: throw .badMember(key, of: "text, id, author")
                }
            }
            guard let text else { throw .badBody("text is missing") }
            self.init(text: text.isEmpty ? nil : try TweetText(wire: text), id: id, author: author)
        }
    }

    /// Validates the text of an upload in the original's packet format.
    ///
    /// - Parameter bytes: only the message; empty resets the last message.
    public init(original bytes: UnsafeRawBufferPointer) throws(WireError) {
        self.init(text: bytes.isEmpty ? nil : try Self.text(bytes), id: nil)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> TweetText {
        do throws(TextRefusal) {
            return try TweetText(validating: bytes)
        } catch {
            throw WireError(error)
        }
    }
}
