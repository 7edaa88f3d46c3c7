import TweetHTTP

/// The heads of answers, made once.
///
/// All say that an answer's type is not to be guessed and that nobody keeps it: the next one may be another.
enum HTTPHeads {
    static let text = head("text/plain; charset=utf-8")
    static let json = head("application/json")
    static let lines = head("application/x-ndjson")
    static let events = head("text/event-stream")

    /// The text format of Prometheus.
    static let metrics = head("text/plain; version=0.0.4; charset=utf-8")

    static func problem(_ status: HTTPStatus) -> ResponseHead {
        var head = head("application/json", status)
        if status == .upgradeRequired { WebSocketHandshake.appendUpgrade(to: &head) }
        return head
    }

    static func head(_ type: String, _ status: HTTPStatus = .ok) -> ResponseHead {
        ResponseHead(
            status,
            [
                ("Content-Type", type), ("Cache-Control", "no-store"), ("Vary", "Accept"),
                ("X-Content-Type-Options", "nosniff"),
            ])
    }
}
