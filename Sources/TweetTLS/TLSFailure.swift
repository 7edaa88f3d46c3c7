public import TweetSystem

/// The reason why a TLS stream cannot be used any more.
public enum TLSFailure: Error, Hashable, Sendable {
    /// A system call on the socket failed.
    case system(Errno)
    /// The stream ended without the peer's close_notify: whoever cut it off may have dropped data before it (RFC 8446, 6.1).
    case truncated
    /// The peer's certificate is not trusted, for a reason in words.
    case untrusted(String)
    /// The peer does not speak TLS as it should, or refuses to, for a reason in words.
    case mismatch(String)
}

extension TLSFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .truncated: "the TLS stream was cut off"
        case .untrusted(let reason), .mismatch(let reason): reason
        }
    }
}

/// A certificate, a key or a pin that cannot be used.
public struct TLSSetupError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
