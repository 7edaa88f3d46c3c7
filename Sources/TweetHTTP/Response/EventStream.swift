/// Lines of streams that do not end: server-sent events (WHATWG HTML, 9.2) and JSON lines.
public enum EventStream {
    /// The media type of server-sent events.
    public static let mediaType = MediaType("text", "event-stream")
    /// A comment, which keeps the connection alive and means nothing.
    public static let heartbeat: [UInt8] = Array(": heartbeat\n\n".utf8)
    /// An empty line between JSON lines, which keeps the connection alive.
    public static let lineHeartbeat: [UInt8] = [.lineFeed]

    /// Makes an event.
    ///
    /// - Parameters:
    ///   - data: the event's data; each of its lines becomes a field of its own, whatever ends it, so that no data can
    ///     begin another event.
    ///   - name: the event's type; nil for `message`.
    ///   - id: the number that a client repeats in Last-Event-ID when it connects again.
    public static func event(_ data: UnsafeRawBufferPointer, name: StaticString? = nil, id: Int64? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 64)
        if let id {
            bytes.append("id: ")
            bytes.append(decimal: Int(id))
            bytes.append("\n")
        }
        if let name {
            bytes.append("event: ")
            bytes.append(name)
            bytes.append("\n")
        }
        bytes.append("data: ")
        var previous: UInt8 = 0
        for byte in data {
            // CRLF ends one line, not two.
            let isSecond = byte == .lineFeed && previous == .carriageReturn
            previous = byte
            if isSecond { continue }
            if byte == .lineFeed || byte == .carriageReturn { bytes.append("\ndata: ") } else { bytes.append(byte) }
        }
        bytes.append("\n\n")
        return bytes
    }
}
