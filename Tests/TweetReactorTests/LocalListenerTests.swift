import CSystem
import TestSupport
import Testing
import TweetSystem

@testable import TweetReactor

/// A listener at a path, for clients on the same machine.
final class LocalListenerTests {
    private let loop: TestLoop
    private let path = "/tmp/ttweet-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    private let address: SocketAddress

    init() throws {
        loop = try TestLoop()
        address = try .unix(path: path)
    }

    deinit {
        unlink(path)
    }

    private func client() throws -> TestConnection {
        let socket = try Descriptor.connecting(to: address)
        return TestConnection(socket.descriptor)
    }

    @Test func clientsAreAcceptedAndAnswered() throws {
        let listener = try Listener(at: address)
        #expect(listener.address.description == path)
        let peer = try client()
        var accepted: [RecordingConnection] = []
        listener.start(
            loop.loop,
            accepted: { [loop] in accepted.append(RecordingConnection(loop.loop, $0, peer: $1)) },
            exhausted: { _ in Issue.record("there are descriptors") }, farewell: [])
        loop.turn(until: { !accepted.isEmpty })
        let connection = try #require(accepted.first)
        #expect(connection.peer.isUnix)
        #expect(connection.peer.description == "the operator")
        connection.start()
        connection.send("hello")
        try peer.send("question")
        loop.settle()
        peer.receive()
        #expect(peer.text == "hello")
        #expect(connection.offered == ["question"])
    }

    @Test func theFileIsThereAsLongAsTheListener() throws {
        var listener: Listener? = try Listener(at: address)
        listener?.start(loop.loop, accepted: { _, _ in }, exhausted: { _ in }, farewell: [])
        #expect(access(path, F_OK) == 0)
        listener = nil
        #expect(access(path, F_OK) != 0)
        #expect(throws: Errno(code: ENOENT)) { _ = try self.client() }
    }

    @Test func aListenerThatGoesLeavesTheFileOfItsSuccessor() throws {
        var first: Listener? = try Listener(at: address)
        let second = try Listener(at: address)
        #expect(first != nil)
        first = nil
        #expect(access(path, F_OK) == 0)
        let peer = try client()
        withExtendedLifetime((second, peer)) {}
    }
}
