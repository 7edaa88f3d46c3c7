/// Connections that share one place in the rotation of heavy work, such as those of one address.
public final class TurnGroup {
    fileprivate var waiting = TurnQueue()

    public init() {}
}

/// Heavy connections that wait for a turn: the groups take turns, and within a group its connections.
struct HeavyQueue {
    /// The groups with waiting connections, in the order of their turns.
    private var groups: [TurnGroup] = []
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ connection: Connection) {
        let group = connection.group
        if group.waiting.isEmpty { groups.append(group) }
        group.waiting.append(connection)
        count += 1
    }

    mutating func popFirst() -> Connection? {
        guard let group = groups.first else { return nil }
        groups.removeFirst()
        let connection = group.waiting.popFirst()
        count -= 1
        if !group.waiting.isEmpty { groups.append(group) }
        return connection
    }

    /// Forgets all that wait: a group and its waiting connections hold each other.
    mutating func removeAll() {
        for group in groups { group.waiting = TurnQueue() }
        groups = []
        count = 0
    }

    /// Stops to watch the descriptors of those that have come since the last call.
    func stopWatching() {
        for group in groups { group.waiting.stopWatching() }
    }
}
