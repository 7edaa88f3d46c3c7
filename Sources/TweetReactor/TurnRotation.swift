import CEvent

/// Connections that share one place in each rotation, such as those of one address.
public final class TurnGroup {
    /// The waiting connections of each rotation.
    fileprivate var waiting = [TurnQueue<Connection>](repeating: TurnQueue(), count: TurnRotation.Kind.allCases.count)

    public init() {}
}

/// Connections that wait for a turn of one kind: the groups take turns, and within a group its connections.
///
/// However many connections a group has, those of the others wait no longer for it.
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

    init(_ kind: Kind) { self.kind = kind }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ connection: Connection) {
        let group = connection.group
        if group.waiting[kind.rawValue].isEmpty { groups.append(group) }
        group.waiting[kind.rawValue].append(connection)
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
    }

    /// Stops to watch the descriptors of those that have come since the last call: they stay readable, and each turn
    /// would look at all of them.
    func stopWatching() {
        groups.forEach { group in
            group.waiting[kind.rawValue].takeNew { event_del($0.readEvent) }
        }
    }
}
