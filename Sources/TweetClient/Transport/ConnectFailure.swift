import TweetSystem

/// The reason why there is no connection to a server.
public struct ConnectFailure: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The host does not exist. Retrying does not help, unless it existed before.
        case unknownHost
        /// The resolver cannot look up the host now.
        case lookUp
        /// No address of the host accepts a connection.
        case connect
        /// The authorities to trust cannot be used: retrying does not help.
        case trust
    }

    public let kind: Kind
    /// A clause of a sentence: `cannot connect to 127.0.0.1:13001 (Connection refused)`.
    public let text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    init(_ error: LookupError) {
        if error.isUnknownHost {
            self.init(.unknownHost, "the host is not known: \(error)")
        } else {
            self.init(.lookUp, "cannot look up \(error)")
        }
    }

    /// - Parameter reasons: each address tried and its error, `10.0.0.1:13001 (Connection refused)`.
    init(to server: ServerName, _ reasons: [String]) {
        let all = reasons.joined(separator: " or ")
        // An address already names the server; a host name has to be added to its addresses.
        let isNamed = reasons.allSatisfy { $0.hasPrefix("\(server) ") }
        self.init(.connect, "cannot connect to " + (isNamed ? all : "\(server): \(all)"))
    }

    public var error: ClientError {
        let exitCode: ExitCode =
            switch kind {
            case .unknownHost: .unknownHost
            case .trust: .streamFailed
            case .lookUp, .connect: .unreachable
            }
        return ClientError(exitCode, text)
    }
}
