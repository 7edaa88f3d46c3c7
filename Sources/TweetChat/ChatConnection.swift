import CSystem
import TweetClient
import TweetSystem
import TweetWire

/// A non-blocking stream to a server: bytes that cannot be sent at once are buffered.
final class ChatConnection {
    private let socket: Descriptor
    private let server: ServerName
    private var output: [UInt8] = []
    private var sent = 0
    private var answers = AnswerReader()

    /// Takes over a socket that is connected to a server.
    init(_ socket: consuming Descriptor, to server: ServerName) {
        self.socket = consume socket
        self.server = server
        // Disconnects from a vanished server, and sends short lines without delay; the chat also works without these
        // options.
        try? self.socket.giveUpVanishedPeer(after: SocketLimits.vanishedPeer)
        _ = csystem_set_option(self.socket.number, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// The descriptor to poll and the events to wait for.
    var pollEntry: pollfd {
        pollfd(fd: socket.number, events: Int16(POLLIN | (sent < output.count ? POLLOUT : 0)), revents: 0)
    }

    // MARK: Sending

    /// Sends as much as the kernel takes and keeps the rest.
    ///
    /// The rest is bounded by the requests that may be in flight.
    func send(_ bytes: [UInt8]) {
        output += bytes
        flush()
    }

    func flush() {
        while sent < output.count {
            do throws(Errno) {
                sent += try output.withUnsafeBufferPointer { bytes throws(Errno) in
                    try socket.send(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[sent...]))
                }
            } catch {
                if error.wouldBlock { return }
                // The server may have said why it closes: reading returns that first, and then the end.
                break
            }
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
            do throws(Errno) {
                let count = try socket.read(into: buffer)
                if count == 0 { return .broken("the server closed the connection") }
                return take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), body)
            } catch {
                return error.wouldBlock ? nil : .broken("\(error)")
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
