import CEvent
import CSystem
import TweetSystem

/// Writing: what is queued in a turn is written once, at its end, and the rest when there is room.
extension Connection {
    /// Bytes that wait to be sent; lines that wait in the ring are not counted.
    public var outputBytes: Int { output.count }

    /// Whether the kernel takes no more for now: the peer does not read, or not as fast.
    public var isBlocked: Bool { awaitsWritable }

    /// Queues bytes; they are written at the end of the turn.
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
    /// - Parameter packet: as it is written for lines, its line feed included.
    public func send(packet: [UInt8]) { send(framing.bytes(of: packet)) }

    func queueFlush() {
        guard !isQueuedForFlush, !awaitsWritable else { return }
        isQueuedForFlush = true
        connections.hasOutput(self)
    }

    /// Writes its own output, and when that is out, lines of the ring: the ring's come between whole lines only.
    func flush() {
        isQueuedForFlush = false
        guard isOpen else { return }
        if !output.isEmpty {
            do throws(Errno) {
                switch try transport?.send(output.bytes) {
                case .bytes(let sent)?:
                    output.removeFirst(sent)
                    outputDeadline = .never
                case .blocked(let readiness)?: return awaitReadiness(readiness)
                case .ended?, nil: return
                }
            } catch {
                return close(.failed(error))
            }
            if !output.isEmpty { return awaitWritable() }
            if deadline != .never { updateDeadline() }
            handler?.outputDrained()
        }
        if isOpen, output.isEmpty, let ring, let cursor { flush(ring, from: cursor) }
        if isFinishing, isOpen, output.isEmpty { linger() }
    }

    /// Waits until a write can go on.
    func awaitReadiness(_ readiness: Transport.Readiness) {
        switch readiness {
        case .writable: awaitWritable()
        case .readable:
            writesWhenReadable = true
            armOutputDeadline()
        }
    }

    /// Waits until the kernel has room again, for as long as a peer may take that does not read.
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

    /// Waits no more: nothing is left that there was no room for.
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
            readable()
        }
        if isOpen { queueFlush() }
    }

    // MARK: Ending

    /// Ends our side and waits, within bounds, for the peer's: closing with unread input would send a reset, and the
    /// reset could reach the peer before the answer (RFC 9293, 3.10.4; Apache and nginx call it a lingering close).
    private func linger() {
        guard input != .ended else { return close(.finished) }
        guard input != .discarded else { return }
        let wasPaused = input == .paused
        input = .discarded
        unread = ByteQueue()
        transport?.shutdownSending()
        setInputDeadline(after: ConnectionLimits.linger)
        if wasPaused { event_add(readEvent, nil) }
    }
}
