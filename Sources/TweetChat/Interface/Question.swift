public import TweetModel

/// The question that the next typed line answers, instead of being sent as a message.
public enum Question: Hashable, Sendable {
    case name
    /// Nothing is asked: the server is, and a line that is typed meanwhile may be anything, a password among it.
    case signingIn(Name)
    case changingPassword
    /// An account's, to log in.
    case password(Name)
    /// One for a new account, and the same again.
    case newPassword(Name)
    case newPasswordAgain(Name, Password)
    /// The one that holds, the one that is to hold, and that one again.
    case oldPassword
    case changedPassword(old: Password)
    case changedPasswordAgain(old: Password, new: Password)
    /// None, behind a command that wants a password and was refused: what is typed may be one all the same, and an empty
    /// line goes on.
    case noPassword

    /// The words before the answer.
    public var prompt: String {
        switch self {
        case .name: "Name: "
        case .signingIn(let name): "Signing in as \(name.string), please wait "
        case .changingPassword: "Changing the password, please wait "
        case .password(let name): "Password of \(name.string): "
        case .newPassword(let name): "New password for \(name.string): "
        case .newPasswordAgain, .changedPasswordAgain: "The same again: "
        case .oldPassword: "Old password: "
        case .changedPassword: "New password: "
        case .noPassword: "No password is asked for, an empty line goes on: "
        }
    }

    /// Said where a question comes or goes by itself while something is typed.
    static let dropped = "what was being typed is dropped, up to the next Enter"

    /// Whether the answer is secret.
    public var isHidden: Bool { self != .name }

    /// Whether nobody is asked, and every line is dropped.
    public var isWaiting: Bool {
        switch self {
        case .signingIn, .changingPassword: true
        default: false
        }
    }

    /// Whether a person is asked for a password, or believes so, and may be in the middle of it.
    var asksPassword: Bool { isHidden && !isWaiting }
}
