import TweetHTTP
import TweetModel

/// A path that the server has, with the methods and the keys of a query that it takes.
enum HTTPPath {
    case root
    case tag(String)
    case tweets
    case follow
    case tagFollow(String)
    case tags
    case people
    case person(String)
    /// Logging in for a token, and the end of one.
    case session
    case tokens
    case token(String)
    /// Private messages to names.
    case messages(to: [String])
    case inbox
    case sent
    /// Marking private messages as read.
    case readMarks
    case health
    case metrics
    /// The description of all routes.
    case openAPI
    /// A WebSocket.
    case live
    /// A file of the page for browsers, below the hash of them all.
    case pageFile(hash: String, name: String)
    /// A path of ntfy, for programs that speak it.
    case ntfy(NtfyPath)

    /// - Throws: the problem to answer with.
    init(_ head: RequestHead, _ policy: HTTPPolicy) throws(HTTPProblem) {
        var segments: [String] = []
        for segment in head.path.pathSegments {
            guard let text = segment.unescaped(plusIsSpace: false) else {
                throw .invalid("the path has an escape that is no text in UTF-8")
            }
            segments.append(text)
        }
        switch (segments.first ?? "", segments.count) {
        case ("", 1): self = .root
        case ("tag", 2): self = .tag(segments[1])
        case ("tag", 3) where segments[2] == "follow": self = .tagFollow(segments[1])
        case ("tweets", 1): self = .tweets
        case ("follow", 1): self = .follow
        case ("tags", 1): self = .tags
        case ("who", 1): self = .people
        case ("who", 2) where !segments[1].isEmpty: self = .person(segments[1])
        case ("session", 1): self = .session
        case ("tokens", 1): self = .tokens
        case ("tokens", 2): self = .token(segments[1])
        case ("to", 2):
            self = .messages(to: segments[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init))
        case ("inbox", 1): self = .inbox
        case ("sent", 1): self = .sent
        case ("read", 1): self = .readMarks
        case ("healthz", 1): self = .health
        case ("metrics", 1): self = .metrics
        case ("openapi.json", 1): self = .openAPI
        case ("live", 1): self = .live
        case ("app", 3): self = .pageFile(hash: segments[1], name: segments[2])
        default:
            guard policy.servesNtfy, let path = try NtfyPath(segments, head.method) else { throw .noRoute }
            self = .ntfy(path)
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .root: [.get, .head, .post, .put, .delete]
        // A stream's head says nothing that its stream does not.
        case .follow, .tagFollow, .live: [.get]
        case .session: [.post, .delete]
        case .tokens: [.get, .head, .post]
        case .token: [.delete]
        case .messages, .readMarks: [.post]
        case .tag, .tweets, .tags, .people, .person, .inbox, .sent, .health, .metrics, .openAPI, .pageFile:
            [.get, .head]
        case .ntfy(let path): path.methods
        }
    }

    /// The methods that a client may use, for which only a browser has a page at a topic of ntfy's.
    func methods(for head: RequestHead) -> [HTTPMethod] {
        guard case .ntfy(.topic) = self, !HTTPRoute.asksForPageOfTopic(head) else { return methods }
        return methods.filter { $0 != .get && $0 != .head }
    }

    /// The keys of a query; ntfy's clients may send any, and those that nobody knows are passed over.
    var keys: [String] {
        switch self {
        case .root, .tag: ["max_age"]
        case .tweets: ["tag", "count", "since", "max_age", "q", "before"]
        case .follow: ["tag", "count", "since", "wait"]
        case .tagFollow: ["count", "since", "wait"]
        case .tags: ["count"]
        case .session: ["label", "expires"]
        case .inbox: ["archive", "count", "since"]
        case .sent: ["count", "since"]
        case .tokens, .token, .messages, .readMarks, .people, .person, .health, .metrics, .openAPI, .live, .pageFile,
            .ntfy:
            []
        }
    }

    /// Whether a page from elsewhere must not make a browser send the request: it changes something, or takes a place
    /// for long.
    func isGuarded(_ method: HTTPMethod) -> Bool {
        switch self {
        case .follow, .tagFollow, .live: true
        case .ntfy(let path): path.isGuarded(method)
        default: method != .get && method != .head
        }
    }
}

extension HTTPPath {
    /// The first parts of this server's own paths, also of those to come: none of them is ever a topic, in any case.
    static let ownNames = [
        "app", "follow", "healthz", "inbox", "live", "metrics", "openapi", "read", "sent", "session", "tag", "tags",
        "to", "tokens", "tweets", "v1", "who",
    ]

    static func isOwnName(_ tag: Hashtag) -> Bool {
        ownNames.contains { $0.utf8.elementsEqual(tag.key.utf8) }
    }
}
