import TweetHTTP
import TweetWire

/// The log-in of one request: the field Authorization (RFC 9110, 11.6.2) as a request of the protocol.
extension HTTPRoute {
    /// Whether the answer depends on who asks.
    ///
    /// The others do not look at the field, which may be for a proxy that passes it on.
    var takesLogIn: Bool {
        switch purpose {
        case .request, .endSession, .metrics: true
        case .health, .page, .upgrade: false
        }
    }

    /// The log-in that a value of the field asks for: `Bearer TOKEN` (RFC 6750), or `Basic` with a name and a password
    /// (RFC 7617); with an empty name the password is a token.
    ///
    /// - Throws: 401, also for what can be no log-in at all.
    static func logIn(_ value: UnsafeRawBufferPointer) throws(HTTPProblem) -> Request {
        let end = value.firstIndex(of: UInt8(ascii: " ")) ?? value.endIndex
        let scheme = UnsafeRawBufferPointer(rebasing: value[..<end])
        let credentials = UnsafeRawBufferPointer(rebasing: value[end...]).trimmed
        if scheme.equalsIgnoringCase("Bearer") {
            guard let token = String(validating: credentials, as: UTF8.self) else { throw HTTPProblem(.wrongToken) }
            return try logIn(token: token)
        }
        guard scheme.equalsIgnoringCase("Basic") else {
            throw HTTPProblem(WireError(.wrongPassword, "the Authorization is neither Bearer nor Basic"))
        }
        guard let pair = credentials.decodedBase64, let colon = pair.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: pair[..<colon], as: UTF8.self),
            let password = String(validating: pair[(colon + 1)...], as: UTF8.self)
        else { throw HTTPProblem(WireError(.wrongPassword, "the Authorization is no name and password in base64")) }
        if name.isEmpty { return try logIn(token: password) }
        var body = PacketBody()
        body.add("name", string: name)
        body.add("password", string: password)
        do throws(HTTPProblem) {
            return try parsed(body.packet("login"))
        } catch {
            throw HTTPProblem(.wrongPassword)
        }
    }

    private static func logIn(token: String) throws(HTTPProblem) -> Request {
        var body = PacketBody()
        body.add("token", string: token)
        return try parsed(body.packet("login"))
    }
}
