import TweetModel
import TweetWire

/// A request whose answer has not come, and what the answer is for; answers come in the order of the requests.
enum PendingRequest: Hashable, Sendable {
    case name(Name)
    case logIn(Credentials)
    case signUp(Credentials)
    /// Whether a name that is taken is an account's.
    case owner(of: Name)
    case changePassword(Password)
    case join
    case leave
    case hide
    case show
    case away
    case back
    case follow(Hashtag?)
    case recent(Hashtag)
    case unfollow(Hashtag?)
    /// Who is here, for the count and for Tab.
    case roster
    /// Who is here, for a person.
    case list
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
}

/// A message on its way: kept until the server has answered, so that a break does not lose it.
struct Outgoing: Hashable, Sendable {
    let id: UploadID
    let text: TweetText
    /// None for what is said to all.
    let recipients: [Name]
    /// Whether a sending of it has no answer that tells: it may be stored.
    var mayBeStored = false

    var request: Request {
        recipients.isEmpty
            ? .upload(Upload(text: text, id: id)) : .message(OutgoingMessage(to: recipients, text: text, id: id))
    }
}
