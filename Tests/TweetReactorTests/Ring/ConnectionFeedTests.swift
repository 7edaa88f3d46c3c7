import CSystem
import TestSupport
import Testing

@testable import TweetReactor

/// Lines sent to many connections: the receivers, the order, the number of writes.
struct ConnectionFeedTests {
    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    @Test func aFollowerGetsEachLineOnceAndInOrder() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        for number in 0..<5 {
            feed.push("a\(number)")
            feed.push("b\(number)")
            loop.settle()
        }
        peer.receive()
        #expect(peer.text == (0..<5).map { "a\($0)\nb\($0)\n" }.joined())
        #expect(connection.feedCursor == nil)
        #expect(connection.outputBytes == 0)
    }

    @Test func theLinesOfATurnAreOneWriteForEachFollower() throws {
        let feed = Feed()
        let pairs = try (0..<5).map { _ in try loop.pair(SOCK_SEQPACKET) }
        for pair in pairs { feed.add(pair.connection) }
        for number in 0..<50 { feed.push("\(number)") }
        loop.settle()
        for number in 50..<60 { feed.push("\(number)") }
        loop.settle()
        for pair in pairs {
            pair.peer.receive()
            #expect(pair.peer.reads == [(0..<50).lines, (50..<60).lines])
        }
    }

    @Test func aThousandFollowersGetEachLineOnceAndInOrder() throws {
        // The ring is small, so that the lines go around its end many times.
        let feed = Feed(bytes: 1000, lines: 40)
        let pairs = try (0..<1000).map { _ in try loop.pair() }
        for pair in pairs { feed.add(pair.connection) }
        var pushed = 0
        while pushed < 500 {
            for _ in 0..<10 {
                feed.push("line \(pushed)")
                pushed += 1
            }
            loop.settle()
        }
        let expected = (0..<500).map { "line \($0)\n" }.joined()
        for pair in pairs {
            pair.peer.receive()
            guard pair.peer.text == expected else {
                Issue.record("a follower got \(pair.peer.text.prefix(1000))…")
                return
            }
        }
    }

    /// Thousands of followers must not keep the answers of others waiting; those that are left have their turn first.
    @Test func aTurnWritesToAsManyFollowersAsItHasTimeFor() throws {
        let feed = Feed()
        let pairs = try (0..<3 * ConnectionLimits.followersPerLook).map { _ in try loop.pair() }
        let other = try loop.pair()
        for pair in pairs { feed.add(pair.connection) }
        loop.makePartsTake(microseconds: 2000)
        for turn in 1...3 {
            feed.push("\(turn)")
            other.connection.send("answer \(turn) ")
            loop.settle(turns: 1)
            for (index, pair) in pairs.enumerated() {
                pair.peer.receive()
                #expect(pair.peer.text.isEmpty == (index >= turn * ConnectionLimits.followersPerLook))
            }
            other.peer.receive()
            #expect(other.peer.text.hasSuffix("answer \(turn) "))
        }
        for _ in 1...3 { loop.settle(turns: 1) }
        for pair in pairs {
            pair.peer.receive()
            #expect(pair.peer.text == "1\n2\n3\n")
        }
    }

    @Test func answersUseUpNothingOfTheFollowersTime() throws {
        let feed = Feed()
        let pairs = try (0..<3 * ConnectionLimits.followersPerLook).map { _ in try loop.pair() }
        let (other, otherPeer) = try loop.pair()
        other.onDrained = { [unowned loop] _ in loop.work(microseconds: 5000) }
        for pair in pairs { feed.add(pair.connection) }
        feed.push("1")
        other.send("answer")
        loop.settle(turns: 1)
        for pair in pairs {
            pair.peer.receive()
            #expect(pair.peer.text == "1\n")
        }
        withExtendedLifetime(otherPeer) {}
    }

    /// Followers that read as fast as they are written to must not lose lines because there are many of them.
    @Test(arguments: [(8, false), (9, true)]) func followersAreWrittenToInTime(lines: Int, areAll: Bool) throws {
        let feed = Feed(lines: 16)
        let pairs = try (0..<3 * ConnectionLimits.followersPerLook).map { _ in try loop.pair() }
        for pair in pairs { feed.add(pair.connection) }
        loop.makePartsTake(microseconds: 2000)
        for number in 0..<lines { feed.push("\(number)") }
        loop.settle(turns: 1)
        let served = pairs.count { pair in
            pair.peer.receive()
            return pair.peer.text == (0..<lines).lines
        }
        #expect(served == (areAll ? pairs.count : ConnectionLimits.followersPerLook))
    }

    @Test func linesBeforeTheFirstThatCameAreNotSent() throws {
        let feed = Feed()
        for number in 0..<5 { feed.push("\(number)") }
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        loop.settle()
        #expect(connection.feedCursor == nil)
        let number = feed.push("new")
        #expect(connection.feedCursor == number)
        feed.push("newer")
        #expect(connection.feedCursor == number)
        loop.settle()
        peer.receive()
        #expect(peer.text == "new\nnewer\n")
        #expect(connection.asked == [5, 6])
    }

    @Test func whoIsNotToldOfALineIsNotAsked() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        connection.attach(feed.ring)
        feed.push("for others")
        loop.settle()
        #expect(connection.asked == [])
        peer.receive()
        #expect(peer.text == "")
    }

    // MARK: The choice of lines

    @Test func linesThatAreAllWantedAreNotAskedForOneByOne() throws {
        let feed = Feed(bytes: 100, lines: 40)
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET)
        connection.onWantsAllLines = { $0 >= 20 }
        connection.onWants = { _, number in number % 2 == 0 }
        feed.add(connection)
        for round in 0..<4 {
            for number in 0..<10 { feed.push("\(round)\(number)") }
            loop.settle()
        }
        peer.receive()
        let some = (0..<2).map { round in stride(from: 0, to: 10, by: 2).map { "\(round)\($0)\n" }.joined() }
        let all = (2..<4).map { round in (0..<10).map { "\(round)\($0)\n" }.joined() }
        #expect(peer.reads == some + all)
        #expect(connection.asked == Array(0..<20))
        #expect(connection.feedCursor == nil)
    }

    /// A write that takes only a part of them goes on where it stopped.
    @Test func linesThatAreAllWantedComeOnceThroughASmallSocket() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.onWantsAllLines = { _ in true }
        feed.add(connection)
        connection.start()
        let count = Int(Connection.linesPerTurn) * 2 + 100
        let filling = String(repeating: "x", count: 20)
        for number in 0..<count { feed.push("\(number) \(filling)") }
        let expected = (0..<count).map { "\($0) \(filling)\n" }.joined()
        loop.turn(until: {
            peer.receive()
            return peer.bytes.count == expected.utf8.count
        })
        #expect(peer.text == expected)
        #expect(connection.asked == [])
    }

    @Test(arguments: [
        "0123456789", "0", "9", "", "02468", "13579", "012789", "056", "4",
    ])
    func onlyWantedLinesAreSent(wanted: String) throws {
        // The block is seven bytes longer than ten lines, so each line lies at its end once.
        for offset in 0..<27 {
            let feed = Feed(bytes: 27, lines: 30)
            for _ in 0..<offset { feed.ring.append([0]) }
            let (connection, peer) = try loop.pair(SOCK_SEQPACKET)
            connection.onWants = { [ring = feed.ring] _, number in wanted.contains(ring.text(of: number).prefix(1)) }
            feed.add(connection)
            for number in 0..<10 { feed.push("\(number)") }
            loop.settle()
            peer.receive()
            #expect(peer.reads == (wanted.isEmpty ? [] : [wanted.map { "\($0)\n" }.joined()]))
            #expect(connection.feedCursor == nil)
            connection.close(.finished)
        }
    }

    @Test func moreRunsThanOneWriteTakesGoOnInTheNextTurn() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET)
        connection.onWants = { _, number in number % 2 == 1 }
        feed.add(connection)
        let count = LineRuns.capacity * 5 + 3
        for number in 0..<count { feed.push("\(number)") }
        connection.start()
        try peer.send("go")
        let odd = stride(from: 1, to: count, by: 2).map { "\($0)\n" }
        var turns = 0
        var sent = 0
        while sent < odd.count {
            loop.turn()
            turns += 1
            sent = min(turns * LineRuns.capacity, odd.count)
            peer.receive()
            #expect(peer.text == odd[..<sent].joined())
            #expect(peer.reads.count == turns)
        }
        #expect(turns == 3)
        #expect(connection.feedCursor == nil)
    }

    @Test func aLongBacklogLeavesRoomForTheOthers() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        connection.onWants = { _, number in number >= 3000 }
        feed.add(connection)
        for number in 0..<3100 { feed.push("\(number)") }
        connection.start()
        try peer.send("go")
        for turn in 1...3 as ClosedRange<UInt64> {
            loop.turn()
            #expect(connection.asked.count == turn * Connection.linesPerTurn)
            #expect(connection.feedCursor == turn * Connection.linesPerTurn)
        }
        loop.turn()
        peer.receive()
        #expect(peer.text == (3000..<3100).lines)
        #expect(connection.asked.count == 3100)
        #expect(connection.feedCursor == nil)
    }

    // MARK: Own output

    @Test func ownOutputGoesBeforeTheLines() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("line")
        connection.send("own\n")
        loop.settle()
        peer.receive()
        #expect(peer.text == "own\nline\n")
        #expect(connection.drained == 1)
    }

    @Test func linesWaitUntilAListHasEnded() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        connection.onDrained = { if $0.drained < 5 { $0.send("part \($0.drained)\n") } }
        feed.add(connection)
        connection.send("part 0\n")
        feed.push("line 0")
        for _ in 0..<3 {
            loop.settle()
            feed.push("line \(feed.ring.end)")
        }
        loop.settle()
        peer.receive()
        #expect(peer.text == (0..<5).map { "part \($0)\n" }.joined() + (0..<4).map { "line \($0)\n" }.joined())
        #expect(connection.drained == 5)
    }

    @Test func linesDoNotDrainTheOwnOutput() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("line")
        loop.settle()
        #expect(connection.drained == 0)
        withExtendedLifetime(peer) {}
    }

    @Test func whatIsSentWhenALineIsAskedForGoesBeforeTheLines() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        var isFirst = true
        connection.onWants = { connection, number in
            if number == 1, isFirst {
                isFirst = false
                connection.send("own\n")
            }
            return true
        }
        feed.add(connection)
        for number in 0..<3 { feed.push("\(number)") }
        loop.settle()
        peer.receive()
        #expect(peer.text == "own\n0\n1\n2\n")
    }
}

extension Range<Int> {
    /// The numbers as lines, one number to a line.
    fileprivate var lines: String { map { "\($0)\n" }.joined() }
}
