import CSystem
import TweetClient
import TweetSystem
import TweetTLS
import TweetWire

/// A non-blocking stream to a server: bytes that cannot be sent at once are buffered.
final class ChatConnection {
    private let transport: Transport
    /// Whether the output waits until the socket is writable; otherwise it waits for a handshake, which reads.
    private var awaitsWritable = false
    private let server: ServerName
    private let hasSpokenTLS: Bool
    private var output: [UInt8] = []
    private var sent = 0
    private var answers = AnswerReader()

    /// Takes over a stream that is connected to a server.
    ///
    /// - Parameter hasSpokenTLS: whether the server has spoken TLS before: then, that it does not is a passing fault.
    init(_ transport: consuming Transport, to server: ServerName, hasSpokenTLS: Bool) {
        self.hasSpokenTLS = hasSpokenTLS
        self.transport = transport
        self.server = server
        // Disconnects from a vanished server, and sends short lines without delay; the chat also works without these
        // options.
        try? self.transport.withSocket { socket throws(Errno) in
            try socket.giveUpVanishedPeer(after: SocketLimits.vanishedPeer)
        }
        _ = csystem_set_option(self.transport.number, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// The descriptor to poll and the events to wait for.
    var pollEntry: pollfd {
        pollfd(fd: transport.number, events: Int16(POLLIN | (awaitsWritable ? POLLOUT : 0)), revents: 0)
    }

    /// Whether the server has spoken TLS, now or before.
    var speaksTLS: Bool { hasSpokenTLS || transport.isSecured }

    /// Whether there is something to receive although the descriptor may not be readable.
    var hasInput: Bool { transport.hasInput }

    // MARK: Sending

    /// Sends as much as the kernel takes and keeps the rest.
    ///
    /// The rest is bounded by the requests that may be in flight.
    func send(_ bytes: [UInt8]) {
        output += bytes
        flush()
    }

    func flush() {
        awaitsWritable = false
        do throws(TLSFailure) {
            guard try transport.flush() else {
                awaitsWritable = true
                return
            }
            while sent < output.count {
                let transfer = try output[sent...].withUnsafeBufferPointer { rest throws(TLSFailure) in
                    try transport.send(UnsafeRawBufferPointer(rest))
                }
                guard case .bytes(let count) = transfer else {
                    awaitsWritable = transfer == .blocked(until: .writable)
                    return
                }
                sent += count
            }
            // A record that the kernel has not taken as a whole.
            awaitsWritable = transport.heldBytes > 0
        } catch {
            // The server may have said why it closes: reading returns that first, and then the end.
        }
        output.removeAll(keepingCapacity: true)
        sent = 0
    }

    // MARK: Receiving

    /// Reads the available bytes and passes each answer to the body until it returns false.
    ///
    /// - Returns: the event if the connection is broken; nil otherwise.
    func receive(_ body: (ChatMachine.Event) -> Bool) -> ChatMachine.Event? {
        withUnsafeTemporaryAllocation(byteCount: 8 * SocketLimits.readBytes, alignment: 16) { buffer in
            do throws(TLSFailure) {
                switch try transport.read(into: buffer) {
                case .bytes(let count):
                    let event = take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), body)
                    // The handshake may be done now, for which the output waited.
                    if event == nil { flush() }
                    return event
                case .ended: return .broken("the server closed the connection")
                case .blocked:
                    flush()
                    return nil
                }
            } catch {
                return error.isLasting(hasSpokenTLS: speaksTLS)
                    ? .insecure(ClientError(error, from: server).text) : .broken("\(error)")
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ body: (ChatMachine.Event) -> Bool) -> ChatMachine.Event? {
        var rest = bytes
        do throws(ClientError) {
            while let answer = try answers.next(from: &rest) {
                guard body(.received(answer)) else { return nil }
            }
            return nil
        } catch {
            return .notUnderstood(error.naming("\(server)").text)
        }
    }
}
