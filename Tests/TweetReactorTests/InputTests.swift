import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// The bytes that a connection offers its handler, and when.
struct InputTests {
    private let loop: TestLoop
    private let connection: RecordingConnection
    private let peer: TestConnection

    init() throws {
        loop = try TestLoop()
        (connection, peer) = try loop.pair()
    }

    @Test func whatHasComeBeforeTheStartIsReadAtOnce() throws {
        try peer.send("early")
        connection.start()
        #expect(connection.offered == ["early"])
    }

    @Test func whatComesLaterIsReadInItsTurn() throws {
        connection.start()
        #expect(connection.offered == [])
        try peer.send("later")
        loop.turn()
        try peer.send("still later")
        loop.turn()
        #expect(connection.offered == ["later", "still later"])
    }

    @Test func whatIsMoreThanABufferIsReadInOneTurn() throws {
        connection.start()
        let bytes = [UInt8](repeating: 1, count: 2 * SocketLimits.readBytes + 100)
        try peer.send(bytes)
        loop.turn()
        #expect(connection.taken == bytes)
    }

    /// Each buffer may hold the most expensive line.
    @Test func aConnectionThatHasUsedItsShareReadsNoMoreInATurn() throws {
        connection.onReceived = { [unowned loop] _, bytes, _ in
            loop.work(microseconds: 300)
            return bytes.count
        }
        connection.start()
        try peer.send([UInt8](repeating: 1, count: 3 * SocketLimits.readBytes))
        for turn in 1...3 {
            loop.turn()
            #expect(connection.taken.count == turn * SocketLimits.readBytes)
        }
    }

    @Test(arguments: 0...9)
    func whatIsNotAWholeLineWaitsForItsRest(cut: Int) throws {
        let text = "ab\ncdef\ng"
        connection.takeLines()
        connection.start()
        for part in [text.prefix(cut), text.dropFirst(cut)] where !part.isEmpty {
            try peer.send(String(part))
            loop.turn()
        }
        #expect(String(decoding: connection.taken, as: UTF8.self) == "ab\ncdef\n")
        peer.finishSending()
        loop.turn()
        #expect(connection.offered.last == "g$")
    }

    @Test func aLineMayComeByteByByte() throws {
        connection.takeLines()
        connection.start()
        for byte in "line\n" {
            try peer.send(String(byte))
            loop.turn()
        }
        #expect(connection.offered == ["l", "li", "lin", "line", "line\n"])
    }

    @Test func muchInputComesInItsOrderAndInBoundedPieces() throws {
        let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        var largest = 0
        var isEnded = false
        connection.onReceived = { _, bytes, atEnd in
            largest = max(largest, bytes.count)
            isEnded = atEnd
            // The handler takes only some of the bytes, so that the rest waits.
            return atEnd ? bytes.count : bytes.count - bytes.count / 3
        }
        connection.start()
        var rest = sent[...]
        try loop.turn(until: {
            if !rest.isEmpty {
                rest = rest.dropFirst(try peer.sendSome(rest))
                if rest.isEmpty { peer.finishSending() }
            }
            return isEnded
        })
        #expect(connection.taken == sent)
        #expect(largest <= 2 * SocketLimits.readBytes)
    }

    @Test func theEndIsToldEvenWhenNothingIsLeft() throws {
        connection.start()
        peer.finishSending()
        loop.turn()
        #expect(connection.offered == ["$"])
        #expect(connection.isOpen)
    }

    @Test func theEndIsToldAgainOnResumptionWithWhatWasNotTaken() throws {
        connection.onReceived = { _, _, _ in 0 }
        connection.start()
        try peer.send("ab")
        peer.finishSending()
        loop.turn()
        loop.turn()
        connection.resumeInput()
        #expect(connection.offered == ["ab", "ab$", "ab$"])
    }

    // MARK: Pausing

    @Test func aPausedInputWaitsInTheKernel() throws {
        connection.onReceived = { connection, bytes, _ in
            connection.pauseInput()
            return bytes.count
        }
        connection.start()
        try peer.send("one")
        loop.turn()
        try peer.send("two")
        loop.settle()
        #expect(connection.offered == ["one"])
        connection.resumeInput()
        loop.turn()
        #expect(connection.offered == ["one", "two"])
    }

    @Test func aPauseBeforeTheStartHolds() throws {
        connection.onReceived = { connection, bytes, _ in
            connection.pauseInput()
            return bytes.count
        }
        try peer.send("one")
        connection.start()
        try peer.send("two")
        loop.settle()
        #expect(connection.offered == ["one"])
    }

    @Test func whatWasLeftOnPausingComesFirstOnResumption() throws {
        connection.onReceived = { connection, bytes, _ in
            connection.pauseInput()
            return 2
        }
        connection.start()
        try peer.send("aabb")
        loop.turn()
        connection.onReceived = { _, bytes, _ in bytes.count }
        try peer.send("cc")
        connection.resumeInput()
        #expect(connection.offered == ["aabb", "bb"])
        loop.turn()
        #expect(connection.offered == ["aabb", "bb", "cc"])
    }

    @Test func theEndThatComesDuringAPauseIsToldAfterIt() throws {
        connection.start()
        connection.pauseInput()
        try peer.send("ab")
        peer.finishSending()
        loop.settle()
        #expect(connection.offered == [])
        connection.resumeInput()
        loop.turn(until: { connection.offered.count == 2 })
        #expect(connection.offered == ["ab", "$"])
    }

    @Test(arguments: [false, true])
    func aPauseThatEndsWhileItIsDeliveredGivesTheRest(isKept: Bool) throws {
        connection.onReceived = { connection, bytes, _ in
            connection.pauseInput()
            connection.resumeInput()
            return min(2, bytes.count)
        }
        connection.start()
        if isKept {
            connection.pauseInput()
            try peer.send("xx")
            connection.resumeInput()
        }
        try peer.send("aabbc")
        loop.settle()
        #expect(String(decoding: connection.taken, as: UTF8.self) == (isKept ? "xxaabbc" : "aabbc"))
    }

    @Test func resumingWhatIsNotPausedOffersWhatWaits() throws {
        connection.takeLines()
        connection.start()
        try peer.send("half")
        loop.turn()
        connection.resumeInput()
        #expect(connection.offered == ["half", "half"])
    }

    // MARK: Finishing

    @Test func nothingIsOfferedOnceAConnectionIsToFinish() throws {
        connection.onReceived = { connection, bytes, _ in
            connection.send([UInt8](repeating: 1, count: 4_000_000))
            connection.finish()
            return 1
        }
        connection.start()
        try peer.send("one")
        loop.turn()
        #expect(connection.outputBytes > 0)
        try peer.send("two")
        loop.settle()
        connection.resumeInput()
        peer.finishSending()
        loop.settle()
        #expect(connection.offered == ["one"])
        loop.turn(until: {
            peer.receive()
            return peer.isAtEnd
        })
        #expect(peer.bytes.count == 4_000_000)
        #expect(connection.ending == "finished")
    }
}
