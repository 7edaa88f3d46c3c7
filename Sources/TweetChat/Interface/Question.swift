public import TweetModel

/// The question that the next typed line answers, instead of being sent as a message.
public enum Question: Hashable, Sendable {
    case name
    /// The server is being asked, and the person is not: a line typed meanwhile may be anything, even a password.
    case signingIn(Name)
    case changingPassword
    /// The password of an account, to log in.
    case password(Name)
    /// The password of a new account, typed twice.
    case newPassword(Name)
    case newPasswordAgain(Name, Password)
    /// The current password, then the new one, typed twice.
    case oldPassword
    case changedPassword(old: Password)
    case changedPasswordAgain(old: Password, new: Password)
    /// A command that asks for a password was refused: the next typed line may still be the password, so lines are
    /// dropped until an empty one.
    case noPassword

    /// The prompt before the answer.
    public var prompt: String {
        switch self {
        case .name: "Name: "
        case .signingIn(let name): "Signing in as \(name.string), please wait "
        case .changingPassword: "Changing the password, please wait "
        case .password(let name): "Password of \(name.string): "
        case .newPassword(let name): "New password for \(name.string): "
        case .newPasswordAgain, .changedPasswordAgain: "Repeat the password: "
        case .oldPassword: "Old password: "
        case .changedPassword: "New password: "
        case .noPassword: "No password is asked for, an empty line continues: "
        }
    }

    /// The message when a question appears or disappears by itself while something is being typed.
    static let dropped = "what you were typing is dropped, up to the next Enter"

    /// Whether the answer is secret.
    public var isHidden: Bool { self != .name }

    /// Whether nothing is asked and every line is dropped.
    public var isWaiting: Bool {
        switch self {
        case .signingIn, .changingPassword: true
        default: false
        }
    }

    /// Whether the person is asked for a password, or expects to be, and may be typing it.
    var asksPassword: Bool { isHidden && !isWaiting }
}
