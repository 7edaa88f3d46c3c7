import Testing
import TweetSystem

@testable import TweetReactor

/// Connections whose deadline passes, by a clock that the tests set.
struct DeadlineTests {
    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    @Test func anInputDeadlineIsToldOnceWhenItHasPassed() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(milliseconds: 100)
        loop.pass(milliseconds: 99)
        #expect(connection.timedOut == 0)
        loop.pass(milliseconds: 1)
        #expect(connection.timedOut == 1)
        loop.pass(milliseconds: 1000)
        #expect(connection.timedOut == 1)
        #expect(connection.isOpen)
        withExtendedLifetime(peer) {}
    }

    @Test func anInputDeadlineMayBeTakenBack() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(milliseconds: 100)
        connection.setInputDeadline(milliseconds: nil)
        loop.pass(milliseconds: 1000)
        #expect(connection.timedOut == 0)
        withExtendedLifetime(peer) {}
    }

    @Test func anInputDeadlineMayBeSetAnew() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(milliseconds: 100)
        loop.pass(milliseconds: 90)
        connection.setInputDeadline(milliseconds: 100)
        loop.pass(milliseconds: 90)
        #expect(connection.timedOut == 0)
        loop.pass(milliseconds: 10)
        #expect(connection.timedOut == 1)
        withExtendedLifetime(peer) {}
    }

    @Test func anInputDeadlineMayBeSetWhenTheLastOneHasPassed() throws {
        let (connection, peer) = try loop.pair()
        connection.onTimedOut = { $0.setInputDeadline(milliseconds: 50) }
        connection.setInputDeadline(milliseconds: 50)
        for expected in 1...5 {
            loop.pass(milliseconds: 50)
            #expect(connection.timedOut == expected)
        }
        withExtendedLifetime(peer) {}
    }

    @Test func whatTheDeadlineSendsGoesOut() throws {
        let (connection, peer) = try loop.pair()
        connection.onTimedOut = {
            $0.send("too slow")
            $0.finish()
        }
        connection.setInputDeadline(milliseconds: 10)
        loop.pass(milliseconds: 10)
        peer.read()
        #expect(peer.text == "too slow")
        #expect(peer.isAtEnd)
    }

    @Test func theLoopLooksAtDeadlinesByItself() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(milliseconds: 60_000)
        loop.setClock(ahead: 60_000)
        loop.turn(until: { connection.timedOut > 0 })
        // And goes on looking while there is a deadline, after a time without one too.
        loop.settle()
        connection.setInputDeadline(milliseconds: 60_000)
        loop.setClock(ahead: 60_000)
        loop.turn(until: { connection.timedOut > 1 })
        withExtendedLifetime(peer) {}
    }

    @Test func theLoopLooksAgainAtADeadlineThatHasNotPassed() throws {
        let (connection, peer) = try loop.pair()
        connection.setInputDeadline(milliseconds: 60_000)
        let looks = loop.clockLooks
        loop.turn(until: { loop.clockLooks > looks })
        #expect(connection.timedOut == 0)
        loop.setClock(ahead: 60_000)
        loop.turn(until: { connection.timedOut > 0 })
        withExtendedLifetime(peer) {}
    }

    @Test func aDeadlineOfOneConnectionIsNoneOfAnother() throws {
        let (first, firstPeer) = try loop.pair()
        let (second, secondPeer) = try loop.pair()
        first.setInputDeadline(milliseconds: 10)
        second.setInputDeadline(milliseconds: 20)
        loop.pass(milliseconds: 10)
        #expect([first.timedOut, second.timedOut] == [1, 0])
        loop.pass(milliseconds: 10)
        #expect([first.timedOut, second.timedOut] == [1, 1])
        withExtendedLifetime((firstPeer, secondPeer)) {}
    }

    // MARK: Output

    @Test func aPeerThatDoesNotReadIsGivenUp() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.settle()
        loop.pass(milliseconds: ConnectionLimits.stalledOutputMilliseconds - 1)
        #expect(connection.isOpen)
        loop.pass(milliseconds: 1)
        #expect(connection.ending == "stalled")
        #expect(peer.sendingFails)
    }

    @Test func aPeerThatReadsALittleIsNotGivenUp() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 2_000_000))
        loop.settle()
        for _ in 0..<5 {
            loop.pass(milliseconds: ConnectionLimits.stalledOutputMilliseconds - 1)
            try #require(connection.isOpen)
            let waiting = connection.outputBytes
            loop.turn(until: {
                peer.read(atMost: 20_000)
                return connection.outputBytes < waiting
            })
        }
        #expect(connection.isOpen)
        loop.pass(milliseconds: ConnectionLimits.stalledOutputMilliseconds)
        #expect(connection.ending == "stalled")
    }

    @Test func moreOutputGivesAPeerThatDoesNotReadNoMoreTime() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.settle()
        for _ in 0..<10 {
            loop.pass(milliseconds: ConnectionLimits.stalledOutputMilliseconds / 10)
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
            peer.read()
            return peer.bytes.count == 1_000_000
        })
        loop.settle()
        loop.pass(milliseconds: 10 * ConnectionLimits.stalledOutputMilliseconds)
        #expect(connection.isOpen)
    }

    @Test func aConnectionThatOnlyIdlesHasNoDeadline() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        try peer.send("a")
        loop.settle()
        loop.pass(milliseconds: 1_000_000_000)
        #expect(connection.isOpen)
        #expect(connection.timedOut == 0)
    }

    /// The kernel counts a peer that does not read as one that has vanished; the rule here, which says why, comes first.
    @Test func aStalledPeerIsClosedBeforeTheKernelGivesItUp() {
        #expect(SocketLimits.vanishedPeer > .milliseconds(ConnectionLimits.stalledOutputMilliseconds))
    }
}
