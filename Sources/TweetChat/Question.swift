public import TweetModel

/// What the next line that is typed answers, instead of being said.
public enum Question: Hashable, Sendable {
    case name
    /// An account's, to log in.
    case password(Name)
    /// One for a new account, and the same again.
    case newPassword(Name)
    case newPasswordAgain(Name, Password)
    /// The one that holds, the one that is to hold, and that one again.
    case oldPassword
    case changedPassword(old: Password)
    case changedPasswordAgain(old: Password, new: Password)

    /// What stands before the answer.
    public var prompt: String {
        switch self {
        case .name: "Name: "
        case .password(let name): "Password of \(name.string): "
        case .newPassword(let name): "New password for \(name.string): "
        case .newPasswordAgain, .changedPasswordAgain: "The same again: "
        case .oldPassword: "Old password: "
        case .changedPassword: "New password: "
        }
    }

    /// Said where a question comes or goes by itself while something is typed.
    static let dropped = "what was being typed is dropped, up to the next Enter"

    /// Whether the answer is nobody's business.
    public var isHidden: Bool { self != .name }
}
