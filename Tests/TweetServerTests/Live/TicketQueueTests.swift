import Testing
import TweetJournal

@testable import TweetServer

/// The queue gives each ticket back once, in whatever order the journal settles them.
struct TicketQueueTests {
    @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 0, 3, 1]])
    func aTicketTakesItsOwnWaiter(order: [Int]) {
        var queue = TicketQueue<Int>()
        #expect(queue.isEmpty)
        let tickets = (0..<4).map { queue.append($0) }
        for index in order {
            #expect(!queue.isEmpty)
            #expect(queue.take(tickets[index]) == index)
        }
        #expect(queue.isEmpty)
        #expect(queue.take(queue.append(9)) == 9)
    }

    /// The largest number is more than the slots that the queue keeps before it moves them.
    @Test(arguments: [1, 64, 5000])
    func ticketsStayTheSameWhileTheQueueMoves(waiting: Int) {
        var queue = TicketQueue<Int>()
        var tickets: [Ticket] = (0..<waiting).map { queue.append($0) }
        for number in waiting..<20_000 {
            tickets.append(queue.append(number))
            let oldest = number - waiting
            #expect(queue.take(tickets[oldest]) == oldest)
        }
        for number in 20_000 - waiting..<20_000 { #expect(queue.take(tickets[number]) == number) }
        #expect(queue.isEmpty)
        #expect(Set(tickets).count == tickets.count)
    }
}
