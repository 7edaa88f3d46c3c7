import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// The ends of connections: never before the answer is sent, and never with a reset that overtakes it.
struct EndingTests {
    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    @Test func finishingSendsWhatWaitsAndEnds() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        connection.send("bye")
        connection.finish()
        loop.settle()
        peer.receive()
        #expect(peer.text == "bye")
        #expect(peer.isAtEnd)
        #expect(connection.isOpen, "it waits for the peer's end")
        peer.close()
        loop.turn()
        #expect(connection.ending == "finished")
    }

    @Test func finishingWithNothingToSendEnds() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        connection.finish()
        loop.settle()
        peer.receive()
        #expect(peer.isAtEnd)
    }

    @Test func aHalfClosedStreamIsAnswered() throws {
        let (connection, peer) = try loop.pair()
        connection.onReceived = { connection, bytes, atEnd in
            if atEnd {
                connection.send("answer to \(bytes.count)")
                connection.finish()
            }
            return atEnd ? bytes.count : 0
        }
        try peer.send("question")
        peer.finishSending()
        connection.start()
        loop.settle()
        peer.receive()
        #expect(peer.text == "answer to 8")
        #expect(peer.isAtEnd)
        #expect(connection.ending == "finished")
    }

    // MARK: Lingering

    @Test func aClientThatStillSendsMuchGetsItsAnswerAndNoReset() throws {
        let (connection, peer) = try loop.pairOverTCP()
        connection.onReceived = { connection, bytes, _ in
            connection.send("refused")
            connection.finish()
            return bytes.count
        }
        connection.start()
        var rest = [UInt8](repeating: 7, count: 10_000_000)[...]
        try loop.turn(until: {
            rest = rest.dropFirst(try peer.sendSome(rest))
            return rest.isEmpty
        })
        // The client sends everything before it looks for the answer.
        peer.finishSending()
        loop.turn(until: { !connection.isOpen })
        try peer.receiveToEnd()
        #expect(peer.text == "refused")
        #expect(peer.isAtEnd)
        #expect(peer.error == nil)
        #expect(connection.ending == "finished")
        #expect(connection.taken.count <= SocketLimits.readBytes, "what came later was dropped")
    }

    @Test func aPausedInputIsDroppedToo() throws {
        let (connection, peer) = try loop.pairOverTCP()
        connection.start()
        connection.pauseInput()
        try peer.send("never read")
        connection.send("refused")
        connection.finish()
        loop.settle()
        peer.finishSending()
        loop.turn(until: { !connection.isOpen })
        try peer.receiveToEnd()
        #expect(peer.text == "refused")
        #expect(peer.error == nil)
        #expect(connection.offered == [])
    }

    @Test func lingeringHasAnEnd() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        connection.finish()
        loop.settle()
        loop.pass(ConnectionLimits.linger - .milliseconds(1))
        #expect(connection.isOpen)
        loop.pass(.milliseconds(1))
        #expect(connection.ending == "finished")
        #expect(connection.timedOut == 0)
        #expect(peer.sendingFails)
    }

    @Test func anInputThatKeepsComingDoesNotLengthenLingering() throws {
        let (connection, peer) = try loop.pair()
        connection.start()
        connection.finish()
        loop.settle()
        for _ in 0..<4 {
            loop.pass(ConnectionLimits.linger / 4)
            if connection.isOpen { try peer.send("more") }
            loop.settle()
        }
        #expect(connection.ending == "finished")
    }

    // MARK: Resets

    @Test func aResetInTheMiddleOfAReplyEndsTheConnection() throws {
        let (connection, peer) = try loop.pairOverTCP()
        connection.start()
        connection.send([UInt8](repeating: 1, count: 20_000_000))
        loop.settle()
        #expect(connection.outputBytes > 0)
        try peer.reset()
        loop.turn(until: { !connection.isOpen })
        #expect(connection.ending == "failed: Connection reset by peer")
    }

    @Test func aResetWhileTheInputIsPausedEndsTheConnection() throws {
        let (connection, peer) = try loop.pairOverTCP()
        connection.start()
        connection.pauseInput()
        connection.send([UInt8](repeating: 1, count: 20_000_000))
        loop.settle()
        try peer.reset()
        loop.turn(until: { !connection.isOpen })
        #expect(connection.endings.count == 1)
    }

    // MARK: Closing from within

    enum Place: CaseIterable {
        case received, receivedOfKept, drained, timedOut, closed
    }

    @Test(arguments: Place.allCases)
    func aConnectionMayBeClosedFromWithin(place: Place) throws {
        let (connection, peer) = try loop.pair()
        let close = { (connection: RecordingConnection) in connection.close(.serverStopped) }
        switch place {
        case .received:
            connection.onReceived = { connection, bytes, _ in
                close(connection)
                return bytes.count
            }
        case .receivedOfKept:
            // The first half is left untaken; with the second half, the connection offers all of it.
            connection.onReceived = { connection, bytes, _ in
                if bytes.count == 2 { close(connection) }
                return bytes.count == 2 ? 2 : 0
            }
        case .drained: connection.onDrained = close
        case .timedOut: connection.onTimedOut = close
        case .closed: connection.onClosed = close
        }
        connection.start()
        try peer.send("a")
        loop.settle()
        if place == .receivedOfKept { try peer.send("b") }
        if place == .drained { connection.send("out") }
        if place == .timedOut {
            connection.setInputDeadline(after: .milliseconds(5))
            loop.pass(.milliseconds(5))
        }
        if place == .closed { connection.close(.serverStopped) }
        loop.settle()
        #expect(connection.ending == "stopped")
        if place == .receivedOfKept { #expect(connection.taken == Array("ab".utf8)) }
        #expect(peer.sendingFails)
    }

    @Test func closingANeighbourThatHasInputTooKeepsItFromBeingCalled() throws {
        let (first, firstPeer) = try loop.pair()
        let (second, secondPeer) = try loop.pair()
        for (connection, other) in [(first, second), (second, first)] {
            connection.onReceived = { [unowned other] _, bytes, _ in
                other.close(.serverStopped)
                return bytes.count
            }
            connection.start()
        }
        try firstPeer.send("a")
        try secondPeer.send("b")
        loop.settle()
        #expect(first.offered.count + second.offered.count == 1)
        #expect(first.isOpen != second.isOpen)
    }

    @Test func aDescriptorMayBeUsedAgainInTheSameTurn() throws {
        let (first, firstPeer) = try loop.pair()
        var next: (connection: RecordingConnection, peer: TestConnection)?
        first.onReceived = { [loop] connection, bytes, _ in
            connection.close(.finished)
            next = try? loop.pair()
            next?.connection.start()
            next?.connection.send("hello")
            return bytes.count
        }
        first.start()
        try firstPeer.send("a")
        loop.settle()
        let second = try #require(next)
        try second.peer.send("b")
        loop.settle()
        second.peer.receive()
        #expect(second.peer.text == "hello")
        #expect(second.connection.offered == ["b"])
        #expect(loop.loop.connections.count == 1)
    }

    @Test func aClosedConnectionGoesWithItsTurn() throws {
        weak var released: RecordingConnection?
        do {
            let (connection, peer) = try loop.pair()
            released = connection
            connection.onReceived = { connection, bytes, _ in
                connection.close(.finished)
                return bytes.count
            }
            connection.start()
            try peer.send("a")
            loop.settle()
            #expect(peer.sendingFails)
        }
        #expect(released == nil)
        #expect(loop.loop.connections.count == 0)
    }

    @Test func aLoopThatGoesClosesItsConnections() throws {
        var other: TestLoop? = try TestLoop()
        weak let released = other?.loop
        let pair = try #require(try other?.pair())
        pair.connection.start()
        pair.connection.setInputDeadline(after: .seconds(1))
        other = nil
        #expect(released == nil)
        #expect(pair.connection.ending == "stopped")
        #expect(pair.peer.sendingFails)
    }
}
