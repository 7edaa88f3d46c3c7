import TweetModel
import TweetWire

/// A thing that a part of the chat wants done; ``ChatMachine`` does it, since a part knows only itself.
enum ChatStep: Hashable, Sendable {
    /// Send a request, and keep what its answer is for.
    case request(Request, PendingRequest)
    /// Show a line, as of now where it has no time of its own.
    case show(ChatLine.Kind, String, time: Timestamp? = nil, isForYou: Bool = false)
    /// Refuse what was asked for: a script ends with the code of the first refusal.
    case refuse(String, ChatExit)
    /// Refuse a typed line: a script is told which one.
    case refuseLine(String, reason: String, ChatExit, isPrivate: Bool = false)

    /// Say that the server does not do what is needed: whoever reads that is to read when it does.
    case trouble(String)

    // MARK: Questions

    /// Ask, or do not ask any more.
    case ask(Question?)
    /// Ask, unless somebody is in the middle of a password.
    case askUnlessPassword(Question)
    /// Say why a password is refused, and ask for it once more, unless somebody is in the middle of another one.
    case askRefused(Question, String)
    case endWaiting

    // MARK: Names

    case wantName(Name)
    case logIn(Credentials)
    case signUp(Credentials)
    /// Give up all that was typed under a name that is lost.
    case dropMessages
    /// Count a script's lines that are not sent, instead of naming them.
    case countUnsent

    // MARK: The end

    /// End once what is under way has its answers.
    case leave
    /// End at once.
    case quit(ChatExit, String)

    static func note(_ text: String) -> ChatStep { .show(.note, text) }
    static func fail(_ text: String) -> ChatStep { .show(.failure, text) }
}
