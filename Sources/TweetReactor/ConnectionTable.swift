import TweetSystem

/// Every open connection, found by its descriptor, and those that have something to do at the end of the turn.
public final class ConnectionTable {
    /// How often deadlines are looked at.
    static let sweepInterval: Duration = .milliseconds(250)

    /// The scratch space in which each connection collects the lines of a ring that it writes.
    let runs = LineRuns()
    private var slots: [Connection?] = []
    public private(set) var count = 0
    /// Connections with output that was queued in this turn.
    private var unflushed: [Connection] = []
    /// Connections closed in this turn, which may be on the call stack: they go when it is over.
    private var closed: [Connection] = []

    func insert(_ connection: Connection, at number: CInt) {
        let index = Int(number)
        while slots.count <= index { slots.append(nil) }
        precondition(slots[index] == nil, "two connections on one descriptor")
        slots[index] = connection
        count += 1
    }

    func remove(_ connection: Connection, at number: CInt) {
        closed.append(connection)
        slots[Int(number)] = nil
        count -= 1
    }

    func hasOutput(_ connection: Connection) {
        unflushed.append(connection)
    }

    /// Whether connections have output that was queued while they wrote.
    var hasUnflushed: Bool { !unflushed.isEmpty }

    /// Writes what was queued, once for each connection.
    ///
    /// Writing may let a connection's waiting requests go on, which may queue more: that is for the next turn, so that
    /// one who reads as fast as it is written to holds up nobody.
    func flush() {
        let turn = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for connection in turn { connection.flush() }
        closed.removeAll(keepingCapacity: true)
    }

    /// Calls for each open connection; the body may close it.
    public func forEach(_ body: (Connection) -> Void) {
        for index in slots.indices {
            if let connection = slots[index] { body(connection) }
        }
    }

    /// Looks for deadlines that have passed.
    ///
    /// - Returns: whether there are deadlines to come.
    func sweep(now: Instant) -> Bool {
        var pending = false
        forEach { connection in
            guard connection.deadline != .never else { return }
            if connection.deadline <= now { connection.deadlinePassed() }
            if connection.deadline != .never { pending = true }
        }
        return pending
    }

    func closeAll() {
        forEach { $0.close(.serverStopped) }
        closed.removeAll()
    }
}
