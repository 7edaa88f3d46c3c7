import TweetModel
import TweetWire

/// A request whose answer has not come, and what the answer is for; answers come in the order of the requests.
enum PendingRequest: Hashable, Sendable {
    case name(Name)
    case logIn(Credentials)
    case signUp(Credentials)
    /// Whether a name that is taken is an account's.
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
    /// The people who are here, for a person.
    case list
    /// The hashtags that were used last, behind that list.
    case tags
    case person(Name)
    case outgoing(UploadID)
    case inbox
    case markRead(Int)
    /// Asked for nothing but the answer.
    case ping

    /// How many parts of the answer are kept.
    var partLimit: Int {
        switch self {
        case .roster: ChatLimits.knownNames
        case .list: ChatLimits.listedNames
        case .tags: ChatLimits.listedTags
        case .inbox: ChatLimits.inboxMessages
        case .recent: ChatLimits.recentTweets
        default: 0
        }
    }

    /// Whether it asks for an account.
    var isSignIn: Bool {
        switch self {
        case .logIn, .signUp: true
        default: false
        }
    }

    var isOutgoing: Bool { if case .outgoing = self { true } else { false } }

    /// The line that asks for it, where a person or a script has typed one that can be typed again.
    var line: String? {
        switch self {
        case .list: "/list"
        case .person(let name): "/who \(name.string)"
        case .inbox: "/inbox"
        case .recent(let tag): "/tag #\(tag.written)"
        case .hide: "/hide"
        case .show: "/show"
        case .away: "/away"
        default: nil
        }
    }
}
