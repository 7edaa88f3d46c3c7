import TweetHTTP
import TweetReactor

/// A request of HTTP that is being answered: how the packets of its answer become a response.
///
/// A class, since it is handed on many times for each request.
final class HTTPExchange {
    /// The body of a successful answer.
    enum Form: Equatable {
        /// A tweet's text and a line feed.
        case text
        /// The packet's body as one line of JSON.
        case object
        /// A list with a line of JSON for each element.
        case lines
        /// A list as an array of JSON.
        case array
        /// Tweets as they come, until the client goes; the first one only if it is one that waits. `comesBack` if it is
        /// an event source that has named its last event by itself.
        case stream(Framing, isWaiting: Bool, comesBack: Bool)
        /// A tweet as a message of ntfy.
        case ntfyMessage(topic: String)
        /// The permission to follow, as ntfy says it.
        case ntfyPermission
        /// Whether the server serves, as ntfy says it.
        case ntfyHealth
        /// Messages of ntfy: a list, a stream or a WebSocket.
        case ntfy(NtfyFollow)

        var isList: Bool {
            switch self {
            case .lines, .array: true
            case .ntfy(let follow): follow.polls && follow.upgrade == nil
            case .text, .object, .stream, .ntfyMessage, .ntfyPermission, .ntfyHealth: false
            }
        }

        var isStream: Bool {
            switch self {
            case .stream: true
            case .ntfy(let stream): !stream.polls && stream.upgrade == nil
            case .text, .object, .lines, .array, .ntfyMessage, .ntfyPermission, .ntfyHealth: false
            }
        }

        /// Whether the connection becomes a WebSocket once the request is permitted.
        var isUpgrade: Bool { if case .ntfy(let stream) = self { stream.upgrade != nil } else { false } }

        /// Whether the client speaks ntfy, and so understands its errors only.
        var speaksNtfy: Bool {
            switch self {
            case .ntfyMessage, .ntfyPermission, .ntfyHealth, .ntfy: true
            case .text, .object, .lines, .array, .stream: false
            }
        }

        /// Whether the client is an event source that was connected before: it gives up for good on any status but 200.
        var comesBack: Bool { if case .stream(_, _, comesBack: true) = self { true } else { false } }

        var head: ResponseHead {
            switch self {
            case .text: HTTPHeads.text
            case .object, .array, .ntfyMessage, .ntfyPermission, .ntfyHealth: HTTPHeads.json
            case .lines, .stream(.jsonLines, _, _): HTTPHeads.lines
            case .stream: HTTPHeads.events
            case .ntfy(let stream): HTTPHeads.ntfy(stream.form)
            }
        }
    }

    let form: Form
    /// Whether the connection stays open after the answer; without chunks its end is the end of a list.
    let persistence: Persistence
    let isHead: Bool
    /// Whether a list can be sent in chunks.
    let knowsChunks: Bool
    /// Whether the request had a log-in, so that the connection speaks for its account until the answer is sent.
    var followsLogIn = false
    /// Whether the head of a list's or a stream's answer is sent, so that an error can only cut the answer off.
    var hasBegun = false
    /// Whether a stream begins with the event that its client has a sequence from elsewhere.
    var isRewound = false
    /// The only line of the ring that a waiting client is sent.
    var awaitedLine: UInt64?

    init(_ head: RequestHead, _ form: Form, closes: Bool) {
        self.form = form
        isHead = head.method == .head
        knowsChunks = head.isVersion11
        let ends = closes || form.isStream || form.isList && !knowsChunks
        persistence = form.isUpgrade ? .kept : ends ? .close : head.persistence
    }

    /// An answer to bytes that are no request: it ends the connection.
    static var lastOne: HTTPExchange { HTTPExchange(.object, .close) }

    private init(_ form: Form, _ persistence: Persistence) {
        self.form = form
        self.persistence = persistence
        isHead = false
        knowsChunks = false
    }
}
