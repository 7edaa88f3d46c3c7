import CSystem
import TestSupport
import Testing

@testable import TweetReactor

/// The ends of following: left, overtaken, closed, given up; also from within a call of the handler.
struct FeedEndingTests {
    private let loop: TestLoop

    init() throws {
        loop = try TestLoop()
    }

    // MARK: Leaving

    @Test func whatWasNotSentIsDroppedWhenTheConnectionLeaves() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("lost")
        connection.detach()
        #expect(connection.feedCursor == nil)
        feed.push("lost as well")
        #expect(connection.feedCursor == nil)
        loop.settle()
        connection.send("own\n")
        loop.settle()
        peer.receive()
        #expect(peer.text == "own\n")
        connection.detach()
    }

    @Test func aConnectionMayFollowAgain() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("lost")
        connection.detach()
        connection.attach(feed.ring)
        feed.push("sent")
        loop.settle()
        peer.receive()
        #expect(peer.text == "sent\n")
    }

    @Test func followingTwiceIsFollowingOnce() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("a")
        connection.attach(feed.ring)
        feed.push("b")
        loop.settle()
        peer.receive()
        #expect(peer.text == "a\nb\n")
    }

    @Test func aRingIsLeftForAnother() throws {
        let first = Feed()
        let second = Feed()
        let (connection, peer) = try loop.pair()
        first.add(connection)
        first.push("lost")
        second.add(connection)
        second.push("sent")
        loop.settle()
        peer.receive()
        #expect(peer.text == "sent\n")
    }

    @Test func aRingIsHeldAsLongAsSomebodyFollows() throws {
        var ring: LineRing? = LineRing(bytes: 100, lines: 10)
        weak let watched = ring
        let (connection, peer) = try loop.pair()
        if let ring {
            connection.attach(ring)
            connection.noteLine(ring.append(Array("line\n".utf8)))
        }
        ring = nil
        loop.settle()
        peer.receive()
        #expect(peer.text == "line\n")
        #expect(watched != nil)
        connection.close(.finished)
        #expect(watched == nil)
    }

    @Test func finishingSendsNoMoreLines() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("lost")
        connection.send("bye\n")
        connection.finish()
        connection.attach(feed.ring)
        feed.push("lost as well")
        loop.settle()
        peer.receive()
        #expect(peer.text == "bye\n")
        #expect(peer.isAtEnd)
    }

    @Test func aClosedConnectionFollowsNothing() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        feed.push("lost")
        connection.close(.serverStopped)
        #expect(connection.feedCursor == nil)
        connection.attach(feed.ring)
        feed.push("lost as well")
        connection.detach()
        loop.settle()
        peer.receive()
        #expect(peer.text == "")
        #expect(connection.asked == [])
        #expect(connection.feedCursor == nil)
    }

    @Test func writingToAFollowerThatHasGoneIsAnEnd() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        peer.close()
        feed.push("lost")
        loop.settle()
        #expect(connection.ending == "failed: Broken pipe")
    }

    // MARK: Overtaken

    @Test func whoTheRingOvertakesIsToldInsteadOfSentTo() throws {
        let feed = Feed(bytes: 100, lines: 3)
        let (connection, peer) = try loop.pair()
        connection.onOvertaken = {
            #expect($0.feedCursor == nil)
            $0.send("lagged\n")
        }
        feed.add(connection)
        for number in 0..<4 { feed.push("\(number)") }
        loop.settle()
        feed.push("4")
        loop.settle()
        peer.receive()
        #expect(peer.text == "lagged\n")
        #expect(connection.overtaken == [0])
        #expect(connection.asked == [])
    }

    @Test func whoIsNotOvertakenByOneLineGetsAll() throws {
        let feed = Feed(bytes: 100, lines: 3)
        let (connection, peer) = try loop.pair()
        feed.add(connection)
        for number in 0..<3 { feed.push("\(number)") }
        loop.settle()
        peer.receive()
        #expect(peer.text == "0\n1\n2\n")
        #expect(connection.overtaken == [])
    }

    @Test func whoIsOvertakenMayFollowAgainAtOnce() throws {
        let feed = Feed(bytes: 100, lines: 3)
        let (connection, peer) = try loop.pair()
        connection.onOvertaken = { [feed] connection in
            connection.send("lagged\n")
            connection.attach(feed.ring)
            connection.noteLine(feed.ring.end - 1)
        }
        feed.add(connection)
        for number in 0..<4 { feed.push("\(number)") }
        loop.settle()
        feed.push("4")
        loop.settle()
        peer.receive()
        #expect(peer.text == "lagged\n3\n4\n")
    }

    @Test(arguments: ["close", "finish"])
    func whoIsOvertakenMayEnd(how: String) throws {
        let feed = Feed(bytes: 100, lines: 3)
        let (connection, peer) = try loop.pair()
        connection.onOvertaken = { if how == "close" { $0.close(.finished) } else { $0.finish() } }
        feed.add(connection)
        for number in 0..<4 { feed.push("\(number)") }
        loop.settle()
        peer.receive()
        #expect(peer.text == "")
        #expect(peer.isAtEnd)
    }

    // MARK: From within wants(line:)

    @Test(arguments: [0, 1, 2] as [UInt64])
    func aConnectionMayEndWhenALineIsAskedFor(at number: UInt64) throws {
        for end in [{ $0.close(.finished) }, { $0.finish() }] as [(RecordingConnection) -> Void] {
            let feed = Feed()
            let (connection, peer) = try loop.pair()
            connection.onWants = { connection, asked in
                if asked == number { end(connection) }
                return true
            }
            feed.add(connection)
            for line in 0..<3 { feed.push("\(line)") }
            loop.settle()
            peer.receive()
            #expect(peer.text == "")
            #expect(peer.isAtEnd)
            #expect(connection.asked == Array(0...number))
        }
    }

    @Test func aConnectionMayLeaveAndFollowAgainWhenALineIsAskedFor() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        connection.onWants = { [feed] connection, asked in
            if asked == 1, connection.asked.count == 2 {
                connection.detach()
                connection.attach(feed.ring)
                connection.noteLine(2)
            }
            return true
        }
        feed.add(connection)
        for line in 0..<3 { feed.push("\(line)") }
        loop.settle()
        peer.receive()
        #expect(peer.text == "2\n")
    }

    @Test func linesThatComeWhenALineIsAskedForAreSentInTheirTurn() throws {
        let feed = Feed()
        let (connection, peer) = try loop.pair()
        connection.onWants = { [feed] _, asked in
            if asked < 3 { feed.push("\(feed.ring.end)") }
            return true
        }
        feed.add(connection)
        feed.push("0")
        for _ in 0..<4 { loop.settle() }
        peer.receive()
        #expect(peer.text == "0\n1\n2\n3\n")
        #expect(connection.feedCursor == nil)
    }

    @Test func theRingMayOvertakeWhenALineIsAskedFor() throws {
        let feed = Feed(bytes: 100, lines: 3)
        let (connection, peer) = try loop.pair()
        connection.onWants = { [feed] _, asked in
            if asked == 1 { for _ in 0..<2 { feed.push("more") } }
            return true
        }
        connection.onOvertaken = { $0.send("lagged\n") }
        feed.add(connection)
        for line in 0..<2 { feed.push("\(line)") }
        loop.settle()
        peer.receive()
        #expect(peer.text == "lagged\n")
        #expect(connection.overtaken == [0])
    }

    @Test func oneFollowerMayCloseAnotherThatIsQueued() throws {
        let feed = Feed()
        let (first, firstPeer) = try loop.pair()
        let (second, secondPeer) = try loop.pair()
        first.onWants = { _, _ in
            second.close(.finished)
            return true
        }
        feed.add(first)
        feed.add(second)
        feed.push("line")
        loop.settle()
        firstPeer.receive()
        secondPeer.receive()
        #expect(firstPeer.text == "line\n")
        #expect(secondPeer.text == "")
        #expect(secondPeer.isAtEnd)
    }
}
