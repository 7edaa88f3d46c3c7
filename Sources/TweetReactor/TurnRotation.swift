import CEvent

/// Connections that share one place in each rotation, such as those of one address.
public final class TurnGroup {
    /// The waiting connections of each rotation.
    fileprivate var waiting = [TurnQueue<Connection>](repeating: TurnQueue(), count: TurnRotation.Kind.allCases.count)

    public init() {}
}

/// Connections that wait for a turn of one kind: the groups take turns, and within a group its connections.
///
/// A group's number of connections does not delay the other groups.
struct TurnRotation {
    enum Kind: Int, CaseIterable {
        /// The work of connections that have taken little of the loop's time lately.
        case light
        /// The work of connections that have taken much.
        case heavy
        /// A step of a TLS handshake.
        case handshake
    }

    let kind: Kind
    /// The groups with waiting connections, in the order of their turns.
    private var groups = TurnQueue<TurnGroup>()
    /// The number of waiting connections.
    private(set) var count = 0
    /// Those that have come in this turn, and are still watched for input.
    private var new: [Connection] = []

    init(_ kind: Kind) { self.kind = kind }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ connection: Connection) {
        let group = connection.group
        if group.waiting[kind.rawValue].isEmpty { groups.append(group) }
        group.waiting[kind.rawValue].append(connection)
        new.append(connection)
        count += 1
    }

    mutating func popFirst() -> Connection? {
        guard let group = groups.popFirst() else { return nil }
        let connection = group.waiting[kind.rawValue].popFirst()
        count -= 1
        if !group.waiting[kind.rawValue].isEmpty { groups.append(group) }
        return connection
    }

    /// Forgets all that wait: a group and its waiting connections hold each other.
    mutating func removeAll() {
        while popFirst() != nil {}
        new = []
    }

    /// Ends a turn: those that have come in it and wait stay watched only if asked.
    ///
    /// Their descriptors stay readable, and each turn would look at all of them.
    mutating func endTurn(staysWatched: Bool) {
        if !staysWatched {
            for connection in new where connection.awaitsTurn { event_del(connection.readEvent) }
        }
        new.removeAll(keepingCapacity: true)
    }
}
