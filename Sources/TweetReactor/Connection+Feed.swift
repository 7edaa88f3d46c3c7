import CSystem
import TweetSystem
import TweetTLS

/// Following: lines for many connections are sent directly from the ring that holds them, a whole backlog at a time.
///
/// A connection's only state of its own is a number, the cursor. Only the rest of a line that was written in part is
/// copied.
extension Connection {
    /// The most lines that one connection examines in a turn, so that a connection that lags far leaves time for the
    /// others.
    static let linesPerTurn: UInt64 = 1024

    /// The next line of the ring that it may have to send; nil if there is none.
    public var feedCursor: UInt64? { cursor }

    /// Attaches the connection to a ring, starting with the line of the next ``noteLine(_:)``.
    ///
    /// It leaves any other ring; if it follows this ring already, nothing changes.
    public func attach(_ ring: LineRing) {
        guard isOpen, !isFinishing, ring !== self.ring else { return }
        detach()
        self.ring = ring
        // Lines before the ring's first one were said before anybody followed in its framing.
        walkedTo = ring.firstNumber
        ringChanges += 1
    }

    /// Leaves the ring; its unsent lines are dropped, except for the rest of a line that was sent in part.
    public func detach() {
        leaveRing()
        if isOpen, outputBytes == 0, !readsWhenWritable { stopAwaitingWritable() }
    }

    /// Forgets the ring and the cursor.
    func leaveRing() {
        guard ring != nil else { return }
        ring = nil
        cursor = nil
        ringChanges += 1
    }

    /// Schedules the sending of a new line of the ring, and of the later ones that are wanted.
    ///
    /// Costs next to nothing if earlier lines wait to be sent, since the cursor will reach this one, or if the cursor
    /// has passed it already.
    public func noteLine(_ number: UInt64) {
        guard cursor == nil, let ring else { return }
        precondition(number < ring.end, "the line was not added to the ring")
        guard walkedTo < ring.end else { return }
        cursor = max(number, walkedTo)
        queueFlush()
    }

    /// Writes the next wanted lines of the ring, as many as one write takes.
    ///
    /// - Parameter cursor: the line to start at.
    func flush(_ ring: LineRing, from cursor: UInt64) {
        guard cursor >= ring.start else { return beOvertaken(at: cursor) }
        let runs = connections.runs
        runs.removeAll()
        let changes = ringChanges
        let limit = min(ring.end, cursor + Self.linesPerTurn)
        var next = cursor
        var room = encrypts ? TLSStream.recordBytes : .max
        guard let handler else { return }
        while next < limit {
            let isWanted = handler.wants(line: next)
            // The handler may have closed the connection, left the ring or added lines; its own output is sent first.
            guard ringChanges == changes, output.isEmpty else { return }
            guard cursor >= ring.start else { return beOvertaken(at: cursor) }
            if isWanted {
                if room != .max {
                    room -= Int(ring.position(of: next + 1) - ring.position(of: next))
                    if room < 0, runs.first != nil { break }
                }
                if !runs.append(next) { break }
            }
            next += 1
        }
        guard let first = runs.first else { return goOn(at: next, of: ring) }
        self.cursor = first
        let (parts, count) = runs.parts(of: ring)
        do throws(TLSFailure) {
            switch try transport?.send(parts) {
            case .bytes(count)?:
                outputDeadline = .never
                if deadline != .never { updateDeadline() }
                if heldBytes > 0 { awaitWritable() }
                return goOn(at: next, of: ring)
            case .bytes(let sent)?:
                outputDeadline = .never
                keepRest(of: ring, from: runs.stop(after: sent, in: ring))
            case .blocked(let readiness)?: return awaitReadiness(readiness)
            case .ended?, nil: return
            }
        } catch {
            return close(.failed(error))
        }
        awaitWritable()
    }

    /// Moves the cursor to a line, and schedules another write if the ring has that line.
    private func goOn(at number: UInt64, of ring: LineRing) {
        walkedTo = number
        cursor = number < ring.end ? number : nil
        if cursor != nil { queueFlush() }
        handler?.feedAdvanced(to: number)
    }

    /// Copies the rest of a line that was sent in part to the connection's own output, so that the line stays whole
    /// whatever follows.
    private func keepRest(of ring: LineRing, from stop: (line: UInt64, position: UInt64)) {
        var next = stop.line
        if stop.position > ring.position(of: stop.line) {
            next += 1
            let (rest, wrapped) = ring.bytes(from: stop.position, to: ring.position(of: next))
            output.append(rest)
            output.append(wrapped)
        }
        walkedTo = next
        cursor = next < ring.end ? next : nil
        handler?.feedAdvanced(to: next)
    }

    private func beOvertaken(at cursor: UInt64) {
        detach()
        handler?.overtaken(at: cursor)
    }
}
