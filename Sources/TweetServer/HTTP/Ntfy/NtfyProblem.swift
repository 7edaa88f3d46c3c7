import TweetHTTP
import TweetWire

/// Errors as clients of ntfy expect them: `{"code":40009,"http":400,"error":"…"}`.
extension HTTPProblem {
    /// A request that breaks one of ntfy's rules.
    ///
    /// - Parameter code: ntfy's number for the error, which begins with the status.
    static func ntfy(_ code: Int, _ message: String) -> HTTPProblem {
        var problem = HTTPProblem.invalid(message)
        problem.ntfyCode = code
        return problem
    }

    /// The same problem, for a client that speaks ntfy.
    var forNtfy: HTTPProblem {
        var problem = self
        problem.ntfyCode = ntfyCode ?? Self.ntfyCode(status)
        return problem
    }

    /// The same problem, in the form of ntfy if the request is one of ntfy's.
    func inForm(for head: RequestHead, _ policy: HTTPPolicy) -> HTTPProblem {
        guard case .ntfy(let path)? = try? HTTPPath(head, policy) else { return self }
        // A GET of a short path may not mean a topic, so its error keeps our own form.
        if case .topic = path, head.method == .get || head.method == .head { return self }
        return forNtfy
    }

    /// ntfy's number for an error of this server's own: the most general one with its status.
    private static func ntfyCode(_ status: HTTPStatus) -> Int {
        let general: Int =
            switch status {
            case .badRequest: 0
            case .contentTooLarge: 3
            default: 1
            }
        return Int(status.rawValue) * 100 + general
    }

    /// The body of the answer for a client that speaks ntfy, with a line feed.
    var ntfyBody: [UInt8] {
        var bytes = Array(#"{"code":\#(ntfyCode ?? Self.ntfyCode(status)),"http":\#(status.rawValue),"error":"#.utf8)
        bytes.appendJSON(message)
        bytes += "}\n".utf8
        return bytes
    }
}
