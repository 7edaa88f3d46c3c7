import TweetModel
import TweetWire

/// A request from a part of the chat to ``ChatMachine``: a part knows only its own state.
enum ChatStep: Hashable, Sendable {
    /// Sends a request, and remembers what its answer is for.
    case request(Request, PendingRequest)
    /// Shows a line, with the current time if it has none of its own.
    case show(ChatLine.Kind, String, time: Timestamp? = nil, isForYou: Bool = false)
    /// Refuses the request: a script ends with the code of the first refusal.
    case refuse(String, ChatExit)
    /// Refuses a typed line: a script is told which one.
    case refuseLine(String, reason: String, ChatExit, isPrivate: Bool = false)

    /// Reports that the server cannot be used, and when it is tried again; the recovery is reported later too.
    case trouble(String)

    // MARK: Questions

    /// Asks the question; nil asks nothing any more.
    case ask(Question?)
    /// Asks, unless the person may be typing a password.
    case askUnlessPassword(Question)
    /// Says why a password is refused and asks for it again, unless the person may be typing another one.
    case askRefused(Question, String)
    case endWaiting

    // MARK: Names

    case wantName(Name)
    case logIn(Credentials)
    case signUp(Credentials)
    /// Drops everything typed under a name that is lost.
    case dropMessages
    /// Counts a script's unsent lines instead of naming them.
    case countUnsent

    // MARK: The end

    /// Ends once the requests in flight have their answers.
    case leave
    /// Ends at once.
    case quit(ChatExit, String)

    static func note(_ text: String) -> ChatStep { .show(.note, text) }
    static func fail(_ text: String) -> ChatStep { .show(.failure, text) }
}
