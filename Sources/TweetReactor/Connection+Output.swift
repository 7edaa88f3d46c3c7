import CEvent
import CSystem
import TweetSystem
import TweetTLS

/// Writing: output that is queued during a turn is written at its end, unless it is too much to wait for that, and the
/// rest when there is room.
extension Connection {
    /// The number of bytes that wait to be sent, without lines that wait in the ring.
    public var outputBytes: Int { output.count + heldBytes }

    /// The number of encrypted bytes that the kernel has not accepted yet.
    var heldBytes: Int { encrypts ? transport?.heldBytes ?? 0 : 0 }

    /// Whether the kernel accepts no more output now, because the peer does not read or is too slow.
    public var isBlocked: Bool { awaitsWritable }

    /// Queues bytes; they are written at the end of the turn, or by ``sendNow()``.
    public func send(_ bytes: UnsafeRawBufferPointer) {
        guard isOpen else { return }
        output.append(bytes)
        queueFlush()
    }

    public func send(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { send($0) }
    }

    /// Queues a packet in the connection's framing.
    ///
    /// - Parameter packet: the packet in the form of a line, including its line feed.
    public func send(packet: [UInt8]) { send(framing.bytes(of: packet)) }

    func queueFlush() {
        guard !isQueuedForFlush, !awaitsWritable else { return }
        isQueuedForFlush = true
        connections.hasOutput(self)
    }

    /// Queues it among the followers, to write lines of its ring.
    func queueLines() {
        guard !isQueuedForLines, !awaitsWritable else { return }
        isQueuedForLines = true
        connections.hasLines(self)
    }

    /// Writes lines of its ring, which come after its own output.
    func lineTurnCame() {
        isQueuedForLines = false
        if isOpen, cursor != nil, !awaitsWritable, outputBytes == 0 { flushRing() }
    }

    /// Writes its own output now, for a handler whose further output would be too much to queue until the end of the
    /// turn.
    ///
    /// - Returns: whether the kernel has taken all of it.
    public func sendNow() -> Bool {
        guard isOpen, !awaitsWritable, !encrypts || flushHeld(), sendOutput() else { return false }
        hasSentNow = true
        return true
    }

    /// Writes its own output; lines of the ring have their turn afterwards, and start only after a whole line.
    func flush() {
        isQueuedForFlush = false
        guard isOpen, !encrypts || flushHeld() else { return }
        // The last of an encrypted stream's output may have been held.
        let wasHeld = encrypts && outputDeadline != .never
        if !output.isEmpty || wasHeld || hasSentNow {
            guard sendOutput() else { return }
            hasSentNow = false
            outputDeadline = .never
            if deadline != .never { updateDeadline() }
            handler?.outputDrained()
        }
        if cursor != nil { queueLines() }
        if isFinishing, isOpen, outputBytes == 0 { linger() }
    }

    /// Sends its own output.
    ///
    /// - Returns: false if some of it has to wait, or the connection is closed.
    private func sendOutput() -> Bool {
        while !output.isEmpty {
            do throws(TLSFailure) {
                switch try transport?.send(output.bytes) {
                case .bytes(let sent)?:
                    output.removeFirst(sent)
                    outputDeadline = .never
                case .blocked(let readiness)?:
                    awaitReadiness(readiness)
                    return false
                case .ended?, nil: return false
                }
            } catch {
                close(.failed(error))
                return false
            }
            // A record has only a part; a plain socket was given all.
            guard encrypts, heldBytes == 0 else { break }
        }
        guard outputBytes == 0 else {
            awaitWritable()
            return false
        }
        return true
    }

    /// Sends encrypted bytes that the kernel has not accepted yet.
    ///
    /// - Returns: false if some of them have to wait, or the connection is closed.
    private func flushHeld() -> Bool {
        let held = heldBytes
        if held == 0 { return true }
        do throws(TLSFailure) {
            if try transport?.flush() == true { return true }
            if heldBytes < held { outputDeadline = .never }
        } catch {
            close(.failed(error))
            return false
        }
        awaitWritable()
        return false
    }

    /// Waits until a write can continue.
    func awaitReadiness(_ readiness: Transfer.Readiness) {
        switch readiness {
        case .writable: awaitWritable()
        case .readable:
            writesWhenReadable = true
            armOutputDeadline()
        }
    }

    /// Waits until the kernel has room again, at most for the time allowed to a peer that does not read.
    func awaitWritable() {
        armOutputDeadline()
        guard !awaitsWritable, let number = transport?.number else { return }
        awaitsWritable = true
        if writeEvent == nil {
            writeEvent = event_new(
                base.pointer, number, CShort(EV_WRITE),
                { _, _, this in
                    guard let this else { return }
                    Unmanaged<Connection>.fromOpaque(this).takeUnretainedValue().writable()
                }, Unmanaged.passUnretained(self).toOpaque())
        }
        event_add(writeEvent, nil)
    }

    private func armOutputDeadline() {
        guard outputDeadline == .never else { return }
        outputDeadline = loop.now + ConnectionLimits.stalledOutput
        updateDeadline()
    }

    /// Stops waiting, since all blocked output is sent or dropped.
    func stopAwaitingWritable() {
        guard awaitsWritable else { return }
        awaitsWritable = false
        event_del(writeEvent)
        outputDeadline = .never
        updateDeadline()
    }

    private func writable() {
        awaitsWritable = false
        if readsWhenWritable {
            readsWhenWritable = false
            loop.work(for: self) { resumeReading() }
        }
        if isOpen { cursor != nil && outputBytes == 0 ? queueLines() : queueFlush() }
    }

    // MARK: Ending

    /// Ends our side and waits, within bounds, for the peer to end its side: closing with unread input would send a
    /// reset, which could reach the peer before the answer (RFC 9293, 3.10.4; Apache and nginx call it a lingering
    /// close).
    private func linger() {
        guard input != .ended else {
            // A plain stream's end is told by closing it.
            if encrypts { transport?.shutdownSending() }
            return heldBytes == 0 ? close(.finished) : awaitWritable()
        }
        guard input != .discarded else {
            // The notice of the end was held until now.
            transport?.shutdownSending()
            return
        }
        let wasPaused = input == .paused
        input = .discarded
        unread = ByteQueue()
        transport?.shutdownSending()
        if heldBytes > 0 { awaitWritable() }
        setInputDeadline(after: ConnectionLimits.linger)
        if wasPaused {
            event_add(readEvent, nil)
            if encrypts { queueTurn() }
        }
    }
}
