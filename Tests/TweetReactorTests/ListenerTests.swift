import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// Accepting connections, and running out of descriptors for more.
struct ListenerTests {
    private let loop: TestLoop
    private let address: SocketAddress

    init() throws {
        loop = try TestLoop()
        address = try .loopback()
    }

    /// Connects; the kernel completes the connection before anybody accepts it.
    private func client(of listener: Listener) throws -> TestConnection {
        let socket = try Descriptor.connecting(to: listener.address)
        return TestConnection(socket.descriptor)
    }

    @Test func clientsThatCameBeforeItAcceptsAreAccepted() throws {
        let listener = try Listener(at: address)
        let peer = try client(of: listener)
        var accepted: [RecordingConnection] = []
        listener.start(
            loop.loop,
            accepted: { [loop] in accepted.append(RecordingConnection(loop.loop, $0, peer: $1)) },
            exhausted: { _ in Issue.record("there are descriptors") }, farewell: [])
        loop.turn(until: { !accepted.isEmpty })
        accepted.first?.send("hello")
        loop.settle()
        peer.receive()
        #expect(peer.text == "hello")
        #expect(accepted.first?.peer.description.hasPrefix("127.0.0.1:") == true)
    }

    @Test func aFloodOfClientsLeavesRoomForThoseAlreadyHere() throws {
        let listener = try Listener(at: address)
        let peers = try (0..<ConnectionLimits.acceptsPerTurn + 10).map { _ in try client(of: listener) }
        var accepted = 0
        listener.start(
            loop.loop, accepted: { _, _ in accepted += 1 }, exhausted: { _ in Issue.record("there are descriptors") },
            farewell: [])
        loop.turn()
        #expect(accepted == ConnectionLimits.acceptsPerTurn)
        loop.turn()
        #expect(accepted == peers.count)
    }

    @Test func aListenerThatGoesAcceptsNoMore() throws {
        var listener: Listener? = try Listener(at: address)
        let port = try #require(listener?.address)
        listener?.start(loop.loop, accepted: { _, _ in }, exhausted: { _ in }, farewell: [])
        listener = nil
        #expect(throws: Errno(code: ECONNREFUSED)) {
            let socket = try Descriptor.connecting(to: port)
            try socket.descriptor.checkConnected()
        }
    }

    // MARK: Exhaustion

    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func acceptingPausesWithoutSpinningAndGoesOn(code: CInt) throws {
        var calls = 0
        var isExhausted = true
        let listener = try Listener(at: address) { (descriptor, peer) throws(Errno) in
            calls += 1
            if isExhausted { throw Errno(code: code) }
            return try descriptor.accept(from: &peer)
        }
        let peer = try client(of: listener)
        var accepted: [RecordingConnection] = []
        var reports: [CInt] = []
        listener.start(
            loop.loop,
            accepted: { [loop] in accepted.append(RecordingConnection(loop.loop, $0, peer: $1)) },
            exhausted: { reports.append($0.code) }, farewell: [])
        loop.turn()
        // One call fails for the client, and one after the reserve is closed.
        #expect(calls == 2)
        #expect(reports == [code])
        // The queue is readable all the time, so only the end of the pause is an event.
        loop.turn()
        #expect(calls == 2)
        loop.turn()
        #expect(calls == 4)
        #expect(reports == [code, code])
        isExhausted = false
        loop.turn(until: { !accepted.isEmpty })
        accepted.first?.send("at last")
        loop.settle()
        peer.receive()
        #expect(peer.text == "at last")
        #expect(reports == [code, code])
    }

    /// A listener whose first call fails, and whose others succeed: as in a shortage that a freed descriptor ends.
    private func listener(failingFirstWith code: CInt) throws -> Listener {
        var calls = 0
        return try Listener(at: address) { (descriptor, peer) throws(Errno) in
            calls += 1
            if calls == 1 { throw Errno(code: code) }
            return try descriptor.accept(from: &peer)
        }
    }

    @Test func clientsForWhichThereIsNoRoomAreToldSo() throws {
        let listener = try listener(failingFirstWith: EMFILE)
        let clients = [try client(of: listener), try client(of: listener)]
        try clients[0].send("a question")
        listener.start(
            loop.loop, accepted: { _, _ in Issue.record("there was room") }, exhausted: { _ in },
            farewell: Array("full\n".utf8))
        loop.turn()
        for client in clients {
            client.receive()
            #expect(client.text == "full\n")
            #expect(client.isAtEnd)
            #expect(client.error == nil)
        }
    }

    /// An original client takes any answer and any orderly close for success.
    @Test func anOriginalClientForWhichThereIsNoRoomIsReset() throws {
        let listener = try listener(failingFirstWith: EMFILE)
        let peer = try client(of: listener)
        try peer.send("u\nhello")
        listener.start(
            loop.loop, accepted: { _, _ in Issue.record("there was room") }, exhausted: { _ in },
            farewell: Array("full\n".utf8))
        loop.turn()
        peer.receive()
        #expect(peer.text == "")
        #expect(peer.error?.code == ECONNRESET)
    }

    /// A connection that is closed to make room frees the descriptor that the next client needs.
    @Test func aClientIsAcceptedOnceRoomIsMade() throws {
        let listener = try listener(failingFirstWith: EMFILE)
        let peer = try client(of: listener)
        var (made, accepted) = (0, 0)
        listener.start(
            loop.loop, accepted: { _, _ in accepted += 1 },
            makeRoom: {
                made += 1
                return true
            }, exhausted: { _ in Issue.record("room was made") }, farewell: [])
        loop.turn()
        #expect((made, accepted) == (1, 1))
        withExtendedLifetime(peer) {}
    }

    @Test func aClientThatWasGoneBeforeItWasAcceptedIsPassedOver() throws {
        let listener = try listener(failingFirstWith: ECONNABORTED)
        let peer = try client(of: listener)
        var accepted = 0
        listener.start(
            loop.loop, accepted: { _, _ in accepted += 1 }, exhausted: { _ in Issue.record("there are descriptors") },
            farewell: [])
        loop.turn()
        #expect(accepted == 1)
        withExtendedLifetime(peer) {}
    }
}
