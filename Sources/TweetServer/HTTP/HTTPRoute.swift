import TweetCommandLine
import TweetHTTP
import TweetModel
import TweetReactor
import TweetSystem
import TweetWire

/// A request of HTTP as a request of the protocol, and the form of its answer.
///
/// Paths and queries are translated into packets and parsed as such, so that both doors have the same rules and the
/// same errors.
struct HTTPRoute {
    enum Purpose {
        case request(Request)
        /// The end of the token that the request has logged in by.
        case endSession
        /// Whether the server serves.
        case health
        /// Figures for Prometheus; `isDirect` if no proxy shows in the request.
        case metrics(isDirect: Bool)
        /// The page for browsers, one of its files, or the description of all routes.
        case page(HTTPReadyAnswer)
        /// The connection becomes a WebSocket.
        case upgrade(WebSocketUpgrade)
    }

    let purpose: Purpose
    let form: HTTPExchange.Form
    /// The log-in that the request asks for, for itself alone; nil for none.
    private(set) var logIn: Request?

    init(_ purpose: Purpose, _ form: HTTPExchange.Form, logIn: Request? = nil) {
        self.purpose = purpose
        self.form = form
        self.logIn = logIn
    }

    init(_ request: Request, _ form: HTTPExchange.Form) { self.init(.request(request), form) }

    /// Finds the route of a request.
    ///
    /// - Throws: the problem to answer with.
    init(_ head: RequestHead, _ policy: HTTPPolicy) throws(HTTPProblem) {
        // The most frequent request of all needs none of what follows.
        if head.path.equals("/"), head.method == .get, head.query == nil {
            try Self.checkHost(head, policy)
            switch head.preferred(among: Self.texts) {
            case 1: self.init(.lastMessage, .object)
            case 2: self = Self.page(head)
            default: self.init(.lastMessage, .text)
            }
        } else {
            self = try Self.route(of: head, policy)
        }
        if takesLogIn, logIn == nil, let field = head[.authorization] { logIn = try Self.logIn(field) }
    }

    private static func route(of head: RequestHead, _ policy: HTTPPolicy) throws(HTTPProblem) -> HTTPRoute {
        let path = try path(of: head, policy)
        if case .ntfy(let path) = path { return try ntfy(path, head) }
        let items = try items(of: head, known: path.keys, ignoresOthers: asksForPage(head, path))
        switch path {
        case .root: return try root(head, items, policy)
        case .tag(let tag): return HTTPRoute(try download(items, tag: tag), form(of: head))
        case .tweets:
            let isSearch = items.contains { $0.key == "q" }
            return HTTPRoute(isSearch ? try search(items) : try download(items, isList: true), listForm(of: head))
        case .follow: return try stream(head, items)
        case .tagFollow(let tag): return try stream(head, items, tag: tag)
        case .tags: return HTTPRoute(try request("tags", items), listForm(of: head))
        case .people: return HTTPRoute(try request("who", items), listForm(of: head))
        case .person(let name): return HTTPRoute(try request("who", body: name), .object)
        case .session: return try session(head, items)
        case .tokens where head.method == .post: return HTTPRoute(try request("token", bodyOf: head), .object)
        case .tokens: return HTTPRoute(.tokens, listForm(of: head))
        case .token(let id): return HTTPRoute(.removeToken(try integer("the token's id", id)), .object)
        case .messages(let names): return HTTPRoute(try message(head, to: names), .object)
        case .inbox: return HTTPRoute(try request("inbox", items), listForm(of: head))
        case .sent: return HTTPRoute(try request("sent", items), listForm(of: head))
        case .readMarks: return HTTPRoute(try request("read", bodyOf: head), .object)
        case .health: return HTTPRoute(.health, .text)
        case .metrics: return HTTPRoute(.metrics(isDirect: isDirect(head, policy)), .text)
        case .openAPI: return HTTPRoute(.page(OpenAPI.answer), .text)
        case .pageFile(let hash, let name):
            guard let answer = WebPage.shared.file(name, hash: hash) else { throw .noRoute }
            return HTTPRoute(.page(answer), .text)
        case .live: return HTTPRoute(.upgrade(try WebSocketUpgrade(head)), .object)
        case .ntfy: throw .noRoute
        }
    }

    // MARK: Who may ask

    /// The path of a request, if the client may ask for it with its method; the body need not have arrived.
    ///
    /// - Throws: the problem to answer with.
    static func path(of head: RequestHead, _ policy: HTTPPolicy) throws(HTTPProblem) -> HTTPPath {
        try checkHost(head, policy)
        let path = try HTTPPath(head, policy)
        if case .pageFile(let hash, let name) = path, WebPage.shared.file(name, hash: hash) == nil { throw .noRoute }
        guard path.methods.contains(head.method) else { throw .wrongMethod(allowed: path.methods(for: head)) }
        if path.isGuarded(head.method) { try checkOrigin(head) }
        return path
    }

    private static func checkHost(_ head: RequestHead, _ policy: HTTPPolicy) throws(HTTPProblem) {
        // Only clients of HTTP/1.0 send none, and no browser is one.
        guard let value = head[.host] else { return }
        guard let host = HostField(value) else {
            throw HTTPProblem(.badRequest, "bad_request", "the Host is neither a name nor an address", closes: true)
        }
        if !policy.admits(host) { throw .unknownHost }
    }

    /// Refuses a request that a page from elsewhere has made a browser send.
    ///
    /// Programs send neither of the two fields.
    private static func checkOrigin(_ head: RequestHead) throws(HTTPProblem) {
        if let site = head[.secFetchSite], !site.equals("same-origin"), !site.equals("none") { throw .foreignOrigin }
        guard let origin = head[.origin] else { return }
        for scheme in ["http://", "https://"] as [StaticString] {
            let count = scheme.utf8CodeUnitCount
            guard origin.count > count, UnsafeRawBufferPointer(rebasing: origin[..<count]).equalsIgnoringCase(scheme)
            else { continue }
            let host = UnsafeRawBufferPointer(rebasing: origin[count...])
            if let own = head[.host], host.equalsIgnoringCase(own) { return }
        }
        throw .foreignOrigin
    }

    /// Whether nothing in a request shows a proxy.
    ///
    /// A proxy on this machine has this machine's address, whoever asks it. Most note the client, pass the client's Host
    /// on, or speak HTTP/1.0.
    ///
    /// - Parameter policy: the connection's, which names proxies only if the peer is one of them.
    private static func isDirect(_ head: RequestHead, _ policy: HTTPPolicy) -> Bool {
        guard policy.proxies.isEmpty, head.isVersion11 else { return false }
        let fields: [StaticString] = ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host"]
        if fields.contains(where: { head.value(named: $0) != nil }) { return false }
        guard let host = head[.host].flatMap(HostField.init) else { return false }
        if host.kind == .name { return host.host.equalsIgnoringCase("localhost") }
        return SocketAddress.numeric(host: String(decoding: host.host, as: UTF8.self), port: 0)?.first?.isLoopback
            == true
    }

    // MARK: Forms of answers

    private static let texts = [
        MediaType("text", "plain"), MediaType("application", "json"), MediaType("text", "html"),
    ]
    private static let streams = [MediaType("application", "x-ndjson"), EventStream.mediaType]
    private static let lists = [MediaType("application", "x-ndjson"), MediaType("application", "json")]

    private static func form(of head: RequestHead) -> HTTPExchange.Form {
        head.preferred(among: texts) == 1 ? .object : .text
    }

    private static func listForm(of head: RequestHead) -> HTTPExchange.Form {
        head.preferred(among: lists) == 1 ? .array : .lines
    }

    // MARK: The last message

    private static func root(
        _ head: RequestHead, _ items: [Item], _ policy: HTTPPolicy
    ) throws(HTTPProblem) -> HTTPRoute {
        switch head.method {
        case .get, .head:
            if items.isEmpty, asksForPage(head, .root) { return page(head) }
            return HTTPRoute(try download(items), form(of: head))
        default:
            guard items.isEmpty else { throw .invalid("max_age is for reading") }
            if policy.servesNtfy, head.method != .delete, let route = try ntfyPublication(head) { return route }
            let upload = head.method == .delete ? Upload(text: nil, id: try id(head)) : try upload(head)
            return HTTPRoute(.upload(upload), .object)
        }
    }

    private static func asksForPage(_ head: RequestHead, _ path: HTTPPath) -> Bool {
        guard case .root = path, head.method == .get || head.method == .head else { return false }
        return head.preferred(among: texts) == 2
    }

    /// The page for browsers, if the client does not have it yet.
    private static func page(_ head: RequestHead) -> HTTPRoute {
        let page = WebPage.shared
        return HTTPRoute(.page(page.answer(to: head)), .text)
    }

    /// The upload of a body: a text of any type, or `{"text":…,"id":…}` of the type application/json.
    static func upload(_ head: RequestHead) throws(HTTPProblem) -> Upload {
        if head.contentLength == nil { throw .lengthRequired }
        let id = try id(head)
        if head.hasContent(texts[1]) {
            guard case .upload(var upload) = try request("u", bodyOf: head) else { throw noObject }
            if upload.text == nil { throw emptyBody }
            if upload.id != nil, id != nil, upload.id != id { throw .invalid("the body and the header have two ids") }
            upload.id = upload.id ?? id
            return upload
        }
        var text = head.body[...]
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        if text.isEmpty { throw emptyBody }
        do throws(TextRefusal) {
            return Upload(text: try TweetText(validating: UnsafeRawBufferPointer(rebasing: text)), id: id)
        } catch {
            throw HTTPProblem(WireError(error))
        }
    }

    /// The request of an operation whose body is that of the request: an object of JSON.
    static func request(_ operation: StaticString, bodyOf head: RequestHead) throws(HTTPProblem) -> Request {
        if head.contentLength == nil { throw .lengthRequired }
        // A string would be a packet's body, too, and one that is not JSON must not end the packet.
        guard head.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { throw noObject }
        do throws(HTTPProblem) {
            return try parsed(PacketBody.packet(operation, Array(head.body)))
        } catch {
            // These tell of the packet, which the client has not sent.
            throw ["not_json", "not_packet", "not_utf8"].contains(error.code) ? noObject : error
        }
    }

    private static var noObject: HTTPProblem { .invalid("the body is not one object of JSON") }

    private static var emptyBody: HTTPProblem { .invalid("the body is empty; DELETE / resets the last message") }

    /// The upload's id, with or without the quotes of a structured field (RFC 9651, 3.3.3); nil if there is none.
    static func id(_ head: RequestHead) throws(HTTPProblem) -> UploadID? {
        guard var value = head[.idempotencyKey]?[...] else { return nil }
        let quote = UInt8(ascii: "\"")
        if value.count > 1, value.first == quote, value.last == quote { value = value.dropFirst().dropLast() }
        guard let id = UploadID(String(decoding: value, as: UTF8.self)) else {
            throw .invalid("the Idempotency-Key is no id: 1 to 64 letters, digits, - _ . or :")
        }
        return id
    }

    // MARK: Queries

    typealias Item = (key: String, value: String)

    /// The download that a query asks for.
    ///
    /// - Parameters:
    ///   - tag: the hashtag in the path.
    ///   - isList: whether the answer has a line for each tweet.
    private static func download(
        _ items: [Item], tag: String? = nil, isList: Bool = false
    ) throws(HTTPProblem) -> Request {
        var tags = tag.map { [$0] } ?? []
        var body = PacketBody()
        var isBounded = false
        for (key, value) in items {
            switch key {
            case "tag": tags.append(value)
            case "max_age":
                guard let span = TimeSpan.duration(value) else { throw .invalid("max_age is not \(TimeSpan.rule)") }
                body.add(key, integer: span.inMilliseconds)
            case "before": throw .invalid("before goes with q only")
            default:
                body.add(key, integer: try integer(key, value))
                isBounded = true
            }
        }
        body.add(tags: tags)
        if isList, !isBounded { body.add("count", integer: Int64(WireLimits.downloadCount)) }
        return try parsed(body.packet("d"))
    }

    /// The search that a query with `q` asks for.
    private static func search(_ items: [Item]) throws(HTTPProblem) -> Request {
        var body = PacketBody()
        for (key, value) in items {
            switch key {
            case "q": body.add("text", string: value)
            case "count", "before": body.add(key, integer: try integer(key, value))
            default: throw .invalid("q goes with count and before only")
            }
        }
        return try parsed(body.packet("search"))
    }

    /// A stream of tweets as they come.
    ///
    /// - Parameter tag: the hashtag in the path.
    private static func stream(
        _ head: RequestHead, _ items: [Item], tag: String? = nil
    ) throws(HTTPProblem) -> HTTPRoute {
        let framing: Framing = head.preferred(among: streams) == 1 ? .eventStream : .jsonLines
        var tags = tag.map { [$0] } ?? []
        var start = PacketBody()
        var isWaiting = false
        for (key, value) in items {
            switch key {
            case "tag": tags.append(value)
            case "wait":
                isWaiting = try isOn(key, value)
            default: start.add(key, integer: try integer(key, value))
            }
        }
        // A browser's event source names the last event that it has when it comes back.
        var comesBack = false
        if framing == .eventStream, let id = head[.lastEventID] {
            guard let id = String(validating: id, as: UTF8.self) else { throw .invalid("the Last-Event-ID is no text") }
            start = PacketBody()
            start.add("since", integer: try integer("Last-Event-ID", id))
            comesBack = true
        }
        start.add(tags: tags)
        return HTTPRoute(
            try parsed(start.packet("follow")), .stream(framing, isWaiting: isWaiting, comesBack: comesBack))
    }

    /// The request of an operation whose body has whole numbers and switches, or is empty.
    private static func request(_ operation: StaticString, _ items: [Item]) throws(HTTPProblem) -> Request {
        var body = PacketBody()
        for (key, value) in items {
            if key == "archive" {
                body.add(key, bool: try isOn(key, value))
            } else {
                body.add(key, integer: try integer(key, value))
            }
        }
        return try parsed(body.packet(operation))
    }

    private static func request(_ operation: StaticString, body: String) throws(HTTPProblem) -> Request {
        var string: [UInt8] = []
        string.appendJSON(body)
        return try parsed(PacketBody.packet(operation, string))
    }

    /// - Parameter ignoresOthers: whether keys that are not known are left out, such as those that other sites add to a
    ///   link to the page, instead of refused.
    private static func items(
        of head: RequestHead, known: [String], ignoresOthers: Bool
    ) throws(HTTPProblem) -> [Item] {
        var items: [Item] = []
        for item in head.queryItems {
            guard let key = item.key.unescaped(plusIsSpace: true), let value = item.value.unescaped(plusIsSpace: true)
            else {
                if ignoresOthers { continue }
                throw .invalid("the query has an escape that is no text in UTF-8")
            }
            guard known.contains(where: { $0.utf8.elementsEqual(key.utf8) }) else {
                if ignoresOthers { continue }
                throw .invalid("the key \(String(key.unicodeScalars.prefix(32))) is not known here")
            }
            items.append((key, value))
        }
        return items
    }

    static func integer(_ key: String, _ value: String) throws(HTTPProblem) -> Int64 {
        guard let number = TimeSpan.wholeNumber(Substring(value)) else {
            throw .invalid("\(key) is not a whole number")
        }
        return number
    }

    private static func isOn(_ key: String, _ value: String) throws(HTTPProblem) -> Bool {
        guard value == "1" || value == "0" else { throw .invalid("\(key) is neither 1 nor 0") }
        return value == "1"
    }

    static func parsed(_ packet: [UInt8]) throws(HTTPProblem) -> Request {
        let result = packet.withUnsafeBytes { bytes -> Result<Request, WireError> in
            do throws(WireError) { return .success(try Request(line: bytes)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let request): return request
        case .failure(let error): throw HTTPProblem(error)
        }
    }
}
