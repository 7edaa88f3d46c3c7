import TweetModel
import TweetWire

/// The purpose of a request that has no answer yet; answers come in the order of the requests.
enum PendingRequest: Hashable, Sendable {
    case name(Name)
    case logIn(Credentials)
    case signUp(Credentials)
    /// Whether a taken name belongs to an account.
    case owner(of: Name)
    case changePassword(PasswordChange)
    case join
    case leave
    case hide
    case show
    case away
    case back
    case follow(Hashtag?)
    case recent(Hashtag)
    case unfollow(Hashtag?)
    /// The people who are here, for the count, the list beside the messages and Tab.
    case roster
    /// The people who are here, to be shown on request.
    case list
    /// The most recently used hashtags, shown after that list.
    case tags
    /// The same, to be shown alone.
    case listedTags
    case search(SearchQuery)
    case person(Name)
    case outgoing(UploadID)
    case inbox
    case setBlocked(Name, Bool)
    case blocked
    case markRead(Int)
    /// A request that only needs an answer.
    case ping

    /// The maximum number of parts of the answer to keep.
    var partLimit: Int {
        switch self {
        case .roster: ChatLimits.knownNames
        case .list, .blocked: ChatLimits.listedNames
        case .tags, .listedTags: ChatLimits.listedTags
        case .inbox: ChatLimits.inboxMessages
        case .recent, .search: ChatLimits.recentTweets
        default: 0
        }
    }

    /// Whether the request asks for a name or an account.
    var isSignIn: Bool {
        switch self {
        case .logIn, .signUp: true
        default: false
        }
    }

    var isFollow: Bool { if case .follow = self { true } else { false } }
    var isOutgoing: Bool { if case .outgoing = self { true } else { false } }

    /// The line that made the request, if it was typed and can be typed again.
    var line: String? {
        switch self {
        case .list: "/list"
        case .person(let name): "/who \(name.string)"
        case .inbox: "/inbox"
        case .setBlocked(let name, let isBlocked): "/\(isBlocked ? "block" : "unblock") \(name.string)"
        case .blocked: "/blocked"
        case .search(let query): "/search \(query.written)"
        case .listedTags: "/tags"
        case .recent(let tag): "/tag #\(tag.written)"
        case .hide: "/hide"
        case .show: "/show"
        case .away: "/away"
        default: nil
        }
    }
}
