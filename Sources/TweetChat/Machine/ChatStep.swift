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

    static func note(_ text: String) -> ChatStep { .show(.note, text) }
    static func fail(_ text: String) -> ChatStep { .show(.failure, text) }
}
