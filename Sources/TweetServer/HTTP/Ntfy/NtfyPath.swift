import TweetHTTP
import TweetReactor

/// A path of ntfy.
enum NtfyPath {
    /// `/TOPIC`: publishing, or the page for browsers.
    case topic(NtfyTopic)
    /// `/TOPIC/publish`, for programs that can only GET.
    case publish(NtfyTopic)
    /// `/TOPIC,TOPIC/json` and the other forms of following.
    case follow([NtfyTopic], NtfyForm)
    /// `/TOPIC,TOPIC/auth`: whether the client may follow.
    case permission([NtfyTopic])
    /// `/v1/health`.
    case health

    /// Recognises a path that is none of the server's own.
    ///
    /// - Returns: nil for a path that ntfy has not either.
    /// - Throws: the problem with a topic.
    init?(_ segments: [String], _ method: HTTPMethod) throws(HTTPProblem) {
        guard let first = segments.first, !first.isEmpty else { return nil }
        if segments == ["v1", "health"] {
            self = .health
            return
        }
        switch segments.count {
        case 1:
            // Only a request that publishes says for sure that a topic is meant.
            guard method == .post || method == .put else {
                guard let topic = try? NtfyTopic(first) else { return nil }
                self = .topic(topic)
                return
            }
            self = .topic(try NtfyTopic(first))
        case 2:
            switch segments[1] {
            case "json": self = .follow(try NtfyTopic.list(first), .json)
            case "sse": self = .follow(try NtfyTopic.list(first), .sse)
            case "raw": self = .follow(try NtfyTopic.list(first), .raw)
            case "ws": self = .follow(try NtfyTopic.list(first), .ws)
            case "auth": self = .permission(try NtfyTopic.list(first))
            case "publish", "send", "trigger": self = .publish(try NtfyTopic(first))
            default: return nil
            }
        default: return nil
        }
    }

    var methods: [HTTPMethod] {
        switch self {
        case .topic: [.get, .head, .post, .put]
        case .publish, .follow: [.get]
        case .permission, .health: [.get, .head]
        }
    }

    /// See ``HTTPPath/isGuarded(_:)``.
    func isGuarded(_ method: HTTPMethod) -> Bool {
        switch self {
        case .publish, .follow: true
        case .topic: method != .get && method != .head
        case .permission, .health: false
        }
    }
}
