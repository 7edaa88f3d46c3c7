public import TweetModel
import TweetWire

/// Who a connection speaks for.
public enum Identity: Hashable, Sendable {
    case nobody
    /// A name without a password, for as long as the connection lasts.
    case guest(Name)
    case account(Name)
    /// Whoever can open the socket in the data directory.
    case theOperator

    public var name: Name? {
        switch self {
        case .guest(let name), .account(let name): name
        case .nobody, .theOperator: nil
        }
    }

    /// What an operation that needs so much is refused with, if this is not enough.
    func lacks(_ requirement: Operation.Requirement) -> WireError? {
        switch (requirement, self) {
        case (.nothing, _), (.name, .guest), (.name, .account), (.account, .account), (.operator, .theOperator): nil
        case (.name, _): .nameNeeded
        case (.account, _): .accountNeeded
        case (.operator, _): WireError(.notPermitted, "only the operator may do that")
        }
    }
}
