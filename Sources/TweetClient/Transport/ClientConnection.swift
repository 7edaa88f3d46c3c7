import CSystem
import TweetModel
public import TweetSystem
public import TweetTLS

/// A stream to a server; every wait has a time limit.
public struct ClientConnection: ~Copyable {
    private let transport: Transport

    /// Connects to one address, which may also be a socket file of this machine.
    ///
    /// - Throws: the error of connect(2); `ETIMEDOUT` also if the time limit is reached first.
    public init(to address: SocketAddress, until moment: Instant) throws(Errno) {
        let connecting = try Descriptor.connecting(to: address)
        if !connecting.isConnected {
            guard try Self.wait(for: connecting.descriptor, toWrite: true, until: moment) else {
                throw Errno(code: ETIMEDOUT)
            }
            try connecting.descriptor.checkConnected()
        }
        transport = .plain(connecting.descriptor)
    }

    /// Takes over a connected stream.
    init(_ transport: consuming Transport) {
        self.transport = transport
    }

    /// The socket's number, valid as long as the connection exists.
    var number: CInt { transport.number }

    /// Whether encrypted data was received or sent: the server speaks TLS and is trusted.
    var isSecured: Bool { transport.isSecured }

    /// Whether the handshake of an encrypted stream is not done yet.
    var isInHandshake: Bool { transport.isInHandshake }

    /// Whether bytes can be received although the socket may not be readable.
    var hasInput: Bool { transport.hasInput }

    /// Makes the kernel end the connection if the server vanishes.
    borrowing func giveUpVanishedServer() {
        // If it is not supported, the connection works without it.
        try? transport.withSocket { socket throws(Errno) in
            try socket.giveUpVanishedPeer(after: SocketLimits.vanishedPeer)
        }
    }

    /// Does the handshake of an encrypted stream; nothing is sent before.
    ///
    /// - Returns: false if the time limit was reached first.
    borrowing func finishHandshake(until moment: Instant) throws(TLSFailure) -> Bool {
        while let readiness = try transport.continueHandshake() {
            // A server that drips bytes makes the socket readable again and again.
            guard Instant.now < moment, try wait(for: readiness, until: moment) else { return false }
        }
        return true
    }

    /// Sends all bytes.
    ///
    /// - Returns: false if the time limit was reached first.
    public borrowing func send(_ bytes: [UInt8], until moment: Instant) throws(TLSFailure) -> Bool {
        var sent = 0
        while sent < bytes.count || transport.heldBytes > 0 {
            let transfer = try bytes[sent...].withUnsafeBufferPointer { rest throws(TLSFailure) in
                rest.isEmpty ? try flush() : try transport.send(UnsafeRawBufferPointer(rest))
            }
            switch transfer {
            case .bytes(let count): sent += count
            case .blocked(let readiness):
                guard Instant.now < moment, try wait(for: readiness, until: moment) else { return false }
            case .ended: return true
            }
        }
        return true
    }

    private borrowing func flush() throws(TLSFailure) -> Transfer {
        try transport.flush() ? .bytes(0) : .blocked(until: .writable)
    }

    /// Waits for bytes and reads the available ones.
    ///
    /// - Returns: the number of bytes; 0 at the end of the stream, nil if the time limit was reached first.
    public borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer, until moment: Instant
    ) throws(TLSFailure) -> Int? {
        // A plain stream hardly ever has an answer already; an encrypted one may have decrypted it.
        if !transport.isEncrypted, try !wait(for: .readable, until: moment) { return nil }
        while true {
            switch try transport.read(into: buffer) {
            case .bytes(let count): return count
            case .ended: return 0
            case .blocked(let readiness):
                // A server that drips the bytes of a record makes the socket readable again and again.
                guard Instant.now < moment, try wait(for: readiness, until: moment) else { return nil }
            }
        }
    }

    /// Waits for bytes as long as a stream of this process has a reader.
    ///
    /// - Returns: false if it has none.
    public borrowing func wait(until moment: Instant, orEndOf stream: StandardStream) throws(Errno) -> Bool {
        if hasInput { return true }
        return try transport.withSocket { socket throws(Errno) in
            try Poll.wait(for: socket, orEndOf: stream, until: moment)
        }
    }

    private borrowing func wait(for readiness: Transfer.Readiness, until moment: Instant) throws(TLSFailure) -> Bool {
        do throws(Errno) {
            return try Poll.wait(number: number, toWrite: readiness == .writable, until: moment)
        } catch {
            throw .system(error)
        }
    }

    private static func wait(
        for socket: borrowing Descriptor, toWrite: Bool, until moment: Instant
    ) throws(Errno) -> Bool {
        try Poll.wait(for: socket, toWrite: toWrite, until: moment)
    }
}
