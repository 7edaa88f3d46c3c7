import CSystem
import TweetSystem
import TweetTLS

/// Following: lines for many connections are sent directly from the ring that holds them, a whole backlog at a time.
///
/// Lines that differ from connection to connection only at their beginning are in the ring without it: each connection
/// gives its own beginning, the prefix, to the same write.
///
/// A connection's only state of its own is a number, the cursor. Only the rest of a line that was written in part is
/// copied.
extension Connection {
    /// The most lines that one connection examines in a turn, so that a connection that lags far leaves time for the
    /// others.
    static let linesPerTurn: UInt64 = 1024
    /// The most records of lines that an encrypted connection is sent in a turn: the kernel takes two about as fast as
    /// one.
    static let recordsPerTurn = 4

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
        queueLines()
    }

    /// Whether the ring may soon overtake it.
    var isLagging: Bool {
        guard let ring, let cursor else { return false }
        return ring.isInOlderHalf(cursor)
    }

    /// Writes wanted lines of the ring: as many as one write takes, or some records of an encrypted stream.
    func flushRing() {
        guard let start = cursor else { return }
        var recordsLeft = encrypts ? Self.recordsPerTurn : 1
        repeat {
            guard isOpen, output.isEmpty, let ring, let cursor else { return }
            recordsLeft -= 1
            guard flush(ring, from: cursor, to: start + Self.linesPerTurn, mayGoOn: recordsLeft > 0) else { return }
        } while recordsLeft > 0
    }

    /// Writes the next wanted lines of the ring, as many as one write or record takes.
    ///
    /// - Parameters:
    ///   - cursor: the line to start at.
    ///   - limit: the line to stop at.
    ///   - mayGoOn: whether another record may be written at once.
    /// - Returns: whether another record is to be written at once.
    private func flush(_ ring: LineRing, from cursor: UInt64, to limit: UInt64, mayGoOn: Bool) -> Bool {
        guard let (next, isFull) = collect(ring, from: cursor, to: limit) else { return false }
        let runs = connections.runs
        guard let first = runs.first else {
            advance(to: next, of: ring)
            return false
        }
        self.cursor = first
        let goesOn = isFull && mayGoOn
        let (parts, count) = runs.parts(of: ring)
        do throws(TLSFailure) {
            switch try transport?.send(parts, isFollowed: goesOn) {
            case .bytes(count)?:
                outputDeadline = .never
                if deadline != .never { updateDeadline() }
                if heldBytes > 0 { awaitWritable() }
                advance(to: next, of: ring, isWrittenAtOnce: goesOn && !awaitsWritable)
                return goesOn && !awaitsWritable
            case .bytes(let sent)?:
                outputDeadline = .never
                keepRest(of: ring, from: runs.stop(after: sent, in: ring))
                awaitWritable()
            case .blocked(let readiness)?: awaitReadiness(readiness)
            case .ended?, nil: break
            }
        } catch {
            close(.failed(error))
        }
        return false
    }

    /// Collects the next wanted lines of the ring, as many as one write or record takes.
    ///
    /// - Parameters:
    ///   - cursor: the line to start at.
    ///   - limit: the line to stop at.
    /// - Returns: the line after the last one that was looked at, and whether the record has no room for that line; nil
    ///   if nothing is to be written now.
    private func collect(
        _ ring: LineRing, from cursor: UInt64, to limit: UInt64
    ) -> (next: UInt64, isFull: Bool)? {
        let runs = connections.runs
        runs.removeAll()
        let changes = ringChanges
        let limit = min(ring.end, limit)
        var next = cursor
        var room = encrypts ? TLSStream.recordBytes : .max
        let takesPrefix = ring.takesPrefix
        guard let handler else { return nil }
        guard cursor >= ring.start else {
            beOvertaken(at: cursor)
            return nil
        }
        if !takesPrefix, cursor < limit, handler.wantsAllLines(from: cursor) {
            let end = encrypts ? ring.lineAfterFit(from: cursor, to: limit, within: TLSStream.recordBytes) : limit
            runs.begin(with: cursor..<end)
            return (end, end < limit)
        }
        while next < limit {
            let isWanted = handler.wants(line: next)
            // The handler may have closed the connection, left the ring or added lines; its own output is sent first.
            guard ringChanges == changes, output.isEmpty else { return nil }
            guard cursor >= ring.start else {
                beOvertaken(at: cursor)
                return nil
            }
            if isWanted {
                let prefix = takesPrefix ? handler.prefix(ofLine: next) : UnsafeRawBufferPointer(start: nil, count: 0)
                if room != .max {
                    room -= prefix.count + Int(ring.position(of: next + 1) - ring.position(of: next))
                    if room < 0, runs.first != nil { return (next, true) }
                }
                if takesPrefix ? !runs.append(next, behind: prefix) : !runs.append(next) { break }
            }
            next += 1
        }
        return (next, false)
    }

    /// Moves the cursor to a line, and schedules another write if the ring has that line.
    private func advance(to number: UInt64, of ring: LineRing, isWrittenAtOnce: Bool = false) {
        walkedTo = number
        cursor = number < ring.end ? number : nil
        if cursor != nil, !isWrittenAtOnce { queueLines() }
        handler?.feedAdvanced(to: number)
    }

    /// Copies the rest of a line that was sent in part to the connection's own output, so that the line stays whole
    /// whatever follows.
    private func keepRest(of ring: LineRing, from stop: LineRuns.Stop) {
        var next = stop.line
        if stop.hasBegun {
            next += 1
            output.append(stop.prefix)
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
