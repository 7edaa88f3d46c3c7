import TweetHTTP
import TweetModel
import TweetReactor
import TweetWire

/// A client's connection as a WebSocket: its start, its signs of life, its end.
extension ClientHandler {
    /// Turns the connection into a WebSocket.
    func begin(_ upgrade: WebSocketUpgrade, framing: Framing = .webSocket) {
        var bytes: [UInt8] = []
        upgrade.appendAnswer(at: server.httpDate, to: &bytes)
        connection.send(bytes)
        connection.use(framing)
        connection.setInputDeadline(after: ServerLimits.pingInterval)
    }

    /// Ends the connection as its client wants it, or because it has broken a rule.
    func end(_ end: WebSocketEnd) {
        if let refusal = end.refusal, let code = end.code {
            report(.error, " was refused: ", "\(refusal), \(code.rawValue)", .refusal)
        }
        connection.send(end.frame)
        connection.finish()
        list = nil
    }

    /// Closes the connection once its output is sent; a WebSocket is told why.
    func finish(_ code: WebSocketCloseCode) {
        if conversation.framing == .webSocket, !connection.isFinishing { connection.send(WebSocketFrame.close(code)) }
        connection.finish()
    }

    /// Asks for a sign of life, unless the client has shown none for long.
    ///
    /// - Parameter isReading: whether the client's frames are being read.
    func keepAlive(_ webSocket: WebSocketConversation, isReading: Bool) {
        guard webSocket.mayLive(isReading: isReading) else {
            return connection.close(.silent, saying: WebSocketFrame.close(.policyViolation, "no sign of life"))
        }
        // Whatever waits to be sent says as much, and a client that does not read it has its own limit.
        if connection.outputBytes == 0 { connection.send(Self.ping) }
        connection.setInputDeadline(after: ServerLimits.pingInterval)
    }

    private static let ping = WebSocketFrame.ping(UnsafeRawBufferPointer(start: nil, count: 0))

    /// The last bytes for a connection that is closed at once; none for a client that would take them for an answer.
    ///
    /// - Parameters:
    ///   - error: the reason, for clients that read packets; nil for none.
    ///   - code: the reason for a WebSocket.
    func farewell(_ error: WireError?, _ code: WebSocketCloseCode) -> [UInt8] {
        // ntfy has no packets.
        let packet = ntfy == nil ? error.map { PacketWriter.error($0) } ?? [] : []
        switch conversation.framing {
        case .webSocket?:
            return (packet.isEmpty ? [] : Framing.webSocket.bytes(of: packet)) + WebSocketFrame.close(code)
        case .original?: return []
        // Whatever comes between two answers of HTTP is taken for the next one.
        default: return conversation.http == nil ? packet : []
        }
    }
}
