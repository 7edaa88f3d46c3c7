import CEvent

/// Connections that wait for a turn of the loop, first come first served.
struct TurnQueue {
    private var connections: [Connection] = []
    /// The index of the first one that waits.
    private var first = 0
    /// The index from which on connections are still watched for input.
    private var firstWatched = 0

    var count: Int { connections.count - first }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ connection: Connection) { connections.append(connection) }

    mutating func popFirst() -> Connection? {
        guard first < connections.count else { return nil }
        defer {
            first += 1
            if first == connections.count || first >= 1024 {
                connections.removeFirst(first)
                firstWatched = max(0, firstWatched - first)
                first = 0
            }
        }
        return connections[first]
    }

    /// Stops to watch the descriptors of those that have come since the last call: they stay readable, and each turn
    /// would look at all of them.
    mutating func stopWatching() {
        for connection in connections[max(first, firstWatched)...] { event_del(connection.readEvent) }
        firstWatched = connections.count
    }
}
