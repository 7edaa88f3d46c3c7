import TweetSystem

/// Every open connection, found by its descriptor, and the connections with work at the end of the turn.
public final class ConnectionTable {
    /// The interval at which deadlines are checked.
    static let sweepInterval: Duration = .milliseconds(250)

    /// Scratch space in which a connection collects the lines of a ring for a write.
    let runs = LineRuns()
    private var slots: [Connection?] = []
    public private(set) var count = 0
    /// Connections with output of their own that was queued in this turn.
    private var unflushed: [Connection] = []
    /// Connections that were woken only for lines of a ring, in the order of their turns to write.
    private var followers = TurnQueue<Connection>()
    /// How often a connection was queued to write lines of a ring, and how often the turn of one has come.
    ///
    /// The turns of all that are queued now have come once `begun` is what `queued` is now.
    public private(set) var followerTurns: (queued: UInt64, begun: UInt64) = (0, 0)
    /// Connections whose work is left to a later turn, although no descriptor tells: see ``RecentWork``.
    var light = TurnRotation(.light)
    var heavy = TurnRotation(.heavy)
    /// The group of connections without a group.
    let others = TurnGroup()
    /// Connections that wait to continue their TLS handshake.
    var handshakes = TurnRotation(.handshake)
    /// The slots at which the sweep under way has looked, and whether any of them had a deadline then.
    private var sweptSlots = 0
    private var hasSeenDeadlines = false
    /// Connections closed in this turn, which may be on the call stack: they are released when it is over.
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

    func hasLines(_ connection: Connection) {
        followers.append(connection)
        followerTurns.queued += 1
    }

    /// Leaves a connection's work to a later turn.
    func queueTurn(of connection: Connection) {
        if connection.isInHandshake {
            handshakes.append(connection)
        } else if connection.waitsWithHeavy {
            heavy.append(connection)
        } else {
            light.append(connection)
        }
    }

    /// Whether connections have work that waits for no descriptor: work that was left to this turn, lines that the last
    /// turn had no time to write, or output that was queued while they wrote.
    var haveWork: Bool { !unflushed.isEmpty || !followers.isEmpty || waitingForTurn > 0 }

    /// The number of connections that wait for a turn.
    public var waitingForTurn: Int { light.count + heavy.count + handshakes.count }

    /// Stops to watch the descriptors of connections that wait for a turn anyway, if they are many.
    func stopWatchingWaiting() {
        let areFew = waitingForTurn <= ConnectionLimits.watchedWhileWaiting
        light.endTurn(staysWatched: areFew)
        heavy.endTurn(staysWatched: areFew)
        handshakes.endTurn(staysWatched: areFew)
    }

    /// Writes the connections' own output, once for each.
    ///
    /// Writing may let a connection's waiting requests continue and queue more output. That is left to the next turn,
    /// so that a peer that reads as fast as we write does not block the others.
    func writeAnswers() {
        let turn = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for connection in turn { connection.flush() }
    }

    /// Writes lines to the followers that wait, in their order; those that are left come first in the next turn.
    ///
    /// The time does not count while the ring may soon overtake the first that is left.
    ///
    /// - Parameter isTimeOver: asked after some followers.
    func writeLines(until isTimeOver: () -> Bool = { false }) {
        var left = followers.count
        while left > 0, let follower = followers.popFirst() {
            left -= 1
            followerTurns.begun += 1
            follower.lineTurnCame()
            if left % ConnectionLimits.followersPerLook == 0, isTimeOver(), followers.first?.isLagging != true { break }
        }
    }

    /// Releases the connections that were closed in this turn.
    func releaseClosed() { closed.removeAll(keepingCapacity: true) }

    /// Calls the body for each open connection, which the body may close.
    public func forEach(_ body: (Connection) -> Void) {
        for index in slots.indices {
            if let connection = slots[index] { body(connection) }
        }
    }

    /// The state of a sweep after a part of it.
    enum Sweep {
        /// More deadlines may have passed: it is to go on in the next turn.
        case isUnderWay
        /// It is over, and there are deadlines for another one.
        case leavesDeadlines
        case leavesNone
    }

    /// Handles the deadlines that have passed, or goes on with it, as many as a turn has time for.
    func sweep(now: Instant) -> Sweep {
        var handled = 0
        while sweptSlots < slots.count {
            if handled == ConnectionLimits.deadlinesPerTurn {
                // Connections at which it has looked may get a deadline until it goes on.
                hasSeenDeadlines = true
                return .isUnderWay
            }
            let connection = slots[sweptSlots]
            sweptSlots += 1
            guard let connection, connection.deadline != .never else { continue }
            if connection.deadline <= now {
                handled += 1
                connection.deadlinePassed()
            }
            if connection.deadline != .never { hasSeenDeadlines = true }
        }
        defer { (sweptSlots, hasSeenDeadlines) = (0, false) }
        return hasSeenDeadlines ? .leavesDeadlines : .leavesNone
    }

    func closeAll() {
        forEach { $0.close(.serverStopped) }
        // Connections hold this table.
        light.removeAll()
        heavy.removeAll()
        handshakes.removeAll()
        (unflushed, followers, closed) = ([], TurnQueue(), [])
    }
}
