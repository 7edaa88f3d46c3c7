import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// Followers that read slowly or not at all: lines stay whole, none is lost, and other followers do not notice.
struct FeedStallTests {
    private static let lineLength = 40

    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    /// A line of 40 bytes, including its line feed.
    private func line(_ number: Int, length: Int = lineLength) -> String {
        let text = "\(number) "
        return text + String(repeating: "x", count: max(0, length - 1 - text.utf8.count))
    }

    /// Sends more lines than the socket has room for, in one write.
    private func overfill(_ feed: Feed, from first: Int = 0, count: Int = 400) -> [String] {
        let lines = (first..<first + count).map { line($0) }
        for line in lines { feed.push(line) }
        loop.settle()
        return lines
    }

    /// Pushes packets, each taken as a whole or not at all, until there is no room for one.
    private func fill(_ feed: Feed, of connection: RecordingConnection) {
        while connection.feedCursor == nil {
            feed.push(line(0))
            loop.settle()
        }
    }

    /// The number of a ring's bytes that one write to an empty socket takes.
    private func room() throws -> Int {
        let feed = Feed()
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        feed.add(connection)
        let count = overfill(feed).count
        peer.receive()
        try #require(peer.bytes.count < count * Self.lineLength)
        connection.close(.finished)
        return peer.bytes.count
    }

    // MARK: Cut lines

    @Test func aLineMayBeCutAtEveryByteAndAtTheEndOfTheBlock() throws {
        let room = try room()
        let ringBytes = 32_768
        var cuts: Set<Int> = []
        // The length of the first line shifts the others relative to the cut.
        for firstLength in 41...80 {
            // The end of the block is near the cut; with 1000 it is far away.
            for fromCut in [-45, -40, -39, -1, 0, 1, 2, 20, 39, 40, 1000] {
                let feed = Feed(bytes: ringBytes)
                var filler = ringBytes - room - fromCut
                while filler > 0 {
                    feed.ring.append([UInt8](repeating: 0, count: min(filler, 8000)))
                    filler -= 8000
                }
                let (connection, peer) = try loop.pair(sendBuffer: 4096)
                feed.add(connection)
                var expected = [line(0, length: firstLength)]
                feed.push(expected[0])
                let rest = overfill(feed, from: 1)
                let cut = connection.outputBytes
                cuts.insert(cut)
                expected += rest
                // The connection's own output comes behind the cut line.
                connection.send("own\n")
                let copied = connection.outputBytes
                try #require(copied == cut + 4)
                loop.turn(until: {
                    peer.receive()
                    return connection.feedCursor == nil && connection.outputBytes == 0
                })
                peer.receive()
                let whole = (room + cut - firstLength) / Self.lineLength + 1
                expected.insert("own", at: whole)
                guard peer.text == expected.map({ "\($0)\n" }).joined() else {
                    Issue.record("after a cut \(cut) bytes before the end of a line, \(fromCut) from the block's end")
                    return
                }
                connection.close(.finished)
            }
        }
        #expect(cuts == Set(0..<Self.lineLength))
    }

    @Test func whatIsWantedIsSentOnceWhereverItIsCut() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        connection.onWants = { _, number in number % 16 != 3 && number % 16 != 4 }
        feed.add(connection)
        let lines = overfill(feed, count: 1000).enumerated().filter { ![3, 4].contains($0.offset % 16) }.map(\.element)
        loop.turn(until: {
            peer.receive()
            return connection.feedCursor == nil && connection.outputBytes == 0
        })
        peer.receive()
        #expect(peer.text == lines.map { "\($0)\n" }.joined())
    }

    // MARK: Waiting

    @Test func aFollowerThatWaitsForRoomKeepsOnlyTheRestOfOneLine() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        feed.add(connection)
        _ = overfill(feed)
        let asked = connection.asked.count
        let cursor = try #require(connection.feedCursor)
        #expect(connection.outputBytes < Self.lineLength)
        for _ in 0..<10 { _ = overfill(feed, count: 10) }
        // The loop does not look at the follower while it waits.
        #expect(connection.asked.count == asked)
        #expect(connection.feedCursor == cursor)
        #expect(connection.outputBytes < Self.lineLength)
        withExtendedLifetime(peer) {}
    }

    @Test func aFollowerThatWaitsForRoomIsNotLookedAt() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET, sendBuffer: 4096)
        feed.add(connection)
        fill(feed, of: connection)
        let asked = connection.asked.count
        for number in 0..<10 {
            feed.push(line(number))
            loop.settle()
        }
        #expect(connection.asked.count == asked)
        peer.receive()
        loop.turn(until: { connection.feedCursor == nil })
        #expect(connection.asked.count == asked + 11)
    }

    @Test func whatIsNotWantedIsPassedByWithoutRoom() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET, sendBuffer: 4096)
        let isFull = { connection.feedCursor != nil && connection.deadline != .never }
        connection.onWants = { [ring = feed.ring] _, number in ring.text(of: number) != "unwanted\n" }
        feed.add(connection)
        while !isFull() {
            feed.push("unwanted")
            feed.push(line(0))
            loop.settle()
        }
        // The ring may drop the unwanted line before the wanted one.
        #expect(connection.feedCursor == feed.ring.end - 1)
        withExtendedLifetime(peer) {}
    }

    @Test func aFollowerThatNeverReadsHoldsUpNobody() throws {
        let feed = Feed(bytes: 20_000, lines: 500)
        let (stuck, stuckPeer) = try loop.pair(sendBuffer: 4096)
        stuck.onOvertaken = { $0.send("lagged\n") }
        feed.add(stuck)
        let pairs = try (0..<5).map { _ in try loop.pair() }
        for pair in pairs { feed.add(pair.connection) }
        var expected = ""
        for round in 0..<20 {
            expected += overfill(feed, from: 100 * round, count: 100).map { "\($0)\n" }.joined()
            for pair in pairs {
                pair.peer.receive()
                #expect(pair.peer.text == expected)
            }
        }
        #expect(stuck.outputBytes < Self.lineLength)
        // The follower learns of it when it reads, behind the cut line.
        #expect(stuck.overtaken == [])
        let cursor = try #require(stuck.feedCursor)
        loop.turn(until: {
            stuckPeer.receive()
            return stuckPeer.text.hasSuffix("lagged\n")
        })
        #expect(stuckPeer.text == (0..<Int(cursor)).map { line($0) + "\n" }.joined() + "lagged\n")
        #expect(stuck.overtaken == [cursor])
        #expect(stuck.isOpen)
    }

    @Test func whoLeavesWithinALineIsSentTheRestOfIt() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        feed.add(connection)
        // The first line shifts the others, so that the cut is one byte before the end of a line.
        let first = line(0, length: Self.lineLength + (try room() + 1) % Self.lineLength)
        feed.push(first)
        let lines = [first] + overfill(feed, from: 1)
        #expect(connection.outputBytes == 1)
        let cursor = Int(try #require(connection.feedCursor))
        connection.detach()
        connection.send("own\n")
        loop.turn(until: {
            peer.receive()
            return connection.outputBytes == 0
        })
        loop.settle()
        peer.receive()
        #expect(peer.text == (lines[..<cursor] + ["own"]).map { "\($0)\n" }.joined())
    }

    @Test func whoLeavesBetweenLinesMaySendAtOnce() throws {
        let feed = Feed()
        // A packet is taken as a whole or not at all, so no part of a line is left.
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET, sendBuffer: 4096)
        feed.add(connection)
        fill(feed, of: connection)
        #expect(connection.outputBytes == 0)
        connection.detach()
        #expect(connection.deadline == .never)
        peer.receive()
        connection.send("own\n")
        loop.settle()
        peer.receive()
        #expect(peer.reads.last == "own\n")
    }

    // MARK: Deadlines

    @Test(arguments: [SOCK_STREAM, SOCK_SEQPACKET])
    func aFollowerThatDoesNotReadIsGivenUp(kind: __socket_type) throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(kind, sendBuffer: 4096)
        feed.add(connection)
        while connection.feedCursor == nil {
            // A packet that is larger than the buffer would be an error.
            for number in 0..<(kind == SOCK_STREAM ? 400 : 1) { feed.push(line(number)) }
            loop.settle()
        }
        loop.pass(ConnectionLimits.stalledOutput - .milliseconds(1))
        #expect(connection.isOpen)
        // Further lines do not extend the deadline.
        feed.push("more")
        loop.settle()
        loop.pass(.milliseconds(1))
        #expect(connection.ending == "stalled")
        #expect(peer.sendingFails)
    }

    @Test func aFollowerThatReadsALittleIsNotGivenUp() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(sendBuffer: 4096)
        feed.add(connection)
        _ = overfill(feed, count: 1500)
        for _ in 0..<3 {
            loop.pass(ConnectionLimits.stalledOutput - .milliseconds(1))
            try #require(connection.isOpen)
            let cursor = try #require(connection.feedCursor)
            loop.turn(until: {
                peer.receive()
                return connection.feedCursor != cursor
            })
        }
        _ = try #require(connection.feedCursor)
        loop.pass(ConnectionLimits.stalledOutput)
        #expect(connection.ending == "stalled")
    }

    @Test(arguments: [SOCK_STREAM, SOCK_SEQPACKET])
    func aFollowerThatHasAllHasNoDeadline(kind: __socket_type) throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(kind, sendBuffer: 4096)
        feed.add(connection)
        if kind == SOCK_STREAM { _ = overfill(feed) } else { fill(feed, of: connection) }
        #expect(connection.deadline != .never)
        loop.turn(until: {
            peer.receive()
            return connection.feedCursor == nil && connection.outputBytes == 0
        })
        loop.settle()
        #expect(connection.deadline == .never)
        loop.pass(ConnectionLimits.stalledOutput * 10)
        #expect(connection.isOpen)
    }

    @Test func theTimeAStuckPeerHasCountsFromItsOwnOutputAfterLeaving() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair(SOCK_SEQPACKET, sendBuffer: 4096)
        feed.add(connection)
        fill(feed, of: connection)
        connection.detach()
        loop.pass(ConnectionLimits.stalledOutput * 2)
        #expect(connection.isOpen)
        connection.send(line(1))
        loop.settle()
        #expect(connection.outputBytes > 0)
        loop.pass(ConnectionLimits.stalledOutput)
        #expect(connection.ending == "stalled")
        withExtendedLifetime(peer) {}
    }
}
