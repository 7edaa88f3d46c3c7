import TweetHTTP
import TweetModel
public import TweetReactor
public import TweetWire

/// The protocol state of one connection: takes bytes and returns actions.
///
/// No I/O, no clock.
///
/// Requests are answered in order. Several uploads may be under way at once, so that one commit serves them all. Any
/// other request waits until the uploads before it are answered, and so sees their effects.
public struct Conversation {
    /// How the bytes are split into packets; nil until the first bytes have decided it.
    public private(set) var framing: Framing?
    private var door = Door.lines
    /// The state of a connection that speaks HTTP, and has no framing then; nil for others.
    var http: HTTPConversation? { if case .http(let http) = door { http } else { nil } }
    /// The state of a connection that is a WebSocket; nil for others.
    var webSocket: WebSocketConversation? { if case .webSocket(let webSocket) = door { webSocket } else { nil } }
    /// The request of HTTP that is being answered; nil for other connections, which have a framing and so need not
    /// look further.
    @inline(__always) var exchange: HTTPExchange? { framing == nil ? http?.exchange : nil }
    /// The rules of HTTP; nil if it is not served.
    private let httpPolicy: HTTPPolicy?
    /// Whether a whole packet has arrived.
    private var hasBegun = false
    /// Whether all further input is ignored.
    private var isOver = false
    private var uploadsUnderWay = 0
    private var uploadBytesUnderWay = 0
    private var answerUnderWay = false
    /// The identity that the connection speaks for.
    public var identity: Identity
    /// The token that it has logged in by; nil if it has not, or with a password.
    public var grant: TokenGrant?
    /// Whether only accounts may upload.
    private let requiresAccount: Bool
    /// The requests that the connection may make as it is: all once it is encrypted.
    public var plainUse: PlainUse
    /// The error for uploads while the client's network has stored too much; nil while it may store.
    public var storageRefusal: WireError?
    /// Whether uploads wait until fewer entries are under way.
    public var holdsUploads = false
    /// Whether the server is stopping: new requests are refused.
    public var isStopping = false

    /// - Parameters:
    ///   - http: the rules of HTTP; nil if it is not served.
    ///   - speaksOnlyHTTP: whether the connection is one of a port for HTTP.
    public init(
        identity: Identity = .nobody, requiresAccount: Bool = false, plainUse: PlainUse = .everything,
        http: HTTPPolicy? = nil, speaksOnlyHTTP: Bool = false
    ) {
        self.identity = identity
        httpPolicy = http
        if speaksOnlyHTTP, let http { door = .http(HTTPConversation(http, phase: .idle)) }
        self.requiresAccount = requiresAccount
        self.plainUse = plainUse
    }

    /// Whether every request so far is answered.
    public var isAnswered: Bool { uploadsUnderWay == 0 && !answerUnderWay }

    /// Whether an upload in the original's packet has begun and is incomplete: its client would take an orderly close
    /// now for success.
    public var isWithinOriginal: Bool { framing == .original && !isOver }

    /// Whether no whole request has arrived yet; the limit is ``ServerLimits/firstLine``.
    public var isSilent: Bool { !hasBegun && !isOver }

    /// The state that only connections of some kinds have, in memory of its own.
    private enum Door {
        case lines
        case http(HTTPConversation)
        case webSocket(WebSocketConversation)
    }

    // MARK: Events

    /// Takes the next request.
    ///
    /// - Parameters:
    ///   - bytes: the received bytes that were not taken yet.
    ///   - atEnd: whether no more bytes will follow.
    /// - Returns: the action, and how many bytes were taken: for the two actions that wait none, except for those of
    ///   frames that need no action.
    public mutating func next(_ bytes: UnsafeRawBufferPointer, atEnd: Bool) -> (action: Action, taken: Int) {
        if isOver { return (isStreamOfNobody(atEnd) ? .finish : .awaitInput, bytes.count) }
        if answerUnderWay { return (.awaitAnswers, 0) }
        if framing == nil {
            if let http = http(for: bytes) { return next(bytes, atEnd: atEnd, http) }
            framing = Framing(firstBytes: bytes, atEnd: atEnd)
        }
        if framing == .webSocket, let webSocket { return next(bytes, atEnd: atEnd, webSocket) }
        let frame = framing?.frame(bytes, atEnd: atEnd, limit: WireLimits.lineBytes) ?? (atEnd ? .end : .partial)
        let action = action(for: frame)
        switch action {
        case .awaitInput, .awaitAnswers, .chargeClient: return (action, 0)
        case .end, .reset, .answerOriginal, .appendOriginal, .finish, .close:
            isOver = true
            return (action, bytes.count)
        case .answerLastMessage, .answer, .perform, .append, .refuse, .sayContinue, .answerHealth, .answerMetrics,
            .answerPage,
            .refuseHTTP, .answerRefusedLogIn, .upgrade, .sendFrame:
            hasBegun = true
            if case .packet(_, let taken) = frame { return (action, taken) }
            return (action, bytes.count)
        }
    }

    @inline(__always) private mutating func action(for frame: Framing.Frame) -> Action {
        switch frame {
        case .partial: return isStopping && framing == .original ? .reset(Self.stopping) : .awaitInput
        case .packet(let packet, _): return framing == .original ? originalAction(packet) : packetAction(packet)
        case .tooLong, .cutOff, .end:
            guard isAnswered else { return .awaitAnswers }
            switch frame {
            case .tooLong where framing == .original:
                return .reset(WireError(.tooLong, "the message has more than \(TextLimits.textBytes) bytes"))
            case .tooLong: return .end(WireError(.lineTooLong, "a line has more than \(WireLimits.lineBytes) bytes"))
            case .cutOff: return .end(WireError(.incomplete, "the stream ended within a line"))
            default: return .finish
            }
        }
    }

    /// Notes that the connection is a WebSocket of a client that speaks ntfy.
    mutating func becameWebSocketOfNtfy() {
        framing = .webSocket
        door = .webSocket(WebSocketConversation(ignoresMessages: true))
    }

    /// Notes an answer that takes longer than its request's turn; later requests wait for it.
    public mutating func answerBegan() { answerUnderWay = true }

    /// Notes that a pending request is answered.
    public mutating func answered(_ pending: Pending) {
        switch pending {
        case .request, .list:
            precondition(answerUnderWay, "an answer without a request")
            answerUnderWay = false
        case .upload(let bytes), .original(let bytes):
            precondition(uploadsUnderWay > 0, "an answer without an upload")
            uploadsUnderWay -= 1
            uploadBytesUnderWay -= bytes
        }
    }

    /// Returns the action for a connection that speaks HTTP and whose next request did not arrive in time.
    mutating func timedOut(_ http: HTTPConversation) -> Action {
        isOver = true
        // A client that has sent nothing has nothing to be told, and takes an answer for that to its next request.
        if http.timedPhase == .idle { return .finish }
        http.begin(.lastOne)
        let seconds = ServerLimits.firstLine.components.seconds
        let problem = HTTPProblem(.requestTimeout, "timed_out", "no whole request in \(seconds) seconds", closes: true)
        return .refuseHTTP(problem)
    }

    /// Returns the action for a connection whose first whole line did not arrive in time.
    public mutating func firstLineTimedOut() -> Action {
        let seconds = ServerLimits.firstLine.components.seconds
        let error = WireError(.timedOut, "no whole line in \(seconds) seconds")
        defer { isOver = true }
        if let http { return timedOut(http) }
        return framing == .original ? .reset(error) : .end(error)
    }

    // MARK: Packets

    static var stopping: WireError { WireError(.stopping, "the server is stopping") }

    /// The action that a whole line asks for.
    private mutating func packetAction(_ line: UnsafeRawBufferPointer) -> Action {
        if isStopping {
            return isAnswered ? .end(Self.stopping) : .awaitAnswers
        }
        if plainUse == .nothing { return .end(.tlsRequired) }
        let request: Request
        do throws(WireError) {
            request = try Request(line: line)
        } catch {
            if !isAnswered { return .awaitAnswers }
            if isSilent, HTTPConversation.isRequestLine(line) { return .end(.httpNotServed) }
            return error.endsConnection ? .end(error) : .refuse(error)
        }
        return action(for: request)
    }

    /// The action for a request that is understood.
    @inline(__always) private mutating func action(for request: Request) -> Action {
        switch request {
        case .upload(let upload):
            if let refusal = refusal(of: upload) { return isAnswered ? .refuse(refusal) : .awaitAnswers }
            if holdsUploads { return .awaitAnswers }
            let bytes = upload.bytesUnderWay
            guard uploadBytesUnderWay + bytes <= WireLimits.uploadBytesUnderWay else { return .awaitAnswers }
            uploadsUnderWay += 1
            uploadBytesUnderWay += bytes
            return .append(upload)
        case .lastMessage:
            guard isAnswered else { return .awaitAnswers }
            return permits(request) ? .answerLastMessage : .refuse(.notOfToken)
        case .download(let download):
            guard isAnswered else { return .awaitAnswers }
            return permits(request) ? .answer(download) : .refuse(.notOfToken)
        default:
            guard isAnswered else { return .awaitAnswers }
            if !permits(request) { return .refuse(.notOfToken) }
            if plainUse == .noPasswords, request.operation.sendsPassword { return .refuse(.tlsForPassword) }
            if let error = identity.lacks(request.operation.requirement) { return .refuse(error) }
            return .perform(request)
        }
    }

    /// Whether the token permits the request; without one, the identity alone decides.
    @inline(__always) private func permits(_ request: Request) -> Bool {
        guard let grant else { return true }
        return grant.scope.permits(request)
    }

    /// The reason to refuse an upload; nil if it is permitted.
    private func refusal(of upload: Upload) -> WireError? {
        if !permits(.upload(upload)) { return .notOfToken }
        if let storageRefusal { return storageRefusal }
        if requiresAccount {
            guard case .account = identity else { return WireError(.notPermitted, "uploads need an account here") }
        }
        if let author = upload.author, identity.name != author {
            return WireError(.notPermitted, "the connection has not taken the name \(author.string)")
        }
        return nil
    }

    // MARK: HTTP

    /// The state of a connection that speaks HTTP; nil if it does not, or has sent nothing yet.
    private mutating func http(for bytes: UnsafeRawBufferPointer) -> HTTPConversation? {
        if case .lines = door, let httpPolicy, let first = bytes.first, HTTPConversation.begins(with: first) {
            door = .http(HTTPConversation(httpPolicy))
        }
        return http
    }

    private mutating func next(
        _ bytes: UnsafeRawBufferPointer, atEnd: Bool, _ http: HTTPConversation
    ) -> (action: Action, taken: Int) {
        // Answers have no number: each request is answered before the next one is looked at.
        guard isAnswered else { return (.awaitAnswers, 0) }
        switch http.next(bytes, atEnd: atEnd, isStopping: isStopping) {
        case .partial: return (.awaitInput, 0)
        case .awaitsContinue: return (.sayContinue, 0)
        case .client(let chain): return (.chargeClient(chain), 0)
        case .end:
            isOver = true
            return (.finish, bytes.count)
        case .problem(let problem, let exchange, let taken):
            hasBegun = true
            http.begin(exchange)
            return (.refuseHTTP(problem), taking(taken, of: bytes, exchange))
        case .logIn(let request):
            hasBegun = true
            http.stage = .loggingIn
            return (action(for: HTTPRoute(request, .object)), 0)
        case .refused(let problem, let exchange, let taken):
            http.begin(exchange)
            return (.answerRefusedLogIn(problem), taking(taken, of: bytes, exchange))
        case .route(let route, let exchange, let taken):
            let action = action(for: route)
            if case .awaitAnswers = action { return (action, 0) }
            hasBegun = true
            http.begin(exchange)
            if case .upgrade = action { return (action, taken) }
            return (action, taking(taken, of: bytes, exchange))
        }
    }

    /// Whether a stream by HTTP is under way whose client has gone.
    private func isStreamOfNobody(_ atEnd: Bool) -> Bool { atEnd && http?.exchange?.form.isStream == true }

    /// The bytes to take with a request: all of them if the connection closes after its answer.
    private mutating func taking(_ count: Int, of bytes: UnsafeRawBufferPointer, _ exchange: HTTPExchange) -> Int {
        guard exchange.persistence == .close else { return count }
        isOver = true
        return bytes.count
    }

    private mutating func action(for route: HTTPRoute) -> Action {
        switch route.purpose {
        case .health: return .answerHealth
        case .metrics(let isDirect):
            if isStopping { return .refuse(Self.stopping) }
            if plainUse == .nothing { return .refuse(.tlsRequired) }
            return permits(.stats) ? .answerMetrics(isDirect: isDirect) : .refuse(.notOfToken)
        case .page(let answer):
            if isStopping { return .refuse(Self.stopping) }
            return plainUse == .nothing ? .refuse(.tlsRequired) : .answerPage(answer)
        case .upgrade(let upgrade):
            if isStopping { return .refuse(Self.stopping) }
            if plainUse == .nothing { return .refuse(.tlsRequired) }
            framing = .webSocket
            door = .webSocket(WebSocketConversation())
            return .upgrade(upgrade)
        case .request(let request):
            if isStopping { return .refuse(Self.stopping) }
            if plainUse == .nothing { return .refuse(.tlsRequired) }
            return action(for: request)
        case .endSession:
            if isStopping { return .refuse(Self.stopping) }
            if plainUse == .nothing { return .refuse(.tlsRequired) }
            if let grant { return action(for: HTTPRoute(.removeToken(grant.id), route.form)) }
            return .refuse(identity.lacks(.account) ?? WireError(.badBody, "the request has logged in by no token"))
        }
    }

    // MARK: WebSocket

    private mutating func next(
        _ bytes: UnsafeRawBufferPointer, atEnd: Bool, _ webSocket: WebSocketConversation
    ) -> (action: Action, taken: Int) {
        let (step, taken) = webSocket.next(bytes)
        let action: Action
        switch step {
        case .partial:
            guard atEnd else { return (.awaitInput, taken) }
            guard isAnswered else { return (.awaitAnswers, taken) }
            action = .finish
        case .pong(let frame): action = .sendFrame(frame)
        case .packet(let packet): action = packetAction(packet)
        case .refused(let error): action = isAnswered ? .refuse(error) : .awaitAnswers
        case .end(let end): action = isAnswered ? .close(end) : .awaitAnswers
        }
        switch action {
        case .awaitAnswers: return (action, taken - webSocket.putBack())
        case .end, .close, .finish:
            isOver = true
            return (action, bytes.count)
        default: return (action, taken)
        }
    }

    // MARK: The original's packet

    /// `d` LF, or `u` LF and the message.
    private mutating func originalAction(_ packet: UnsafeRawBufferPointer) -> Action {
        if isStopping { return .reset(Self.stopping) }
        if plainUse == .nothing { return .reset(.tlsRequired) }
        if packet[0] == UInt8(ascii: "d") { return .answerOriginal }
        // A shell's `echo` ends the message with a line feed that is not part of it.
        var message = packet.dropFirst(2)
        if message.last == UInt8(ascii: "\n") { message.removeLast() }
        do throws(WireError) {
            let upload = try Upload(original: UnsafeRawBufferPointer(rebasing: message))
            if let error = refusal(of: upload) { throw error }
            uploadsUnderWay += 1
            uploadBytesUnderWay += upload.bytesUnderWay
            return .appendOriginal(upload)
        } catch {
            return .reset(error)
        }
    }
}
