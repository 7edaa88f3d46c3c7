public import TweetHTTP
import TweetModel
import TweetWire

/// A request that is not served: the status of the answer, and the code and the text of its body.
public struct HTTPProblem: Error, Sendable {
    public let status: HTTPStatus
    /// A code of the protocol, or one that only HTTP needs.
    public let code: String
    public let message: String
    public let retryAfter: Int?
    /// The methods that the path has, if the request's is not one of them.
    let allowed: String?
    /// Whether the connection closes, since nobody knows where the next request starts, or the server wants it so.
    let closes: Bool
    /// The error of the protocol; nil for a problem that only HTTP has.
    let error: WireError?
    /// ntfy's number for the problem, if the client speaks ntfy.
    var ntfyCode: Int?

    init(
        _ status: HTTPStatus, _ code: String, _ message: String, retryAfter: Int? = nil, allowed: String? = nil,
        closes: Bool = false, error: WireError? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.allowed = allowed
        self.closes = closes
        self.error = error
    }

    /// The error of an operation.
    init(_ error: WireError, closes: Bool = false) {
        let status = error.isOfWholeServer ? .serviceUnavailable : HTTPStatus(error.code)
        self.init(
            status, error.code.rawValue, Self.message(of: error),
            retryAfter: error.retryAfter ?? (status == .serviceUnavailable ? Self.pauseOfUnavailable : nil),
            closes: closes, error: error)
    }

    /// The seconds after which to ask a server again that stops or cannot use its store.
    ///
    /// Nobody knows when it is back: as long as for a full store, so that a script that obeys is neither late nor a burden.
    private static let pauseOfUnavailable = Int(StoreGate.pause.components.seconds)

    /// The text of an error, which for a missing log-in says how a request of HTTP has one.
    private static func message(of error: WireError) -> String {
        switch error.code {
        case .nameNeeded, .accountNeeded:
            "that needs an account: send Authorization: Bearer and a token, which POST /session or POST /tokens gives, "
                + "or Authorization: Basic and NAME:PASSWORD in base64"
        default: error.message
        }
    }

    /// A request that the parser has refused.
    init(_ refusal: RequestRefusal) {
        self.init(refusal.status, "bad_request", refusal.reason, closes: true)
    }

    static var noRoute: HTTPProblem { HTTPProblem(.notFound, "no_route", "there is nothing at this path") }

    static func wrongMethod(allowed methods: [HTTPMethod]) -> HTTPProblem {
        let allowed = methods.map(\.token).joined(separator: ", ")
        return HTTPProblem(.methodNotAllowed, "wrong_method", "this path has the methods \(allowed)", allowed: allowed)
    }

    static var foreignOrigin: HTTPProblem {
        HTTPProblem(
            .forbidden, "foreign_origin", "a page from another origin may neither change nor follow anything here")
    }

    static var unknownHost: HTTPProblem {
        HTTPProblem(
            .misdirectedRequest, "unknown_host",
            "the Host is neither an address nor a name that the server was started with (--http-host NAME)")
    }

    /// A request without a Content-Length where a body is needed: nobody knows whether one follows.
    static var lengthRequired: HTTPProblem {
        HTTPProblem(
            .lengthRequired, "bad_request", "the body is missing, or has no Content-Length to say where it ends",
            closes: true)
    }

    /// A path, query, field or body that breaks its rules.
    static func invalid(_ message: String) -> HTTPProblem { HTTPProblem(.badRequest, "bad_body", message) }

    /// The body of the answer, with a line feed: `{"code":"no_route","message":"…","retry_after":7}`.
    var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(#"{"code":"#)
        bytes.appendJSON(code)
        bytes.append(#","message":"#)
        bytes.appendJSON(message)
        if let retryAfter {
            bytes.append(#","retry_after":"#)
            bytes.appendJSON(Int64(retryAfter))
        }
        bytes.append("}\n")
        return bytes
    }

    /// The head of the answer.
    var head: ResponseHead {
        var head = HTTPHeads.problem(status)
        if let retryAfter { head.append("Retry-After", String(retryAfter)) }
        if let allowed { head.append("Allow", allowed) }
        // Basic is accepted and not offered: a browser would ask for a password in a window of its own.
        if status == .unauthorized { head.append("WWW-Authenticate", #"Bearer realm="ttweet""#) }
        return head
    }
}

extension HTTPStatus {
    /// The status for an error of the protocol.
    init(_ code: WireError.Code) {
        self =
            switch code {
            case .notJSON, .notUTF8, .incomplete, .notPacket, .badBody, .toOneself: .badRequest
            case .nameNeeded, .accountNeeded, .wrongPassword: .unauthorized
            case .notPermitted, .tlsNeeded, .blocked: .forbidden
            case .unknownOperation, .notFresh, .noSuchSequence, .noSuchName, .noSuchToken: .notFound
            case .timedOut: .requestTimeout
            case .idReused, .alreadyNamed, .nameTaken, .tooMany: .conflict
            case .lineTooLong: .contentTooLarge
            case .tooLong, .forbiddenCharacter, .badName, .badPassword: .unprocessableContent
            case .busy, .inboxFull: .tooManyRequests
            case .stopping, .unavailable: .serviceUnavailable
            case .unknown: .gatewayTimeout
            }
    }
}
