import CEvent
import TweetSystem

/// Reading: bytes are offered to the handler as they arrive, after those that it has not taken yet.
extension Connection {
    /// Leaves input in the kernel until ``resumeInput()``, so that TCP's flow control slows down the peer.
    public func pauseInput() {
        guard isOpen, input == .open else { return }
        input = .paused
        event_del(readEvent)
    }

    /// Delivers waiting input, then continues to read.
    public func resumeInput() {
        guard isOpen else { return }
        if input == .paused {
            input = .open
            isResumed = true
            deliverUnread()
            if isOpen, input == .open { event_add(readEvent, nil) }
        } else {
            deliverUnread()
        }
    }

    /// Reads what has arrived by now, without waiting for the loop.
    public func readNow() {
        if isOpen, input == .open { readable() }
    }

    func readable() {
        if writesWhenReadable {
            writesWhenReadable = false
            queueFlush()
        }
        let count: Int
        do throws(Errno) {
            switch try transport?.read(into: loop.readBuffer) {
            case .bytes(let read)?: count = read
            case .ended?: return endInput()
            case .blocked(until: .readable)?, nil: return
            case .blocked(until: .writable)?:
                readsWhenWritable = true
                return awaitWritable()
            }
        } catch {
            return close(.failed(error))
        }
        if isFinishing { return }
        let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count])
        guard unread.isEmpty else {
            unread.append(bytes)
            return deliverUnread()
        }
        let taken = deliver(bytes)
        if isOpen, !isFinishing { unread.append(UnsafeRawBufferPointer(rebasing: bytes[taken...])) }
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
    }

    /// Offers bytes to the handler, and the rest again if it has paused and resumed the input meanwhile.
    ///
    /// - Returns: how many were taken.
    private func deliver(_ bytes: UnsafeRawBufferPointer) -> Int {
        isDelivering = true
        defer { isDelivering = false }
        var taken = 0
        repeat {
            isResumed = false
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            taken += handler?.received(rest, atEnd: input == .ended) ?? rest.count
        } while isResumed && isOpen && !isFinishing && taken < bytes.count
        return taken
    }
}
