import TweetCommandLine
import TweetHTTP
import TweetModel
import TweetWire

/// Sessions and private messages: what their requests ask for.
extension HTTPRoute {
    /// The time after which a session's token expires unless its request says another one: a month, so that whoever uses
    /// it now and then need not log in again, and a lost one ends by itself.
    static let sessionLifetime: Duration = .seconds(2_592_000)

    /// A log-in for a token, by the password in the body, or without one by the field Authorization; or the end of that token.
    static func session(_ head: RequestHead, _ items: [Item]) throws(HTTPProblem) -> HTTPRoute {
        if head.method == .delete {
            guard items.isEmpty else { throw .invalid("label and expires are for a new token") }
            return HTTPRoute(.endSession, .object)
        }
        var token = PacketBody()
        token.add("may", string: "everything")
        for (key, value) in items {
            switch key {
            case "expires":
                guard let span = TimeSpan.duration(value) else { throw .invalid("expires is not \(TimeSpan.rule)") }
                token.add(key, integer: span.components.seconds)
            default: token.add(key, string: value)
            }
        }
        if !items.contains(where: { $0.key == "expires" }) {
            token.add("expires", integer: sessionLifetime.components.seconds)
        }
        let logIn = head.body.isEmpty ? nil : try request("login", bodyOf: head)
        if case .logInByToken? = logIn { throw .invalid("the body is not {\"name\":…,\"password\":…}") }
        return HTTPRoute(.request(try parsed(token.packet("token"))), .object, logIn: logIn)
    }

    /// A private message, whose body is that of an upload.
    static func message(_ head: RequestHead, to names: [String]) throws(HTTPProblem) -> Request {
        let upload = try upload(head)
        if upload.author != nil { throw .invalid("a private message has no author but whoever asks") }
        var body = PacketBody()
        body.add("to", strings: names)
        if let text = upload.text { body.add("text", string: text.string) }
        if let id = upload.id { body.add("id", string: id.string) }
        return try parsed(body.packet("message"))
    }
}
