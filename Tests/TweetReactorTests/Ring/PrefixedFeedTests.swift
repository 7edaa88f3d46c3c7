import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// Lines whose beginning each connection sends itself.
struct PrefixedFeedTests {
    private let loop: TestLoop

    init() throws { loop = try TestLoop() }

    @Test func eachFollowerGetsTheLinesBehindItsOwnPrefix() throws {
        let feed = Feed(takesPrefix: true)
        let pairs = try (0..<3).map { _ in try loop.pair(SOCK_SEQPACKET) }
        let prefixes: [StaticString] = ["", "ops: ", "deploy: "]
        for (pair, prefix) in zip(pairs, prefixes) {
            pair.connection.onPrefix = { _ in prefix }
            feed.add(pair.connection)
        }
        for number in 0..<5 { feed.push("\(number)") }
        loop.settle()
        for (pair, prefix) in zip(pairs, prefixes) {
            pair.peer.receive()
            // One write has them all.
            #expect(pair.peer.reads == [(0..<5).map { "\(prefix)\($0)\n" }.joined()])
        }
    }

    @Test func thePrefixMayDifferBetweenLinesAndUnwantedOnesAreLeftOut() throws {
        let feed = Feed(bytes: 50, takesPrefix: true)
        let (connection, peer) = try loop.pair()
        connection.onPrefix = { $0 % 2 == 0 ? "even " : "odd " }
        connection.onWants = { _, number in number % 3 != 0 }
        feed.add(connection)
        // The ring is small, so that lines go around its end.
        for number in 0..<60 {
            feed.push("\(number)")
            loop.settle()
        }
        peer.receive()
        let wanted = (0..<60).filter { $0 % 3 != 0 }
        #expect(peer.text == wanted.map { ($0 % 2 == 0 ? "even " : "odd ") + "\($0)\n" }.joined())
    }

    @Test func aBacklogComesInSeveralWrites() throws {
        let feed = Feed(takesPrefix: true)
        let (connection, peer) = try loop.pair()
        connection.onPrefix = { _ in "p " }
        feed.add(connection)
        let count = LineRuns.capacity * 3 + 1
        for number in 0..<count { feed.push("\(number)") }
        loop.turn(until: {
            peer.receive()
            return connection.feedCursor == nil
        })
        peer.receive()
        #expect(peer.text == (0..<count).map { "p \($0)\n" }.joined())
    }

    /// A write may end within a prefix, at its end, within a line and between two lines.
    @Test func aLineAndItsPrefixMayBeCutAtEveryByte() throws {
        let lineLength = 190
        let prefix: StaticString = "prefix of 20 bytes: "
        let whole = lineLength + prefix.utf8CodeUnitCount
        func line(_ number: Int, length: Int) -> String {
            let text = "\(number) "
            return text + String(repeating: "x", count: max(0, length - 1 - text.utf8.count))
        }
        var cuts: Set<Int> = []
        for firstLength in lineLength..<lineLength + whole {
            let feed = Feed(takesPrefix: true)
            let (connection, peer) = try loop.pair(sendBuffer: 4096)
            connection.onPrefix = { _ in prefix }
            feed.add(connection)
            let lines = (0..<60).map { line($0, length: $0 == 0 ? firstLength : lineLength) }
            for line in lines { feed.push(line) }
            loop.settle()
            cuts.insert(connection.outputBytes)
            connection.send("own\n")
            loop.turn(until: {
                peer.receive()
                return connection.feedCursor == nil && connection.outputBytes == 0
            })
            peer.receive()
            let parts = peer.text.split(separator: "own\n", omittingEmptySubsequences: false)
            let expected = lines.map { "\(prefix)\($0)\n" }.joined()
            guard parts.count == 2, parts.joined() == expected, parts[0].hasSuffix("\n") || parts[0].isEmpty else {
                Issue.record("after a cut \(cuts) with a first line of \(firstLength) bytes")
                return
            }
        }
        // The rest of a line and its prefix has had every length.
        #expect(cuts == Set(0..<whole))
    }

    @Test func aRingOfAFormTakesAPrefixIfItsMessagesHaveATopic() {
        let rings = FeedRings(bytes: 100, lines: 10)
        for framing in Framing.allCases {
            #expect(rings.ring(for: framing).takesPrefix == [.ntfy(.json), .ntfy(.sse), .ntfy(.ws)].contains(framing))
        }
    }
}
