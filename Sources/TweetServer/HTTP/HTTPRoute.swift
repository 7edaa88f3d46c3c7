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
        /// Whether the server serves.
        case health
        /// The page for browsers, or one of its files.
        case page(HTTPReadyAnswer)
        /// The connection becomes a WebSocket.
        case upgrade(WebSocketUpgrade)
    }

    let purpose: Purpose
    let form: HTTPExchange.Form

    init(_ purpose: Purpose, _ form: HTTPExchange.Form) {
        self.purpose = purpose
        self.form = form
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
            return
        }
        let path = try Self.path(of: head, policy)
        if case .ntfy(let path) = path {
            self = try Self.ntfy(path, head)
            return
        }
        let items = try Self.items(of: head, known: path.keys)
        switch path {
        case .root: self = try Self.root(head, items, policy)
        case .tag(let tag): self.init(try Self.download(items, tag: tag), Self.form(of: head))
        case .tweets:
            let isSearch = items.contains { $0.key == "q" }
            self.init(
                isSearch ? try Self.search(items) : try Self.download(items, isList: true), Self.listForm(of: head))
        case .follow: self = try Self.stream(head, items)
        case .tagFollow(let tag): self = try Self.stream(head, items, tag: tag)
        case .tags: self.init(try Self.request("tags", items), Self.listForm(of: head))
        case .people: self.init(try Self.request("who", items), Self.listForm(of: head))
        case .person(let name): self.init(try Self.request("who", body: name), .object)
        case .health: self.init(.health, .text)
        case .pageFile(let hash, let name):
            guard let answer = WebPage.shared.file(name, hash: hash) else { throw .noRoute }
            self.init(.page(answer), .text)
        case .live: self.init(.upgrade(try WebSocketUpgrade(head)), .object)
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
        guard path.methods.contains(head.method) else { throw .wrongMethod(allowed: path.allowed) }
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
        case .head where items.isEmpty && head.preferred(among: texts) == 2: return page(head)
        case .get, .head: return HTTPRoute(try download(items), form(of: head))
        default:
            guard items.isEmpty else { throw .invalid("max_age is for reading") }
            if policy.servesNtfy, head.method != .delete, let route = try ntfyPublication(head) { return route }
            let upload = head.method == .delete ? Upload(text: nil, id: try id(head)) : try upload(head)
            return HTTPRoute(.upload(upload), .object)
        }
    }

    /// The page for browsers, if the client does not have it yet.
    private static func page(_ head: RequestHead) -> HTTPRoute {
        let page = WebPage.shared
        return HTTPRoute(.page(page.answer(to: head)), .text)
    }

    /// The upload of a body: a text of any type, or `{"text":…,"id":…}` of the type application/json.
    private static func upload(_ head: RequestHead) throws(HTTPProblem) -> Upload {
        let id = try id(head)
        if head.hasContent(texts[1]) {
            // A string would be a packet's body, too, and one that is not JSON must not end the packet.
            guard head.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"), case .upload(var upload) = try json(head)
            else { throw noJSON }
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

    /// The request of a body that begins as an object of JSON.
    private static func json(_ head: RequestHead) throws(HTTPProblem) -> Request {
        do throws(HTTPProblem) {
            return try parsed(Array(#"["u","#.utf8) + head.body + [UInt8(ascii: "]")])
        } catch {
            // These tell of the packet, which the client has not sent.
            throw ["not_json", "not_packet"].contains(error.code) ? noJSON : error
        }
    }

    private static var noJSON: HTTPProblem { .invalid(#"the body is not {"text":…,"id":…}"#) }

    private static var emptyBody: HTTPProblem { .invalid("the body is empty; DELETE resets the last message") }

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

    private typealias Item = (key: String, value: String)

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
                guard value == "1" || value == "0" else { throw .invalid("wait is neither 1 nor 0") }
                isWaiting = value == "1"
            default: start.add(key, integer: try integer(key, value))
            }
        }
        // A browser's event source names the last event that it has when it comes back.
        if framing == .eventStream, let id = head[.lastEventID] {
            guard let id = String(validating: id, as: UTF8.self) else { throw .invalid("the Last-Event-ID is no text") }
            start = PacketBody()
            start.add("since", integer: try integer("Last-Event-ID", id))
        }
        start.add(tags: tags)
        return HTTPRoute(try parsed(start.packet("follow")), .stream(framing, isWaiting: isWaiting))
    }

    /// The request of an operation whose body has whole numbers, or is empty.
    private static func request(_ operation: StaticString, _ items: [Item]) throws(HTTPProblem) -> Request {
        var body = PacketBody()
        for (key, value) in items { body.add(key, integer: try integer(key, value)) }
        return try parsed(body.packet(operation))
    }

    private static func request(_ operation: StaticString, body: String) throws(HTTPProblem) -> Request {
        var string: [UInt8] = []
        string.appendJSON(body)
        return try parsed(PacketBody.packet(operation, string))
    }

    private static func items(of head: RequestHead, known: [String]) throws(HTTPProblem) -> [Item] {
        var items: [Item] = []
        for item in head.queryItems {
            guard let key = item.key.unescaped(plusIsSpace: true), let value = item.value.unescaped(plusIsSpace: true)
            else { throw .invalid("the query has an escape that is no text in UTF-8") }
            guard known.contains(where: { $0.utf8.elementsEqual(key.utf8) }) else {
                throw .invalid("the key \(String(key.unicodeScalars.prefix(32))) is not known here")
            }
            items.append((key, value))
        }
        return items
    }

    private static func integer(_ key: String, _ value: String) throws(HTTPProblem) -> Int64 {
        guard let number = TimeSpan.wholeNumber(Substring(value)) else {
            throw .invalid("\(key) is not a whole number")
        }
        return number
    }

    private static func parsed(_ packet: [UInt8]) throws(HTTPProblem) -> Request {
        let result = packet.withUnsafeBytes { bytes -> Result<Request, WireError> in
            do throws(WireError) { return .success(try Request(line: bytes)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let request): return request
        case .failure(let error): throw HTTPProblem(error)
        }
    }
}

/// The body of a packet that is written member by member.
private struct PacketBody {
    private var members: [UInt8] = []

    private mutating func begin(_ key: String) {
        if !members.isEmpty { members.append(",") }
        members.appendJSON(key)
        members.append(":")
    }

    mutating func add(_ key: String, integer: Int64) {
        begin(key)
        members.appendJSON(integer)
    }

    mutating func add(_ key: String, string: String) {
        begin(key)
        members.appendJSON(string)
    }

    /// Adds the member for hashtags; none for none.
    mutating func add(tags: [String]) {
        if tags.isEmpty { return }
        if tags.count == 1 {
            begin("tag")
            members.appendJSON(tags[0])
        } else {
            begin("tags")
            members.appendJSON(tags)
        }
    }

    /// The whole packet; a body without members is the empty string.
    func packet(_ operation: StaticString) -> [UInt8] {
        Self.packet(operation, members.isEmpty ? Array("\"\"".utf8) : Array("{".utf8) + members + Array("}".utf8))
    }

    /// The packet of an operation and its body as JSON.
    static func packet(_ operation: StaticString, _ body: [UInt8]) -> [UInt8] {
        var packet: [UInt8] = []
        packet.append("[\"")
        packet.append(operation)
        packet.append("\",")
        packet += body
        packet.append("]")
        return packet
    }
}
