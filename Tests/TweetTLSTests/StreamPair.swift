import CSystem
import Testing
import TweetSystem
import TweetTLS

/// The streams of a server and a client over pairs of sockets, with a relay in between that can split, cut and record.
final class StreamPair {
    /// One of the two sides.
    struct Side {
        let stream: TLSStream
        var received: [UInt8] = []
        var hasEnded = false
        var failure: TLSFailure?

        init(_ stream: TLSStream) {
            self.stream = stream
        }

        var text: String { String(decoding: received, as: UTF8.self) }

        /// Reads until it blocks, ends or fails.
        mutating func read() {
            guard !hasEnded, failure == nil else { return }
            withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 16) { buffer in
                do throws(TLSFailure) {
                    while true {
                        switch try stream.read(into: buffer) {
                        case .bytes(let count): received += buffer[..<count]
                        case .ended:
                            hasEnded = true
                            return
                        case .blocked: return
                        }
                    }
                } catch {
                    failure = error
                }
            }
        }

        /// Sends all bytes, or as many as the socket has room for.
        ///
        /// - Returns: the number of accepted bytes.
        @discardableResult
        mutating func send(_ bytes: [UInt8]) -> Int {
            var sent = 0
            do throws(TLSFailure) {
                while sent < bytes.count {
                    let transfer = try bytes[sent...].withUnsafeBufferPointer { bytes throws(TLSFailure) in
                        try stream.send(UnsafeRawBufferPointer(bytes))
                    }
                    guard case .bytes(let count) = transfer else { break }
                    sent += count
                }
            } catch {
                failure = error
            }
            return sent
        }

        mutating func send(_ text: String) { send(Array(text.utf8)) }
    }

    var server: Side
    var client: Side
    /// The relay's ends; it passes the bytes from each one to the other.
    private var nearServer: Descriptor?
    private var nearClient: Descriptor?
    private var waitingForServer = Waiting()
    private var waitingForClient = Waiting()
    /// The number of bytes in each direction after which the relay closes both ends.
    var limits = (toServer: Int.max, toClient: Int.max)
    /// The number of bytes that the relay has passed on.
    private(set) var passed = (toServer: 0, toClient: 0)

    init(
        _ accepting: TLSServerContext, _ connecting: TLSClientContext, host: String = "localhost", early: [UInt8] = []
    ) throws {
        let (serverEnd, nearServer) = try Self.pair()
        let (clientEnd, nearClient) = try Self.pair()
        server = Side(TLSStream(Descriptor(owning: serverEnd), accepting: accepting, early: early))
        client = Side(TLSStream(Descriptor(owning: clientEnd), connecting: connecting, to: host))
        self.nearServer = Descriptor(owning: nearServer)
        self.nearClient = Descriptor(owning: nearClient)
    }

    /// Makes two connected, non-blocking sockets without an owner.
    static func pair() throws(Errno) -> (CInt, CInt) {
        var numbers: [CInt] = [-1, -1]
        try valueOrErrno {
            socketpair(
                AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers)
        }
        return (numbers[0], numbers[1])
    }

    /// Lets both sides read and passes bytes on, until neither side makes progress.
    ///
    /// - Parameter step: the largest number of bytes to pass on at once.
    func run(step: Int = .max) {
        var before = -1
        while before != passed.toServer + passed.toClient {
            before = passed.toServer + passed.toClient
            repeat {
                client.read()
                if client.failure == nil { _ = try? client.stream.flush() }
            } while relayToServer(atMost: step)
            repeat {
                server.read()
                if server.failure == nil { _ = try? server.stream.flush() }
            } while relayToClient(atMost: step)
            client.read()
        }
        // A read after one that took everything does not ask the socket, so each side reads twice.
        for _ in 0..<2 {
            client.read()
            server.read()
        }
    }

    /// Passes on the client's bytes to the server.
    func passOnWithoutReading() { while relayToServer(atMost: .max) {} }

    /// Closes the relay's connections to both sides.
    func cut() { _ = finish(0, true) }

    /// Ends the relay's sending to the server, with a bare FIN.
    func endTowardsServer() { nearServer?.shutdownSending() }

    private func relayToServer(atMost step: Int) -> Bool {
        let count = waitingForServer.pass(
            &nearClient, &nearServer, atMost: min(step, limits.toServer - passed.toServer))
        passed.toServer += count
        return finish(count, passed.toServer >= limits.toServer)
    }

    private func relayToClient(atMost step: Int) -> Bool {
        let count = waitingForClient.pass(
            &nearServer, &nearClient, atMost: min(step, limits.toClient - passed.toClient))
        passed.toClient += count
        return finish(count, passed.toClient >= limits.toClient)
    }

    private func finish(_ count: Int, _ isCut: Bool) -> Bool {
        if isCut {
            // A program that another test starts may hold the descriptors for a moment, so a close alone sends no end.
            nearServer?.shutdownSending()
            nearClient?.shutdownSending()
            nearServer = nil
            nearClient = nil
        }
        return count > 0
    }
}

/// Bytes on their way in one direction.
private struct Waiting {
    private var bytes: ArraySlice<UInt8> = []

    /// - Returns: the number of bytes passed on.
    mutating func pass(_ from: inout Descriptor?, _ to: inout Descriptor?, atMost limit: Int) -> Int {
        guard limit > 0 else { return 0 }
        if bytes.isEmpty {
            bytes = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
                guard let count = try? from?.read(into: buffer) else { return [] }
                return Array(buffer[..<count])[...]
            }
        }
        let sent = bytes.prefix(limit).withUnsafeBufferPointer { bytes in
            bytes.isEmpty ? 0 : (try? to?.send(UnsafeRawBufferPointer(bytes))) ?? 0
        }
        bytes.removeFirst(sent)
        return sent
    }
}
