import TweetModel
import TweetWire

/// The command in a typed line.
///
/// A new command has a case here, a word, a row with its arguments and help, and its action below. If it sends a new
/// request, it also needs a case of ``PendingRequest`` and the handling of the answer, in `ChatMachine+Answers`.
enum ChatCommand: Hashable, Sendable {
    case say(TweetText)
    case message([Name], TweetText)
    case list
    case person(Name)
    case inbox
    case tag(Hashtag)
    /// Stops following a hashtag; nil stops all of them.
    case untag(Hashtag?)
    /// Creates an account with a name; nil uses the current one.
    case signUp(Name?)
    case logIn(Name)
    case changePassword
    case block(Name)
    case unblock(Name)
    case blocked
    case search(SearchQuery)
    case tags
    case hide, show, away
    case help
    case quit

    /// The words that begin with a slash, in the order of the help.
    enum Word: String, CaseIterable {
        case msg, list, who, inbox, block, unblock, blocked, search, tags, tag, untag, signup, login, passwd, hide,
            show, away, help
        case quit

        var row: Row {
            switch self {
            case .msg: Row(.message, "send a private message, to several as NAME,NAME; @NAME TEXT does the same")
            case .list:
                Row(
                    .none(.list), "show who is here, and the recent hashtags with how many messages each has"
                )
            case .who: Row(.name(ChatCommand.person), "show the status of one name")
            case .inbox: Row(.none(.inbox), "show the pending private messages, which are read then")
            case .block: Row(.name(ChatCommand.block), "take no more private messages from a name")
            case .unblock: Row(.name(ChatCommand.unblock), "take private messages from a name again")
            case .blocked: Row(.none(.blocked), "show the names that you have blocked")
            case .search: Row(.words(ChatCommand.search), "show the latest messages that have all of the words")
            case .tags: Row(.none(.tags), "show the hashtags in use, with how many messages each has")
            case .tag: Row(.tag(ChatCommand.tag), "show recent messages with a hashtag, and highlight it from then on")
            case .untag: Row(.optionalTag(ChatCommand.untag), "stop highlighting one hashtag, or all")
            case .signup:
                Row(
                    .optionalName(ChatCommand.signUp), "make an account: its name is always yours",
                    asksPassword: true)
            case .login: Row(.name(ChatCommand.logIn), "log in to an account", asksPassword: true)
            case .passwd: Row(.none(.changePassword), "change the account's password", asksPassword: true)
            case .hide: Row(.none(.hide), "leave your name out of the lists")
            case .show: Row(.none(.show), "show your name in the lists again")
            case .away: Row(.none(.away), "mark yourself as away until you type again")
            case .help: Row(.none(.help), "show this help")
            case .quit: Row(.none(.quit), "leave the chat; !exit does the same")
            }
        }
    }

    /// The properties of a word.
    struct Row {
        let arguments: Arguments
        let help: StaticString
        /// Whether the command asks for a password, hidden.
        let asksPassword: Bool

        init(_ arguments: Arguments, _ help: StaticString, asksPassword: Bool = false) {
            self.arguments = arguments
            self.help = help
            self.asksPassword = asksPassword
        }
    }

    /// The arguments of a command, and the command that they make.
    enum Arguments {
        case none(ChatCommand)
        case name((Name) -> ChatCommand)
        case optionalName((Name?) -> ChatCommand)
        case tag((Hashtag) -> ChatCommand)
        case optionalTag((Hashtag?) -> ChatCommand)
        case words((SearchQuery) -> ChatCommand)
        case message

        /// The arguments as shown in the help.
        var usage: StaticString {
            switch self {
            case .none: ""
            case .name: " NAME"
            case .optionalName: " [NAME]"
            case .tag: " #TAG"
            case .optionalTag: " [#TAG]"
            case .words: " WORDS"
            case .message: " NAME TEXT"
            }
        }

        /// Whether Tab completes the first argument with a name.
        var beginWithName: Bool {
            switch self {
            case .name, .message: true
            case .none, .optionalName, .tag, .optionalTag, .words: false
            }
        }
    }
}

// MARK: Actions

extension ChatMachine {
    /// Carries a command out.
    ///
    /// - Parameter line: the typed line.
    mutating func perform(_ command: ChatCommand, _ line: String) {
        switch command {
        case .say(let text): send(text, to: [], line)
        case .message(let names, let text): send(text, to: names, line)
        case .list: ask(.directory(.here), .list, line)
        case .person(let name): ask(.directory(.one(name)), .person(name), line)
        case .inbox: ask(.inbox(MessageQuery(count: ChatLimits.inboxMessages)), .inbox, line)
        case .search(let query):
            ask(.search(Search(query, count: ChatLimits.recentTweets)), .search(query), line)
        case .tags: ask(.tags(count: ChatLimits.listedTags), .listedTags, line)
        case .tag(let tag): if mayAsk(line) { perform(reader.follow(tag, line)) }
        case .untag(let tag): if mayAsk(line) { perform(reader.unfollow(tag, line)) }
        case .signUp(let name):
            guard let name = name ?? signIn.name.flatMap({ Name($0) }) else {
                refuse(line, "usage: /signup NAME while you have no name", .usage)
                return awaitNoPassword(behind: .signup)
            }
            askPassword(.newPassword(name), .signup, line)
        case .logIn(let name): askPassword(.password(name), .login, line)
        case .changePassword: askPassword(.oldPassword, .passwd, line)
        case .block(let name): ask(.setBlocked(name, true), .setBlocked(name, true), line)
        case .unblock(let name): ask(.setBlocked(name, false), .setBlocked(name, false), line)
        case .blocked: ask(.blocked, .blocked, line)
        case .hide: ask(.setHidden(true), .hide, line)
        case .show: ask(.setHidden(false), .show, line)
        case .away: ask(.setAway(true), .away, line)
        case .help:
            for word in ChatCommand.Word.allCases {
                note("/\(word.rawValue)\(word.row.arguments.usage)  \(word.row.help)")
            }
        case .quit:
            // A script's messages are answered first, and the lines after this one are reported.
            if start.holdsLines { perform(lines.quit(at: now)) } else { leave() }
        }
    }

    private mutating func ask(_ request: Request, _ purpose: PendingRequest, _ line: String) {
        if mayAsk(line) { self.request(request, purpose) }
    }

    /// Whether a request can be sent now; refuses the line otherwise.
    private mutating func mayAsk(_ line: String) -> Bool {
        if isHere, requests.hasRoom { return true }
        refuse(line, isHere ? "too many requests are under way" : "there is no connection now", .unreachable)
        return false
    }
}
