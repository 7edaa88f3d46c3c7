import CSystem
import TweetModel
public import TweetSystem

/// A TCP stream to a server; every wait has an end.
public struct ClientConnection: ~Copyable {
    private let socket: Descriptor

    /// Connects to one address, a socket of this machine for one.
    ///
    /// - Throws: why it cannot; `ETIMEDOUT` also when the moment is over first.
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

    /// Takes over a socket that is connected.
    init(_ socket: consuming Descriptor) {
        self.socket = socket
    }

    /// The socket's number; valid as long as the connection lives.
    var number: CInt { socket.number }

    /// Has the kernel end the connection once the server has vanished.
    borrowing func giveUpVanishedServer() {
        // Where it cannot be had the connection is as good as without.
        try? socket.giveUpVanishedPeer(after: SocketLimits.vanishedPeer)
    }

    /// Sends all bytes.
    ///
    /// - Returns: false when the moment was over first.
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

    /// Waits for bytes and takes what is there.
    ///
    /// - Returns: how many; 0 at the end of the stream, nil when the moment was over first.
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

    /// Waits for bytes no longer than somebody reads a stream of this process.
    ///
    /// - Returns: false when nobody does any more.
    public borrowing func wait(until moment: Instant, orEndOf stream: StandardStream) throws(Errno) -> Bool {
        try Poll.wait(for: socket, orEndOf: stream, until: moment)
    }

    private static func wait(
        for socket: borrowing Descriptor, toWrite: Bool, until moment: Instant
    ) throws(Errno) -> Bool {
        try Poll.wait(for: socket, toWrite: toWrite, until: moment)
    }
}
