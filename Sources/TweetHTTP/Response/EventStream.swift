/// Signs of life in streams that do not end: server-sent events (WHATWG HTML, 9.2) and JSON lines.
public enum EventStream {
    /// The media type of server-sent events.
    public static let mediaType = MediaType("text", "event-stream")
    /// A comment, which keeps the connection alive and means nothing.
    public static let heartbeat: [UInt8] = Array(": heartbeat\n\n".utf8)
    /// The event for a client whose last event is not one of this server's: what follows comes after another one.
    ///
    /// Its `id` takes the place of the client's, so that the client does not name the wrong one again.
    public static func rewound(to id: Int64) -> [UInt8] {
        Array("id: \(id)\nevent: rewound\ndata: {\"seq\":\(id)}\n\n".utf8)
    }

    /// An empty line between JSON lines, which keeps the connection alive.
    public static let lineHeartbeat: [UInt8] = [.lineFeed]
}
