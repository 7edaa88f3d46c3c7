import TweetJournal

/// The requests that wait for the journal, by their tickets.
///
/// Nearly always the oldest is taken; any other may be.
struct TicketQueue<Element> {
    private var waiters: [Element?] = []
    /// The slot of the oldest that waits, and the number of its ticket.
    private var first = 0
    private var firstNumber: UInt64 = 0

    var isEmpty: Bool { first == waiters.count }

    mutating func append(_ waiter: Element) -> Ticket {
        waiters.append(waiter)
        return Ticket(number: firstNumber + UInt64(waiters.count - first - 1))
    }

    /// Takes the one with a ticket, which was given by ``append(_:)`` and was not taken yet.
    mutating func take(_ ticket: Ticket) -> Element {
        let index = first + Int(ticket.number - firstNumber)
        guard let waiter = waiters[index] else { preconditionFailure("an entry is settled twice") }
        waiters[index] = nil
        while first < waiters.count, waiters[first] == nil {
            first += 1
            firstNumber += 1
        }
        // Shifted now and then, so that taking one costs the same however many there are.
        if first == waiters.count || first >= 4096 {
            waiters.removeFirst(first)
            first = 0
        }
        return waiter
    }
}
