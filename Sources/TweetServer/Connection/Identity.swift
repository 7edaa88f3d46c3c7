public import TweetModel
import TweetWire

/// The person that a connection speaks for, if any.
public enum Identity: Hashable, Sendable {
    case nobody
    /// A name without a password, held as long as the connection lasts.
    case guest(Name)
    case account(Name)
    /// Anybody who can open the socket in the data directory.
    case theOperator

    public var name: Name? {
        switch self {
        case .guest(let name), .account(let name): name
        case .nobody, .theOperator: nil
        }
    }

    /// Whether a password has proved the name.
    var isAccount: Bool { if case .account = self { true } else { false } }

    /// The order in which connections are closed if there is no room: lower ranks first.
    var evictionRank: Int {
        switch self {
        case .nobody: 0
        case .guest: 1
        case .account: 2
        case .theOperator: 3
        }
    }

    /// The error that refuses an operation with this requirement; nil if the identity meets it.
    func lacks(_ requirement: Operation.Requirement) -> WireError? {
        switch (requirement, self) {
        case (.nothing, _), (.name, .guest), (.name, .account), (.account, .account), (.operator, .theOperator),
            (.observer, .theOperator):
            nil
        case (.name, _): .nameNeeded
        case (.account, _): .accountNeeded
        // The handler knows which accounts these are.
        case (.observer, .account): nil
        case (.operator, _), (.observer, _): .operatorsOnly
        }
    }
}
