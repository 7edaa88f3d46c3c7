import CSystem
import TweetSystem

/// Following: lines that many are sent go out straight from the ring that holds them, a whole backlog at a time.
///
/// Of its own a connection keeps a number, the cursor. Only the rest of a line that a short write has cut is copied.
extension Connection {
    /// Lines that one connection looks at in a turn, so that one far behind leaves room for the others.
    static let linesPerTurn: UInt64 = 1024

    /// The next line of the ring that it may have to send, as long as there is one.
    public var feedCursor: UInt64? { cursor }

    /// Follows a ring, starting with the line of the next ``noteLine(_:)``.
    ///
    /// A ring that it follows already is not left; another one is.
    public func attach(_ ring: LineRing) {
        guard isOpen, !isFinishing, ring !== self.ring else { return }
        detach()
        self.ring = ring
        walkedTo = 0
        ringChanges += 1
    }

    /// Leaves the ring; what was not sent of it is not sent any more, the rest of a line begun excepted.
    public func detach() {
        leaveRing()
        if isOpen, output.isEmpty { stopAwaitingWritable() }
    }

    /// Forgets the ring and where it stood in it.
    func leaveRing() {
        guard ring != nil else { return }
        ring = nil
        cursor = nil
        ringChanges += 1
    }

    /// Has a line sent that was added to the ring, and those behind it as far as they are wanted.
    ///
    /// Costs next to nothing where others wait to be sent, since the cursor comes by this one, and where it has come
    /// by already.
    public func noteLine(_ number: UInt64) {
        guard cursor == nil, let ring else { return }
        precondition(number < ring.end, "the line was not added to the ring")
        guard walkedTo < ring.end else { return }
        cursor = max(number, walkedTo)
        queueFlush()
    }

    /// Writes once what is wanted of the ring, as much as one write takes.
    ///
    /// - Parameter cursor: where it stands.
    func flush(_ ring: LineRing, from cursor: UInt64) {
        guard cursor >= ring.start else { return beOvertaken(at: cursor) }
        let runs = connections.runs
        runs.removeAll()
        let changes = ringChanges
        let limit = min(ring.end, cursor + Self.linesPerTurn)
        var next = cursor
        guard let handler else { return }
        while next < limit {
            let isWanted = handler.wants(line: next)
            // The handler may have done anything: closed, left, added lines; what it has sent goes first.
            guard ringChanges == changes, output.isEmpty else { return }
            guard cursor >= ring.start else { return beOvertaken(at: cursor) }
            if isWanted, !runs.append(next) { break }
            next += 1
        }
        guard let first = runs.first else { return goOn(at: next, of: ring) }
        self.cursor = first
        let (parts, count) = runs.parts(of: ring)
        do throws(Errno) {
            switch try transport?.send(parts) {
            case .bytes(count)?:
                outputDeadline = .never
                if deadline != .never { updateDeadline() }
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

    /// Stands at a line, and writes on in the next turn where it is there.
    private func goOn(at number: UInt64, of ring: LineRing) {
        walkedTo = number
        cursor = number < ring.end ? number : nil
        if cursor != nil { queueFlush() }
        handler?.feedAdvanced(to: number)
    }

    /// Makes the rest of a line that was sent in part its own output, so that the line stays whole whatever follows.
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
