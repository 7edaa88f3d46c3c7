import TweetModel
import TweetWire

extension Operation {
    /// A request of each operation, in the form that a client sends.
    var sample: String {
        switch self {
        case .upload: #"["u","hello #swift"]"#
        case .download: #"["d",{"count":5}]"#
        case .follow: ##"["follow",{"tag":"#swift","since":0}]"##
        case .unfollow: #"["unfollow",""]"#
        case .tags: #"["tags",{"count":5}]"#
        case .search: #"["search",{"text":"two words","count":5}]"#
        case .takeName: #"["name","eva"]"#
        case .signUp: #"["signup",{"name":"eva","password":"correct horse"}]"#
        case .logIn: #"["login",{"name":"eva","password":"correct horse"}]"#
        case .changePassword: #"["passwd",{"old":"correct horse","new":"battery staple"}]"#
        case .token: ##"["token",{"may":"read","tag":"#ops","label":"wall","expires":60}]"##
        case .removeToken: #"["remove_token",{"id":7}]"#
        case .directory: #"["who",{"here":true}]"#
        case .message: #"["message",{"to":["bob","eva"],"text":"psst","id":"0193-a"}]"#
        case .inbox: #"["inbox",{"archive":true,"count":9}]"#
        case .markRead: #"["read",{"seqs":[7,9]}]"#
        case .sent: #"["sent",""]"#
        case .block: #"["block","eva"]"#
        case .unblock: #"["unblock","eva"]"#
        case .addAccount: #"["add_account",{"name":"eva","password":"correct horse"}]"#
        case .resetPassword: #"["reset_password",{"name":"eva","password":"correct horse"}]"#
        case .removeAccount: #"["remove_account","eva"]"#
        case .stats: #"["stats",""]"#
        case .ping, .tokens, .blocked, .join, .leave, .hide, .show, .away, .back: "[\"\(rawValue)\",\"\"]"
        }
    }
}
