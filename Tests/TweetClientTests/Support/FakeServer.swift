import CSystem
import Foundation
import Synchronization
import TweetSystem

@testable import TweetClient

/// A server on a free loopback port that plays one scene for each connection, in order, on a thread of its own.
final class FakeServer: Sendable {
    /// The server's step once the request's line has arrived.
    enum Scene: Sendable {
        case answer([UInt8])
        /// One byte at a time, each sent by itself.
        case trickle([UInt8])
        /// Bytes, and then the end of the stream.
        case hangUp(after: [UInt8])
        /// Bytes, and then a reset.
        case reset(after: [UInt8])
        /// Nothing, until the client goes.
        case silence
        /// Closed before the request is read.
        case slam
        /// Moves one after the other, and then the end of the stream.
        case script([Move])
    }

    /// The server's steps on a connection after its first request.
    enum Move: Sendable {
        case send(String)
        /// Waits for another line.
        case read
        /// Waits until the client goes.
        case untilTheEnd
    }

    let address: SocketAddress
    private let requests = Mutex<[String]>([])
    private let isOver = DispatchSemaphore(value: 0)

    init(_ scenes: [Scene]) throws {
        let listener = try Descriptor.listener(at: try loopback(port: 0), backlog: 16)
        address = try listener.localAddress()
        // A closure that escapes cannot own a descriptor: the thread takes over a number of its own.
        let number = try valueOrErrno { dup(listener.number) }
        Thread.detachNewThread { [self] in
            let listener = Descriptor(owning: number)
            for scene in scenes {
                guard play(scene, listener) else { break }
            }
            isOver.signal()
        }
    }

    /// The requests that came, in order, once all scenes are over.
    func waitForRequests() -> [String] {
        isOver.wait()
        isOver.signal()
        return requests.withLock { $0 }
    }

    private func play(_ scene: Scene, _ listener: borrowing Descriptor) -> Bool {
        do {
            guard try Poll.wait(for: listener, toWrite: false, until: .now + .seconds(60)) else { return false }
            var from: SocketAddress?
            let connection = try listener.accept(from: &from)
            if case .slam = scene { return true }
            let request = try readLine(connection)
            requests.withLock { $0.append(request) }
            switch scene {
            case .answer(let bytes): try send(bytes, connection)
            case .trickle(let bytes): for byte in bytes { try send([byte], connection) }
            case .hangUp(let bytes):
                try send(bytes, connection)
                return true
            case .reset(let bytes):
                try send(bytes, connection)
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(connection.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
                return true
            case .silence, .slam: break
            case .script(let moves):
                for move in moves { try make(move, connection) }
                return true
            }
            while try !readLine(connection).isEmpty {}
            return true
        } catch {
            // The client has gone in the middle of a scene: the next one follows.
            return true
        }
    }

    private func make(_ move: Move, _ connection: borrowing Descriptor) throws {
        switch move {
        case .send(let text): try send(Array(text.utf8), connection)
        case .read:
            let line = try readLine(connection)
            requests.withLock { $0.append(line) }
        case .untilTheEnd: while try !readLine(connection).isEmpty {}
        }
    }

    /// Reads up to a line feed; empty at the end of the stream.
    private func readLine(_ connection: borrowing Descriptor) throws -> String {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard try Poll.wait(for: connection, toWrite: false, until: .now + .seconds(60)) else { break }
            var byte: UInt8 = 0
            let count = try withUnsafeMutableBytes(of: &byte) { try connection.read(into: $0) }
            if count == 0 { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }

    private func send(_ bytes: [UInt8], _ connection: borrowing Descriptor) throws {
        var sent = 0
        while sent < bytes.count {
            do {
                let rest = bytes[sent...]
                sent += try rest.withUnsafeBytes { try connection.send($0) }
            } catch let error as Errno where error.wouldBlock {
                _ = try Poll.wait(for: connection, toWrite: true, until: .now + .seconds(60))
            }
        }
    }
}

/// A connector to a server whose addresses are given.
func connector(to addresses: [SocketAddress]) -> Connector {
    let server = ServerName(host: "a.test", port: addresses.first?.port ?? 0)
    return Connector(to: server, at: addresses)
}

/// The address of this machine for itself.
func loopback(port: UInt16) throws -> SocketAddress {
    try SocketAddress.lookup(host: "127.0.0.1", port: port)[0]
}

/// A listener whose queue is full, so that who connects gets no answer at all; see listen(2).
final class FullListener: Sendable {
    let address: SocketAddress
    private let listener: Descriptor
    private let queued: ConnectingSocket
    private let waiting: ConnectingSocket

    init() throws {
        let listener = try Descriptor.listener(at: try loopback(port: 0), backlog: 0)
        address = try listener.localAddress()
        queued = try Descriptor.connecting(to: address)
        waiting = try Descriptor.connecting(to: address)
        self.listener = listener
    }
}
