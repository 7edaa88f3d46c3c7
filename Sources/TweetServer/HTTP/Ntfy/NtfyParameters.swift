import TweetHTTP
import TweetWire

/// The parameters of a request of ntfy: each is a header field or a key of the query, under several names.
struct NtfyParameters {
    private let head: RequestHead

    init(_ head: RequestHead) { self.head = head }

    static let title: [StaticString] = ["x-title", "title", "t"]
    static let message: [StaticString] = ["x-message", "message", "m"]
    static let since: [StaticString] = ["x-since", "since", "si"]
    static let poll: [StaticString] = ["x-poll", "poll", "po"]

    /// Parameters for what ntfy does besides sending a message, and this server does not: the names, ntfy's number for the
    /// error, and its text.
    ///
    /// A client would take the message for lost, late or forwarded, so it is told.
    private static let refused: [(names: [StaticString], code: Int, message: String)] = [
        (
            ["x-filename", "filename", "file", "f", "x-attach", "attach", "a"], 40014,
            "attachments are not kept here: send a text"
        ),
        (
            ["x-delay", "delay", "x-at", "at", "x-in", "in"], 40004,
            "a message cannot be sent later: leave out the delay"
        ),
        (["x-email", "x-e-mail", "email", "e-mail", "mail", "e"], 40001, "a message cannot be forwarded by e-mail"),
        (["x-call", "call"], 40032, "a message cannot be read out by telephone"),
    ]

    /// Filters of followers; the parts of a message that they look at are not kept here.
    private static let filters: [StaticString] = [
        "id", "message", "m", "title", "t", "tags", "tag", "ta", "priority", "prio", "p",
    ]

    /// The keys of a query in which ntfy takes the field Authorization, encoded once more.
    private static let credentials: [StaticString] = ["auth", "authorization"]

    /// Refuses a log-in that is a part of the address, where histories, proxies and logs keep it.
    ///
    /// Passing over it would serve the client as nobody: what it sends would have no author.
    func refuseCredentials() throws(HTTPProblem) {
        for name in Self.credentials where try fromQuery(name) != nil {
            throw HTTPProblem(
                WireError(
                    .wrongPassword,
                    "a log-in is not taken from the address, which others may see: send it in the field Authorization")
            ).forNtfy
        }
    }

    /// Refuses a message that asks for more than to be sent.
    func refuseExtras() throws(HTTPProblem) {
        for (names, code, message) in Self.refused where try text(names) != nil { throw .ntfy(code, message) }
    }

    /// Refuses a follower that wants to be sent only some of the messages.
    func refuseFilters() throws(HTTPProblem) {
        for name in Self.filters where try fromQuery(name) != nil {
            throw .ntfy(40000, "messages cannot be filtered by \(name) here")
        }
    }

    /// The text of a parameter, trimmed, a header field before the query; nil if it is missing or empty.
    func text(_ names: [StaticString]) throws(HTTPProblem) -> String? {
        for name in names {
            if let value = head.value(named: name), !value.isEmpty { return value.fieldText }
        }
        for name in names {
            if let value = try fromQuery(name) { return value }
        }
        return nil
    }

    func isTrue(_ names: [StaticString]) throws(HTTPProblem) -> Bool {
        guard let text = try text(names) else { return false }
        return ["1", "yes", "true"].contains { $0.utf8.elementsEqual(text.lowercased().utf8) }
    }

    private func fromQuery(_ name: StaticString) throws(HTTPProblem) -> String? {
        for item in head.queryItems where item.key.equals(name) && !item.value.isEmpty {
            guard let value = item.value.unescaped(plusIsSpace: true) else {
                throw .ntfy(40000, "the query has an escape that is no text in UTF-8")
            }
            return value
        }
        return nil
    }
}
