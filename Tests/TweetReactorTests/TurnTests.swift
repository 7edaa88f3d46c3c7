import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// The division of a turn among connections, with a clock that the handlers set.
@Suite struct TurnTests {
    let loop: TestLoop

    init() throws { loop = try TestLoop() }

    /// A connection that takes a byte at a time, each with the same work, and leaves the rest when its share is used.
    private func worker(
        microseconds: UInt64, group: TurnGroup? = nil
    ) throws -> (connection: RecordingConnection, peer: TestConnection) {
        let (connection, peer) = try loop.pair(group: group)
        connection.onReceived = { [unowned loop] connection, bytes, _ in
            var count = 0
            while count < bytes.count {
                loop.work(microseconds: microseconds)
                count += 1
                if connection.isShareUsed, count < bytes.count {
                    connection.connection.yieldInput()
                    return count
                }
            }
            return count
        }
        connection.start()
        return (connection, peer)
    }

    /// Makes a connection heavy.
    private func heavyWorker(
        group: TurnGroup? = nil
    ) throws -> (connection: RecordingConnection, peer: TestConnection) {
        let (connection, peer) = try worker(microseconds: 600, group: group)
        try peer.send("h")
        loop.turn { connection.text == "h" }
        for _ in 1...2 {
            let start = loop.preciseNow
            loop.work(microseconds: 1000)
            connection.connection.recentWork.add(from: start, to: loop.preciseNow)
        }
        #expect(connection.isHeavy)
        return (connection, peer)
    }

    @Test func aConnectionThatIsResumedWithoutInputWaitsForNoTurn() throws {
        let (resting, restingPeer) = try heavyWorker()
        let (busy, busyPeer) = try heavyWorker()
        try busyPeer.send("abcd")
        loop.turn()
        #expect(loop.loop.connections.waitingForTurn == 1)
        resting.connection.resumeInput()
        #expect(loop.loop.connections.waitingForTurn == 1)
        resting.connection.pauseInput()
        resting.connection.resumeInput()
        #expect(loop.loop.connections.waitingForTurn == 1)
        try restingPeer.send("e")
        loop.turn { busy.text == "habcd" && resting.text == "he" }
    }

    @Test func aConnectionThatHasUsedItsShareGoesOnInTheNextTurn() throws {
        let (connection, peer) = try worker(microseconds: 100)
        try peer.send("abcdefgh")
        loop.turn()
        #expect(connection.text == "abc")
        loop.turn()
        #expect(connection.text == "abcdef")
        loop.turn { connection.text == "abcdefgh" }
        #expect(loop.loop.connections.waitingForTurn == 0)
    }

    @Test func lightConnectionsAreServedBeforeHeavyOnesThatCameEarlier() throws {
        let heavy = try (0..<10).map { _ in try heavyWorker() }
        for (_, peer) in heavy { try peer.send("abc") }
        let (light, peer) = try worker(microseconds: 20)
        try peer.send("x")
        loop.turn()
        #expect(light.text == "x")
        // One line of a heavy connection takes more than their time of a turn.
        #expect(heavy.map(\.connection.text).sorted() == Array(repeating: "h", count: 9) + ["ha"])
    }

    @Test func heavyConnectionsTakeTurns() throws {
        let heavy = try (0..<3).map { _ in try heavyWorker() }
        for (_, peer) in heavy { try peer.send("abc") }
        for count in 1...9 {
            loop.turn()
            let served = heavy.map { $0.connection.text.utf8.count }
            #expect(served.reduce(0, +) == count + 3)
            #expect((served.max() ?? 0) - (served.min() ?? 0) <= 2)
        }
        loop.turn { loop.loop.connections.waitingForTurn == 0 }
        try heavy[1].peer.send("d")
        loop.turn { heavy[1].connection.text == "habcd" }
    }

    /// However many connections a group has, another group's one gets every other turn.
    @Test func groupsTakeTurns() throws {
        let (many, few) = (TurnGroup(), TurnGroup())
        let crowd = try (0..<8).map { _ in try heavyWorker(group: many) }
        let single = try heavyWorker(group: few)
        for (_, peer) in crowd { try peer.send("abc") }
        try single.peer.send("abc")
        for _ in 1...6 { loop.turn() }
        #expect(single.connection.text == "habc")
        #expect(crowd.count { $0.connection.text == "ha" } == 3)
        loop.turn { loop.loop.connections.waitingForTurn == 0 }
    }

    /// The same for light connections, once they are so many that some have to wait.
    @Test func groupsOfLightConnectionsTakeTurns() throws {
        let (many, few) = (TurnGroup(), TurnGroup())
        let crowd = try (0..<20).map { _ in try worker(microseconds: 450, group: many) }
        let single = try worker(microseconds: 450, group: few)
        for (_, peer) in crowd { try peer.send("a") }
        try single.peer.send("a")
        loop.turn()
        loop.turn()
        #expect(single.connection.text == "a")
        #expect(crowd.count { $0.connection.text == "a" } < 11)
    }

    @Test func aHeavyConnectionThatRestsIsLightAgain() throws {
        let (connection, peer) = try heavyWorker()
        loop.setClock(ahead: .milliseconds(9_999))
        try peer.send("a")
        loop.turn { connection.text == "ha" }
        #expect(connection.isHeavy)
        loop.setClock(ahead: .seconds(10))
        connection.onReceived = { _, bytes, _ in bytes.count }
        try peer.send("b")
        loop.turn { connection.text == "hab" }
        #expect(!connection.isHeavy)
    }

    /// The system may interrupt the process for any time while it serves a connection.
    @Test func onePieceOfWorkMakesNoConnectionHeavy() throws {
        let (connection, peer) = try worker(microseconds: 20_000)
        for count in 1...3 {
            try peer.send("a")
            loop.turn { connection.text.utf8.count == count }
            #expect(connection.isHeavy == (count > 2))
        }
    }

    @Test(arguments: [(500, true), (2_000, false)])
    func workIsForgottenAsTimePasses(pauseInMilliseconds: Int, isHeavy: Bool) throws {
        let (connection, peer) = try worker(microseconds: 120)
        for count in 1...10 {
            try peer.send("a")
            loop.turn { connection.text.utf8.count == count }
            loop.setClock(ahead: .milliseconds(pauseInMilliseconds))
        }
        #expect(connection.isHeavy == isHeavy)
    }

    /// Each of a crowd of new connections could send the most expensive lines before it is known to be heavy.
    @Test func muchInputOfNewConnectionsWaitsWithTheHeavyOnes() throws {
        let crowd = try (0..<8).map { _ in try loop.pair() }
        for (connection, peer) in crowd {
            connection.onReceived = { [unowned loop] _, bytes, _ in
                loop.work(microseconds: 700)
                return bytes.count
            }
            connection.start()
            try peer.send(String(repeating: "x", count: ConnectionLimits.lightInput + 1))
        }
        let (light, peer) = try worker(microseconds: 20)
        for turn in 1...4 {
            try peer.send("l")
            loop.turn()
            #expect(crowd.count { !$0.connection.text.isEmpty } == turn)
            #expect(light.text.utf8.count == turn)
        }
        loop.turn { loop.loop.connections.waitingForTurn == 0 }
        #expect(crowd.allSatisfy { $0.connection.text.utf8.count == ConnectionLimits.lightInput + 1 })
    }

    /// A connection is not heavy because of the length of its input alone.
    @Test func muchInputMakesNoConnectionHeavy() throws {
        let (connection, peer) = try loop.pair()
        connection.onReceived = { _, bytes, _ in bytes.count }
        connection.start()
        for count in 1...3 {
            try peer.send(String(repeating: "x", count: 2 * ConnectionLimits.lightInput))
            loop.turn { connection.text.utf8.count == count * 2 * ConnectionLimits.lightInput }
            #expect(!connection.isHeavy)
        }
    }

    @Test func aCrowdOfLightConnectionsSharesATurn() throws {
        let crowd = try (0..<8).map { _ in try worker(microseconds: 450) }
        for (_, peer) in crowd { try peer.send("a") }
        loop.turn()
        #expect(crowd.count { $0.connection.text == "a" } == 5)
        #expect(loop.loop.connections.waitingForTurn == 3)
        loop.turn()
        #expect(crowd.count { $0.connection.text == "a" } == 8)
    }

    @Test func aHandlerIsGivenItsTurnOnce() throws {
        let (connection, peer) = try loop.pair()
        connection.onReceived = { connection, bytes, _ in
            connection.connection.awaitTurn()
            connection.connection.awaitTurn()
            return bytes.count
        }
        connection.start()
        try peer.send("a")
        loop.turn { connection.turns == 1 }
        loop.settle()
        #expect(connection.turns == 1)
    }

    @Test func aConnectionThatClosesWhileItWaitsIsPassedOver() throws {
        let heavy = try (0..<3).map { _ in try heavyWorker() }
        for (_, peer) in heavy { try peer.send("ab") }
        loop.turn()
        heavy[1].connection.close(.finished)
        loop.turn { heavy[2].connection.text == "hab" && heavy[0].connection.text == "hab" }
        #expect(heavy[1].connection.text == "h")
    }

    /// Connections that closed while they waited, their groups and the loop's table hold each other until the queues let
    /// them go.
    @Test(arguments: [false, true]) func connectionsThatWaitAtTheEndOfTheLoopAreFreed(areHeavy: Bool) throws {
        weak var connection: Connection?
        func wait() throws {
            let tests = try TurnTests()
            let waiting = try (0..<8).map { _ in
                try areHeavy ? tests.heavyWorker(group: TurnGroup()) : tests.worker(microseconds: 450)
            }
            for (_, peer) in waiting { try peer.send("ab") }
            tests.loop.turn()
            #expect(tests.loop.loop.connections.waitingForTurn > 0)
            connection = waiting[0].connection.connection
            for (connection, _) in waiting { connection.close(.finished) }
        }
        try wait()
        #expect(connection == nil)
    }

    /// The end of the stream is told with the last bytes, however many turns they take.
    @Test func inputThatIsLeftIsOfferedBeforeTheEnd() throws {
        let (connection, peer) = try worker(microseconds: 300)
        try peer.send("abc")
        peer.finishSending()
        loop.turn { connection.offered.last?.hasSuffix("$") == true }
        loop.turn { connection.text == "abc" }
    }

    /// A finished connection drops its input instead of handling it, and must still see the peer's end.
    @Test func aConnectionThatFinishesInItsShareEnds() throws {
        let (connection, peer) = try loop.pair()
        connection.onReceived = { connection, _, _ in
            connection.connection.yieldInput()
            connection.finish()
            return 1
        }
        connection.start()
        try peer.send("abc")
        loop.turn { connection.isFinishing }
        loop.settle()
        peer.finishSending()
        loop.turn { connection.ending == "finished" }
    }

    @Test func pausedInputWaitsForItsResumption() throws {
        let (connection, peer) = try heavyWorker()
        connection.onReceived = { connection, bytes, _ in
            connection.connection.yieldInput()
            connection.pauseInput()
            return 1
        }
        try peer.send("abc")
        loop.turn { connection.text == "ha" }
        loop.settle()
        #expect(connection.text == "ha")
        connection.resumeInput()
        loop.turn { connection.text == "hab" }
        loop.settle()
        #expect(connection.text == "hab")
    }
}
