import CSystem
import TestSupport
import Testing

@testable import TweetReactor

/// The times and sizes of a connection's writes.
struct OutputTests {
    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    @Test func whatIsSentInOneTurnIsOneWrite() throws {
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET)
        connection.onReceived = { connection, bytes, _ in
            for number in 1...5 { connection.send("\(number);") }
            return bytes.count
        }
        connection.start()
        try peer.send("go")
        loop.turn()
        peer.receive()
        #expect(peer.reads == ["1;2;3;4;5;"])
        #expect(connection.drained == 1)
    }

    @Test func whatOthersSendToAConnectionGoesIntoTheSameWrite() throws {
        let (first, firstPeer) = try loop.pair(SOCK_SEQPACKET)
        let (second, secondPeer) = try loop.pair(SOCK_SEQPACKET)
        for connection in [first, second] {
            connection.onReceived = { connection, bytes, _ in
                first.send("a")
                second.send("b")
                return bytes.count
            }
            connection.start()
        }
        try firstPeer.send("go")
        try secondPeer.send("go")
        loop.turn()
        firstPeer.receive()
        secondPeer.receive()
        #expect(firstPeer.reads == ["aa"])
        #expect(secondPeer.reads == ["bb"])
    }

    @Test func nothingIsWrittenBeforeTheEndOfTheTurn() throws {
        let (connection, peer) = try loop.pair()
        connection.onReceived = { connection, bytes, _ in
            connection.send("answer")
            peer.receive()
            #expect(peer.text == "")
            return bytes.count
        }
        connection.start()
        try peer.send("go")
        loop.turn()
        peer.receive()
        #expect(peer.text == "answer")
    }

    @Test func outputThatIsTooMuchForATurnIsWrittenNow() throws {
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET)
        connection.onReceived = { connection, bytes, _ in
            connection.send("first")
            #expect(connection.connection.sendNow())
            peer.receive()
            #expect(peer.reads == ["first"])
            #expect(connection.drained == 0)
            return bytes.count
        }
        connection.start()
        try peer.send("go")
        loop.turn()
        #expect(connection.drained == 1, "the handler is told at the end of the turn")
        loop.settle()
        #expect(connection.drained == 1)
    }

    @Test func outputThatThePeerDoesNotReadIsNotWrittenNow() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        let sent = [UInt8](repeating: 1, count: 1_000_000)
        connection.start()
        connection.send(sent)
        #expect(!connection.connection.sendNow())
        let waiting = connection.outputBytes
        #expect(waiting > 300_000 && waiting < sent.count)
        #expect(!connection.connection.sendNow())
        loop.turn(until: {
            peer.receive()
            return peer.bytes.count == sent.count
        })
        #expect(connection.drained == 1)
    }

    @Test func whatIsSentBetweenTurnsGoesWithTheNextOne() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        connection.send("push")
        loop.settle()
        peer.receive()
        #expect(peer.text == "push")
    }

    @Test func whatTheDrainedOutputMakesRoomForIsWrittenInTheNextTurn() throws {
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET)
        connection.onDrained = { if $0.drained < 4 { $0.send("\($0.drained)") } }
        connection.start()
        try peer.send("go")
        connection.send("0")
        for expected in [["0"], ["0", "1"], ["0", "1", "2"], ["0", "1", "2", "3"]] {
            // Nothing is ready any more, and yet the turn does not wait.
            loop.turn()
            peer.receive()
            #expect(peer.reads == expected)
        }
    }

    @Test func aShortWriteIsGoneOnWithWhenThereIsRoom() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        let sent = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
        connection.start()
        connection.send(sent)
        loop.settle()
        #expect(connection.outputBytes > 300_000)
        loop.turn(until: {
            peer.receive(atMost: 50_000)
            return peer.bytes.count == sent.count
        })
        #expect(peer.bytes == sent)
        #expect(connection.outputBytes == 0)
        #expect(connection.drained == 1)
    }

    @Test func whatIsSentAfterAShortWriteComesBehind() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.start()
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.settle()
        connection.send("behind")
        loop.turn(until: {
            peer.receive()
            return peer.bytes.count == 1_000_006
        })
        #expect(peer.bytes.suffix(6) == Array("behind".utf8)[...])
    }

    @Test func aWriteThatFindsNoRoomAtAllIsMadeWhenThereIs() throws {
        // A packet is taken as a whole or not at all.
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET, sendBuffer: 4096)
        connection.start()
        let packet = String(repeating: "x", count: 1000)
        var sent = 0
        while connection.outputBytes == 0, sent < 1000 {
            connection.send(packet)
            loop.settle()
            sent += 1
        }
        #expect(connection.outputBytes == packet.utf8.count)
        #expect(connection.isOpen)
        loop.turn(until: {
            peer.receive()
            return peer.reads.count == sent
        })
        #expect(Set(peer.reads) == [packet])
    }

    @Test func aPeerThatDoesNotReadCostsNoTurns() throws {
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.start()
        connection.send([UInt8](repeating: 1, count: 1_000_000))
        loop.settle()
        let waiting = connection.outputBytes
        var isOver = false
        var turns = 0
        let timer = Event(loop.loop, after: .milliseconds(20)) { isOver = true }
        loop.turn(until: {
            turns += 1
            return isOver
        })
        withExtendedLifetime(timer) {}
        #expect(connection.outputBytes == waiting)
        // The first turn, the turn of the timer, and one for a sweep that may come between.
        #expect(turns <= 3)
        peer.close()
        loop.turn(until: { !connection.isOpen })
    }

    @Test func closingDropsWhatWaits() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        connection.send("lost")
        connection.close(.serverStopped)
        #expect(connection.outputBytes == 0)
        loop.settle()
        peer.receive()
        #expect(peer.text == "")
        #expect(peer.isAtEnd)
    }

    @Test func sendingOnAClosedConnectionDoesNothing() throws {
        let (connection, peer) = try loop.pair()
        connection.close(.serverStopped)
        connection.send("lost")
        connection.finish()
        connection.resumeInput()
        connection.pauseInput()
        #expect(connection.outputBytes == 0)
        loop.settle()
        peer.receive()
        #expect(peer.text == "")
        #expect(connection.ending == "stopped")
    }

    @Test func writingToAPeerThatHasGoneIsNoSignalButAnEnd() throws {
        let (connection, peer) = try loop.pair()
        peer.close()
        connection.send("lost")
        loop.settle()
        #expect(connection.ending == "failed: Broken pipe")
    }
}
