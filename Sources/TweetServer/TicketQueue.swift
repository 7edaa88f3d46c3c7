import TweetJournal

/// The requests that wait for the journal, found by their tickets.
///
/// Nearly always the oldest is taken next, but any order is allowed.
struct TicketQueue<Element> {
    private var waiters: [Element?] = []
    /// The slot of the oldest waiting request; ``firstNumber`` is the number of its ticket.
    private var first = 0
    private var firstNumber: UInt64 = 0

    var isEmpty: Bool { first == waiters.count }
    /// The number of requests that wait, with those that were taken before an older one.
    var count: Int { waiters.count - first }

    mutating func append(_ waiter: Element) -> Ticket {
        waiters.append(waiter)
        return Ticket(number: firstNumber + UInt64(waiters.count - first - 1))
    }

    /// Removes and returns the request with a ticket, which ``append(_:)`` returned and which was not taken before.
    mutating func take(_ ticket: Ticket) -> Element {
        let index = first + Int(ticket.number - firstNumber)
        guard let waiter = waiters[index] else { preconditionFailure("an entry is settled twice") }
        waiters[index] = nil
        while first < waiters.count, waiters[first] == nil {
            first += 1
            firstNumber += 1
        }
        // Shifting only now and then keeps the cost of a removal constant.
        if first == waiters.count || first >= 4096 {
            waiters.removeFirst(first)
            first = 0
        }
        return waiter
    }
}
