import CEvent
import TweetSystem
import TweetTLS

/// Reading: bytes are offered to the handler as they arrive, after those that it has not taken yet.
extension Connection {
    /// Leaves input in the kernel until ``resumeInput()``, so that TCP's flow control slows down the peer.
    public func pauseInput() {
        guard isOpen, input == .open else { return }
        input = .paused
        event_del(readEvent)
    }

    /// Delivers waiting input, then continues to read: now, or in its turn if the connection cannot be served at once.
    public func resumeInput() {
        guard isOpen else { return }
        let wasPaused = input == .paused
        if wasPaused {
            input = .open
            isResumed = true
        }
        if isDelivering || !unread.isEmpty || input == .ended {
            if isQueuedForTurn || !isDelivering && !loop.servesNow(self) {
                hasYielded = true
                return queueTurn()
            }
            loop.endPart()
            loop.work(for: self) { deliverUnread() }
        }
        guard wasPaused, isOpen, input == .open, !isQueuedForTurn else { return }
        event_add(readEvent, nil)
        // Bytes that are decrypted already make no socket readable.
        if encrypts { queueTurn() }
    }

    /// Delivers and reads what has arrived by now, even if the input is paused, without waiting for the loop or a turn.
    public func readNow() {
        guard isOpen, input == .open || input == .paused else { return }
        if input == .paused {
            input = .open
            event_add(readEvent, nil)
        }
        deliverUnread()
        if isOpen, input == .open { loop.work(for: self) { readTurn() } }
    }

    func readable() {
        if writesWhenReadable {
            writesWhenReadable = false
            queueFlush()
        }
        if isQueuedForTurn { return }
        guard isInHandshake || loop.servesNow(self) else { return queueTurn() }
        loop.work(for: self) { readTurn() }
    }

    private func readTurn() {
        for _ in 0..<ConnectionLimits.readsPerTurn {
            guard read() else { return }
            if loop.isShareUsed { break }
        }
        queueTurn()
    }

    /// Leaves the rest of its work to a later turn.
    func queueTurn() {
        guard !awaitsTurn else { return }
        awaitsTurn = true
        connections.queueTurn(of: self)
    }

    /// Goes on with its work: first with that of its handler, then with bytes that were read, then with others.
    func turnCame() {
        awaitsTurn = false
        guard isOpen else { return }
        loop.work(for: self) {
            if handlerAwaitsTurn {
                handlerAwaitsTurn = false
                handler?.takeTurn()
            }
            if hasYielded {
                hasYielded = false
                if input != .paused { deliverUnread() }
            }
            if !isQueuedForTurn { resumeReading() }
        }
    }

    /// Reads, and goes on to wait for input.
    func resumeReading() {
        guard isOpen, input == .open || input == .discarded else { return }
        event_add(readEvent, nil)
        readTurn()
    }

    /// Reads once, and delivers what was read.
    ///
    /// - Returns: whether to read again: more may have been decrypted, or have arrived, than the buffer takes.
    private func read() -> Bool {
        if isInHandshake, !loop.mayContinueHandshake() {
            // The descriptor stays readable: without this the loop would spin until it is this one's turn.
            event_del(readEvent)
            queueTurn()
            return false
        }
        let count: Int
        do throws(TLSFailure) {
            switch try transport?.read(into: loop.readBuffer) {
            case .bytes(let read)?: count = read
            case .ended?:
                endInput()
                return false
            case .blocked(until: .readable)?:
                // Answers of the protocol itself.
                if heldBytes > 0 { awaitWritable() }
                return false
            case nil: return false
            case .blocked(until: .writable)?:
                readsWhenWritable = true
                event_del(readEvent)
                awaitWritable()
                return false
            }
        } catch {
            // Everything was answered: how the peer ends does not matter any more.
            close(input == .discarded ? .finished : .failed(error))
            return false
        }
        let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
        if let certificate {
            self.certificate = nil
            if bytes.first == Self.handshakeRecord {
                encrypt(with: certificate, early: Array(bytes))
                return true
            }
        }
        take(bytes)
        guard !hasYielded, input == .open || input == .discarded else { return false }
        return transport?.mayHaveMore(afterFullBuffer: count == loop.readBuffer.count) == true
    }

    /// The first byte of a TLS stream: the type of a handshake's record (RFC 8446, 5.1).
    static let handshakeRecord: UInt8 = 0x16

    /// Turns the plain stream into an encrypted one.
    ///
    /// - Parameter early: its first bytes, which were read already.
    private func encrypt(with certificate: TLSServerContext, early: [UInt8]) {
        switch transport.take() {
        case .plain(let descriptor):
            transport = .tls(TLSStream(descriptor, accepting: certificate, early: early))
            encrypts = true
        case .tls(let stream): transport = .tls(stream)
        case nil: break
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        if isFinishing { return }
        if unread.count + bytes.count > ConnectionLimits.lightInput, !recentWork.isHeavy, !loop.beginHeavyPart() {
            unread.append(bytes)
            hasYielded = true
            return queueTurn()
        }
        guard unread.isEmpty else {
            unread.append(bytes)
            return deliverUnread()
        }
        let taken = deliver(bytes)
        if isOpen, !isFinishing { unread.append(UnsafeRawBufferPointer(rebasing: bytes[taken...])) }
        if hasYielded { queueTurn() }
    }

    /// Handles the end of the peer's input.
    private func endInput() {
        event_del(readEvent)
        if input == .discarded { return close(.finished) }
        input = .ended
        deliverUnread()
    }

    private func deliverUnread() {
        guard !isDelivering, isOpen, !isFinishing, !unread.isEmpty || input == .ended else { return }
        let taken = deliver(unread.bytes)
        if isOpen { unread.removeFirst(taken) } else { unread = ByteQueue() }
        if hasYielded { queueTurn() }
    }

    /// Offers bytes to the handler, and the rest again if it has paused and resumed the input meanwhile.
    ///
    /// - Returns: how many were taken.
    private func deliver(_ bytes: UnsafeRawBufferPointer) -> Int {
        isDelivering = true
        hasYielded = false
        defer { isDelivering = false }
        var taken = 0
        repeat {
            isResumed = false
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            taken += handler?.received(rest, atEnd: input == .ended) ?? rest.count
        } while isResumed && !hasYielded && isOpen && !isFinishing && taken < bytes.count
        return taken
    }
}
