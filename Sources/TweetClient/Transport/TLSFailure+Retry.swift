import CSystem
import TweetSystem
public import TweetTLS

extension TLSFailure {
    /// Whether the next connection would fail in the same way, so that retrying does not help.
    ///
    /// - Parameter hasSpokenTLS: whether the server has spoken TLS before: then, an answer without it is a passing fault.
    public func isLasting(hasSpokenTLS: Bool) -> Bool {
        switch self {
        case .untrusted: true
        case .mismatch: !hasSpokenTLS
        case .system, .truncated: false
        }
    }

    /// Whether the peer has closed the stream, or reset it.
    var isClosedByPeer: Bool { self == .system(Errno(code: EPIPE)) || self == .system(Errno(code: ECONNRESET)) }
}
