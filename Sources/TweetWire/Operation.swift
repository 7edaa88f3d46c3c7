public import TweetModel

/// The operations of the protocol: the word for each, and its requirements.
public enum Operation: String, CaseIterable, Sendable {
    case upload = "u"
    case download = "d"
    case follow, unfollow
    case tags, search
    case ping
    case takeName = "name"
    case signUp = "signup"
    case logIn = "login"
    case changePassword = "passwd"
    case token, tokens
    case removeToken = "remove_token"
    case join, leave, hide, show, away, back
    case directory = "who"
    case message, inbox
    case markRead = "read"
    case sent
    case block, unblock, blocked
    case addAccount = "add_account"
    case resetPassword = "reset_password"
    case removeAccount = "remove_account"
    case stats

    /// The identity that an operation requires.
    public enum Requirement: Sendable {
        case nothing
        /// A name: a guest's or an account's.
        case name
        /// An account that the connection has logged in to.
        case account
        /// A connection over the data directory's socket, which only the operator can open.
        case `operator`
        /// The same, or an account that the operator has named for this.
        case observer
    }

    public var requirement: Requirement {
        switch self {
        case .upload, .download, .follow, .unfollow, .tags, .search, .ping, .takeName, .signUp, .logIn, .directory:
            .nothing
        case .join, .leave, .hide, .show, .away, .back, .message: .name
        case .changePassword, .token, .tokens, .removeToken, .inbox, .markRead, .sent, .block, .unblock, .blocked:
            .account
        case .addAccount, .resetPassword, .removeAccount: .operator
        case .stats: .observer
        }
    }
}

extension Operation {
    /// Whether a request, or the answer to it, has a password or a token in it.
    public var sendsPassword: Bool {
        switch self {
        case .signUp, .logIn, .changePassword, .token, .addAccount, .resetPassword: true
        case .upload, .download, .follow, .unfollow, .tags, .search, .ping, .takeName, .tokens, .removeToken, .join,
            .leave,
            .hide, .show, .away, .back, .directory, .message, .inbox, .markRead, .sent, .block, .unblock, .blocked,
            .removeAccount, .stats:
            false
        }
    }
}

extension TokenScope {
    /// Whether a connection that has logged in by a token of this scope may make a request.
    ///
    /// A token that may read is compared with every hashtag of the request: one without hashtags reads all tweets.
    public func permits(_ request: Request) -> Bool {
        switch (self, request) {
        case (.everything, _), (_, .ping): true
        case (.send, .upload), (.send, .message): true
        case (.read(let tag), .download(let download)): download.tags == [tag]
        case (.read(let tag), .follow(let follow)): follow.tags == [tag]
        case (.read(let tag), .unfollow(let other)): other == tag
        case (.send, _), (.read, _): false
        }
    }
}

extension Request {
    public var operation: Operation {
        switch self {
        case .lastMessage, .download: .download
        case .upload: .upload
        case .follow: .follow
        case .unfollow: .unfollow
        case .tags: .tags
        case .search: .search
        case .ping: .ping
        case .takeName: .takeName
        case .signUp: .signUp
        case .logIn, .logInByToken: .logIn
        case .changePassword: .changePassword
        case .makeToken: .token
        case .tokens: .tokens
        case .removeToken: .removeToken
        case .join: .join
        case .leave: .leave
        case .setHidden(let isHidden): isHidden ? .hide : .show
        case .setAway(let isAway): isAway ? .away : .back
        case .directory: .directory
        case .message: .message
        case .inbox: .inbox
        case .markRead: .markRead
        case .sent: .sent
        case .setBlocked(_, let isBlocked): isBlocked ? .block : .unblock
        case .blocked: .blocked
        case .addAccount: .addAccount
        case .resetPassword: .resetPassword
        case .removeAccount: .removeAccount
        case .stats: .stats
        }
    }
}
