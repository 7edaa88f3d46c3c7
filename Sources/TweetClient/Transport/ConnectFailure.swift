import TweetSystem

/// Why there is no connection to a server.
public struct ConnectFailure: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The host does not exist. Another try does not help, unless it existed before.
        case unknownHost
        /// The resolver cannot say now where the host is.
        case lookUp
        /// No address of the host can be connected to.
        case connect
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

    /// - Parameter reasons: each address that was tried and why it failed, `10.0.0.1:13001 (Connection refused)`.
    init(to server: ServerName, _ reasons: [String]) {
        let all = reasons.joined(separator: " or ")
        // An address says itself which server it is about; a name has to be told beside its addresses.
        let isNamed = reasons.allSatisfy { $0.hasPrefix("\(server) ") }
        self.init(.connect, "cannot connect to " + (isNamed ? all : "\(server): \(all)"))
    }

    public var error: ClientError { ClientError(kind == .unknownHost ? .unknownHost : .unreachable, text) }
}
