import CSystem
import TweetClient
import TweetStore
import TweetSystem
import TweetTLS
import TweetWire

/// The operator's connection to the running server of a data directory.
enum ControlSocket {
    static func connect(to directory: String, until: Instant) throws(Errno) -> ClientConnection {
        try ClientConnection(to: try .unix(path: DataDirectory.controlPath(in: directory)), until: until)
    }

    /// Sends a request and reads the first line of the answer.
    ///
    /// - Returns: the line without its line feed; empty if the server has closed the connection.
    static func answer(
        to request: Request, on connection: borrowing ClientConnection, until: Instant
    ) throws(TLSFailure) -> [UInt8] {
        _ = try connection.send(PacketWriter.request(request), until: until)
        var answer: [UInt8] = []
        try withUnsafeTemporaryAllocation(byteCount: WireLimits.lineBytes, alignment: 1) {
            buffer throws(TLSFailure) in
            while !answer.contains(UInt8(ascii: "\n")), answer.count < WireLimits.lineBytes {
                guard let count = try connection.receive(into: buffer, until: until), count > 0 else { return }
                answer += buffer[..<count]
            }
        }
        return Array(answer.prefix { $0 != UInt8(ascii: "\n") })
    }
}
