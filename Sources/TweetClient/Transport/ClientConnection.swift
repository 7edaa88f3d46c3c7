import CSystem
import TweetModel
public import TweetSystem

/// A TCP stream to a server; every wait has a time limit.
public struct ClientConnection: ~Copyable {
    private let socket: Descriptor

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
        socket = connecting.descriptor
    }

    /// Takes over a connected socket.
    init(_ socket: consuming Descriptor) {
        self.socket = socket
    }

    /// The socket's number, valid as long as the connection exists.
    var number: CInt { socket.number }

    /// Makes the kernel end the connection if the server vanishes.
    borrowing func giveUpVanishedServer() {
        // If it is not supported, the connection works without it.
        try? socket.giveUpVanishedPeer(after: SocketLimits.vanishedPeer)
    }

    /// Sends all bytes.
    ///
    /// - Returns: false if the time limit was reached first.
    public borrowing func send(_ bytes: [UInt8], until moment: Instant) throws(Errno) -> Bool {
        var sent = 0
        while sent < bytes.count {
            do throws(Errno) {
                sent += try bytes.withUnsafeBufferPointer { bytes throws(Errno) in
                    try socket.send(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...]))
                }
            } catch {
                guard error.wouldBlock else { throw error }
                guard try Self.wait(for: socket, toWrite: true, until: moment) else { return false }
            }
        }
        return true
    }

    /// Waits for bytes and reads the available ones.
    ///
    /// - Returns: the number of bytes; 0 at the end of the stream, nil if the time limit was reached first.
    public borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer, until moment: Instant
    ) throws(Errno) -> Int? {
        while try Self.wait(for: socket, toWrite: false, until: moment) {
            do throws(Errno) {
                return try socket.read(into: buffer)
            } catch {
                guard error.wouldBlock else { throw error }
            }
        }
        return nil
    }

    /// Waits for bytes as long as a stream of this process has a reader.
    ///
    /// - Returns: false if it has none.
    public borrowing func wait(until moment: Instant, orEndOf stream: StandardStream) throws(Errno) -> Bool {
        try Poll.wait(for: socket, orEndOf: stream, until: moment)
    }

    private static func wait(
        for socket: borrowing Descriptor, toWrite: Bool, until moment: Instant
    ) throws(Errno) -> Bool {
        try Poll.wait(for: socket, toWrite: toWrite, until: moment)
    }
}
