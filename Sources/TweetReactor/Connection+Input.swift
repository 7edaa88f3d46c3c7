import CEvent
import TweetSystem

/// Reading: bytes are offered to the subclass as they come, with those before them that it did not take.
extension Connection {
    /// Leaves what comes in the kernel until ``resumeInput()``: the peer is slowed down by TCP itself.
    public func pauseInput() {
        guard isOpen, input == .open else { return }
        input = .paused
        event_del(readEvent)
    }

    /// Takes what waits, then reads on.
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

    /// Takes what has come by now, without waiting for the loop to say so.
    public func readNow() {
        if isOpen, input == .open { readable() }
    }

    func readable() {
        let count: Int
        do throws(Errno) {
            count = try descriptor?.read(into: loop.readBuffer) ?? 0
        } catch {
            if !error.wouldBlock { close(.failed(error)) }
            return
        }
        guard count > 0 else {
            event_del(readEvent)
            if input == .discarded { return close(.finished) }
            input = .ended
            return deliverUnread()
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

    private func deliverUnread() {
        guard !isDelivering, isOpen, !isFinishing, !unread.isEmpty || input == .ended else { return }
        let taken = deliver(unread.bytes)
        if isOpen { unread.removeFirst(taken) } else { unread = ByteQueue() }
    }

    /// Offers bytes to the subclass, and the rest again where it has paused and resumed meanwhile.
    ///
    /// - Returns: how many were taken.
    private func deliver(_ bytes: UnsafeRawBufferPointer) -> Int {
        isDelivering = true
        defer { isDelivering = false }
        var taken = 0
        repeat {
            isResumed = false
            taken += received(UnsafeRawBufferPointer(rebasing: bytes[taken...]), atEnd: input == .ended)
        } while isResumed && isOpen && !isFinishing && taken < bytes.count
        return taken
    }
}
