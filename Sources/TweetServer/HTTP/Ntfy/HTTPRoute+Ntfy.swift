import TweetHTTP
import TweetModel
import TweetReactor
import TweetWire

/// Requests of ntfy as requests of the protocol: an upload, or following.
extension HTTPRoute {
    static func ntfy(_ path: NtfyPath, _ head: RequestHead) throws(HTTPProblem) -> HTTPRoute {
        if case .health = path {} else { try NtfyParameters(head).refuseCredentials() }
        switch path {
        case .topic(let topic) where head.method == .get || head.method == .head:
            // A person who opens the topic in a browser gets to the page, the address of which is relative: the server
            // may be below a path of a proxy's.
            guard asksForPageOfTopic(head) else { throw .noRoute }
            return HTTPRoute(.page(HTTPReadyAnswer(redirectTo: "./#/tag/\(topic.tag.written.percentEncoded)")), .text)
        case .topic(let topic): return try publication(of: topic, head)
        case .publish(let topic):
            try refuseBrowser(head)
            return try publication(of: topic, head)
        case .follow(let topics, let form): return try following(topics, form, head)
        case .permission(let topics): return HTTPRoute(.follow(Follow(tags: topics.map(\.tag))), .ntfyPermission)
        case .health: return HTTPRoute(.health, .ntfyHealth)
        }
    }

    private static let pages = [MediaType("text", "plain"), MediaType("text", "html")]

    /// Whether a request for a topic is a browser's.
    static func asksForPageOfTopic(_ head: RequestHead) -> Bool { head.preferred(among: pages) == 1 }

    // MARK: Publishing

    /// Refuses what a browser may have been made to send: a page from elsewhere can load any address as a picture, and
    /// then a browser says where the request comes from only if the connection is secure.
    private static func refuseBrowser(_ head: RequestHead) throws(HTTPProblem) {
        // Each browser's name begins like this; `path(of:_:)` has looked at the field below.
        guard let agent = head.value(named: "user-agent"), agent.starts(with: "Mozilla/".utf8),
            head[.secFetchSite] == nil
        else { return }
        throw .foreignOrigin
    }

    private static func publication(of topic: NtfyTopic, _ head: RequestHead) throws(HTTPProblem) -> HTTPRoute {
        let parameters = NtfyParameters(head)
        try parameters.refuseExtras()
        var message = (try parameters.text(NtfyParameters.message) ?? "").withLineEnds
        if !head.body.trimmed.isEmpty {
            guard let body = String(validating: head.body, as: UTF8.self) else {
                throw .ntfy(40014, "the message is not UTF-8, and attachments are not kept here")
            }
            message = body
        }
        return try publication(
            of: topic, title: try parameters.text(NtfyParameters.title) ?? "", message: message, head)
    }

    /// The request of a body of JSON that names a topic.
    ///
    /// - Returns: nil for any other body.
    static func ntfyPublication(_ head: RequestHead) throws(HTTPProblem) -> HTTPRoute? {
        guard head.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"),
            head.hasContent(json) || head.hasContent(form),
            let object = JSONObject(head.body, keys: jsonKeys), object["text"] == nil, let topic = object["topic"]
        else { return nil }
        func text(_ key: String) throws(HTTPProblem) -> String {
            switch object[key] {
            case .string(let text): return text
            case .other: throw .ntfy(40017, "\(key) is no string")
            case nil: return ""
            }
        }
        guard case .string(let written) = topic else { throw .ntfy(40009, "the topic is no string") }
        let parameters = NtfyParameters(head)
        try parameters.refuseExtras()
        for (key, code) in jsonExtras where object[key] != nil && object[key] != .string("") {
            throw .ntfy(code, "\(key) is not possible here: only texts are sent, and at once")
        }
        let titleOfHead = try parameters.text(NtfyParameters.title)
        let title = try text("title")
        return try publication(
            of: try NtfyTopic(written), title: title.isEmpty ? titleOfHead ?? "" : title, message: try text("message"),
            head)
    }

    private static let json = MediaType("application", "json")
    /// The type that curl gives to what it is told to send.
    private static let form = MediaType("application", "x-www-form-urlencoded")
    private static let jsonExtras = [
        ("attach", 40014), ("filename", 40014), ("delay", 40004), ("email", 40001), ("call", 40032),
    ]
    private static let jsonKeys = ["text", "topic", "title", "message"] + jsonExtras.map(\.0)

    private static func publication(
        of topic: NtfyTopic, title: String, message: String, _ head: RequestHead
    ) throws(HTTPProblem) -> HTTPRoute {
        let text = try NtfyText.make(title: title, message: message, topic: topic.tag)
        return HTTPRoute(.upload(Upload(text: text, id: try id(head))), .ntfyMessage(topic: topic.written))
    }

    // MARK: Following

    private static func following(
        _ topics: [NtfyTopic], _ form: NtfyForm, _ head: RequestHead
    ) throws(HTTPProblem) -> HTTPRoute {
        let parameters = NtfyParameters(head)
        try parameters.refuseFilters()
        let polls = try parameters.isTrue(NtfyParameters.poll)
        var since = try parameters.text(NtfyParameters.since)
        // A browser's event source names the last message that it has when it comes back.
        if form == .sse, let id = head[.lastEventID] { since = id.fieldText }
        let follow = NtfyFollow(
            form, topics, since: try NtfySince(since, polls: polls), polls: polls,
            upgrade: form == .ws ? try WebSocketUpgrade(head, subprotocol: nil) : nil)
        return HTTPRoute(.follow(Follow(tags: follow.tags)), .ntfy(follow))
    }
}

extension String {
    /// The text with a line end for each `\n` that is written as two characters: a header field has no line ends.
    fileprivate var withLineEnds: String {
        String(decoding: Array(utf8).replacing(Array(#"\n"#.utf8), with: [UInt8(ascii: "\n")]), as: UTF8.self)
    }

    /// The text as a part of an address, in ASCII (RFC 3986, 2.1).
    fileprivate var percentEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            let isPlain =
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
            bytes += isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension HTTPReadyAnswer {
    /// An answer that sends the client elsewhere.
    fileprivate init(redirectTo place: String) {
        var head = HTTPHeads.head("text/plain; charset=utf-8", .seeOther)
        head.append("Location", place)
        self.init(head: head, body: [])
    }
}
