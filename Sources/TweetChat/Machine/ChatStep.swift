import TweetModel
import TweetWire

/// A request from a part of the chat to ``ChatMachine``: a part knows only its own state.
enum ChatStep: Hashable, Sendable {
    /// Send a request, and remember what its answer is for.
    case request(Request, PendingRequest)
    /// Show a line, with the current time if it has none of its own.
    case show(ChatLine.Kind, String, time: Timestamp? = nil, isForYou: Bool = false)
    /// Refuse the request: a script ends with the code of the first refusal.
    case refuse(String, ChatExit)
    /// Refuse a typed line: a script is told which one.
    case refuseLine(String, reason: String, ChatExit, isPrivate: Bool = false)

    /// Report that the server cannot be used; the recovery is reported later too.
    case trouble(String)

    // MARK: Questions

    /// Ask the question; nil asks nothing any more.
    case ask(Question?)
    /// Ask, unless the person may be typing a password.
    case askUnlessPassword(Question)
    /// Say why a password is refused and ask for it again, unless the person may be typing another one.
    case askRefused(Question, String)
    case endWaiting

    // MARK: Names

    case wantName(Name)
    case logIn(Credentials)
    case signUp(Credentials)
    /// Drop everything typed under a name that is lost.
    case dropMessages
    /// Count a script's unsent lines instead of naming them.
    case countUnsent

    // MARK: The end

    /// End once the requests in flight have their answers.
    case leave
    /// End at once.
    case quit(ChatExit, String)

    static func note(_ text: String) -> ChatStep { .show(.note, text) }
    static func fail(_ text: String) -> ChatStep { .show(.failure, text) }
}
