import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// Connections whose deadline passes, with a clock that the tests set.
struct DeadlineTests {
    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    @Test func anInputDeadlineIsToldOnceWhenItHasPassed() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(after: .milliseconds(100))
        loop.pass(.milliseconds(99))
        #expect(connection.timedOut == 0)
        loop.pass(.milliseconds(1))
        #expect(connection.timedOut == 1)
        loop.pass(.seconds(1))
        #expect(connection.timedOut == 1)
        #expect(connection.isOpen)
        withExtendedLifetime(peer) {}
    }

    @Test func anInputDeadlineMayBeTakenBack() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(after: .milliseconds(100))
        connection.setInputDeadline(after: nil)
        loop.pass(.seconds(1))
        #expect(connection.timedOut == 0)
        withExtendedLifetime(peer) {}
    }

    @Test func anInputDeadlineMayBeSetAnew() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(after: .milliseconds(100))
        loop.pass(.milliseconds(90))
        connection.setInputDeadline(after: .milliseconds(100))
        loop.pass(.milliseconds(90))
        #expect(connection.timedOut == 0)
        loop.pass(.milliseconds(10))
        #expect(connection.timedOut == 1)
        withExtendedLifetime(peer) {}
    }

    @Test func anInputDeadlineMayBeSetWhenTheLastOneHasPassed() throws {
        let (connection, peer) = try loop.pair()
        connection.onTimedOut = { $0.setInputDeadline(after: .milliseconds(50)) }
        connection.setInputDeadline(after: .milliseconds(50))
        for expected in 1...5 {
            loop.pass(.milliseconds(50))
            #expect(connection.timedOut == expected)
        }
        withExtendedLifetime(peer) {}
    }

    /// Connections that were opened together time out together, and must not stall the others.
    @Test func aTurnHandlesFewDeadlines() throws {
        let count = 2 * ConnectionLimits.deadlinesPerTurn + 1
        let pairs = try (0..<count).map { _ in try loop.pair() }
        for (connection, _) in pairs { connection.setInputDeadline(after: .milliseconds(100)) }
        loop.setClock(ahead: .milliseconds(100))
        var handled: [Int] = []
        loop.turn {
            handled.append(pairs.count { $0.connection.timedOut == 1 })
            return handled.last == count
        }
        let steps = zip(handled, handled.dropFirst()).map { $1 - $0 }
        #expect(steps.max() == ConnectionLimits.deadlinesPerTurn)
    }

    /// The sweep has looked at the connection, and is not over.
    @Test func aDeadlineThatIsSetDuringASweepIsKept() throws {
        let pairs = try (0...ConnectionLimits.deadlinesPerTurn).map { _ in try loop.pair() }
        for (connection, _) in pairs { connection.setInputDeadline(after: .milliseconds(100)) }
        loop.setClock(ahead: .milliseconds(100))
        loop.turn { pairs[0].connection.timedOut == 1 }
        pairs[0].connection.setInputDeadline(after: .milliseconds(100))
        loop.turn { pairs.allSatisfy { $0.connection.timedOut == 1 } }
        loop.setClock(ahead: .milliseconds(100))
        loop.turn { pairs[0].connection.timedOut == 2 }
    }

    @Test func whatTheDeadlineSendsGoesOut() throws {
        let (connection, peer) = try loop.pair()
        connection.onTimedOut = {
            $0.send("too slow")
            $0.finish()
        }
        connection.setInputDeadline(after: .milliseconds(10))
        loop.pass(.milliseconds(10))
        peer.receive()
        #expect(peer.text == "too slow")
        #expect(peer.isAtEnd)
    }

    @Test func theLoopLooksAtDeadlinesByItself() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(after: .seconds(60))
        loop.setClock(ahead: .seconds(60))
        loop.turn(until: { connection.timedOut > 0 })
        // The loop also looks at later deadlines, after a time without any.
        loop.settle()
        connection.setInputDeadline(after: .seconds(60))
        loop.setClock(ahead: .seconds(60))
        loop.turn(until: { connection.timedOut > 1 })
        withExtendedLifetime(peer) {}
    }

    @Test func theLoopLooksAgainAtADeadlineThatHasNotPassed() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(after: .seconds(60))
        let looks = loop.clockLooks
        loop.turn(until: { loop.clockLooks > looks })
        #expect(connection.timedOut == 0)
        loop.setClock(ahead: .seconds(60))
        loop.turn(until: { connection.timedOut > 0 })
        withExtendedLifetime(peer) {}
    }

    @Test func aDeadlineOfOneConnectionIsNoneOfAnother() throws {
        let (first, firstPeer) = try loop.pair()
        let (second, secondPeer) = try loop.pair()
        first.setInputDeadline(after: .milliseconds(10))
        second.setInputDeadline(after: .milliseconds(20))
        loop.pass(.milliseconds(10))
        #expect([first.timedOut, second.timedOut] == [1, 0])
        loop.pass(.milliseconds(10))
        #expect([first.timedOut, second.timedOut] == [1, 1])
        withExtendedLifetime((firstPeer, secondPeer)) {}
    }

    // MARK: Output

    @Test func aPeerThatDoesNotReadIsGivenUp() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.settle()
        loop.pass(ConnectionLimits.stalledOutput - .milliseconds(1))
        #expect(connection.isOpen)
        loop.pass(.milliseconds(1))
        #expect(connection.ending == "stalled")
        #expect(peer.sendingFails)
    }

    @Test func aPeerThatReadsALittleIsNotGivenUp() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 2_000_000))
        loop.settle()
        for _ in 0..<5 {
            loop.pass(ConnectionLimits.stalledOutput - .milliseconds(1))
            try #require(connection.isOpen)
            let waiting = connection.outputBytes
            loop.turn(until: {
                peer.receive(atMost: 20_000)
                return connection.outputBytes < waiting
            })
        }
        #expect(connection.isOpen)
        loop.pass(ConnectionLimits.stalledOutput)
        #expect(connection.ending == "stalled")
    }

    @Test func moreOutputGivesAPeerThatDoesNotReadNoMoreTime() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.settle()
        for _ in 0..<10 {
            loop.pass(ConnectionLimits.stalledOutput / 10)
            connection.send("more")
            loop.settle()
        }
        #expect(connection.ending == "stalled")
        withExtendedLifetime(peer) {}
    }

    @Test func outputThatIsOutHasNoDeadline() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.turn(until: {
            peer.receive()
            return peer.bytes.count == 1_000_000
        })
        loop.settle()
        loop.pass(ConnectionLimits.stalledOutput * 10)
        #expect(connection.isOpen)
    }

    @Test func aConnectionThatOnlyIdlesHasNoDeadline() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        try peer.send("a")
        loop.settle()
        loop.pass(.seconds(1_000_000))
        #expect(connection.isOpen)
        #expect(connection.timedOut == 0)
    }

    /// The kernel treats a peer that does not read as vanished; the rule here comes first and reports the reason.
    @Test func aStalledPeerIsClosedBeforeTheKernelGivesItUp() {
        #expect(SocketLimits.vanishedPeer > ConnectionLimits.stalledOutput)
    }
}
