import TweetHTTP

/// The streams of HTTP: packets without their brackets; and frames of WebSockets.
extension Framing {
    /// A packet's operation and its body, both without brackets and line feed: `["tweet",{"seq":7,…}]` has `tweet` and
    /// `{"seq":7,…}`.
    static func parts(_ packet: [UInt8]) -> (operation: ArraySlice<UInt8>, body: ArraySlice<UInt8>) {
        let quote = UInt8(ascii: "\"")
        let end = packet.dropFirst(2).firstIndex(of: quote) ?? packet.endIndex
        return (packet[min(2, end)..<end], packet[min(end + 2, packet.endIndex)...].dropLast(2))
    }

    static func isTweet(_ operation: ArraySlice<UInt8>) -> Bool { operation.elementsEqual("tweet".utf8) }

    static func jsonLine(_ packet: [UInt8]) -> [UInt8] {
        let (operation, body) = parts(packet)
        if isTweet(operation) { return body + [lineFeed] }
        return Array("{\"".utf8) + operation + Array("\":".utf8) + body + Array("}\n".utf8)
    }

    static func webSocketFrame(_ packet: [UInt8]) -> [UInt8] {
        // The line feed is the other framing's.
        let text = packet.last == lineFeed ? packet.dropLast() : packet[...]
        return text.withUnsafeBytes { WebSocketFrame.text($0) }
    }

    static func event(_ packet: [UInt8]) -> [UInt8] {
        let (operation, body) = parts(packet)
        var event: [UInt8] = []
        event.reserveCapacity(body.count + 48)
        if isTweet(operation) {
            // The sequence is a tweet's first member.
            let start = Array("{\"seq\":".utf8)
            if body.starts(with: start) {
                event += "id: ".utf8
                event += body.dropFirst(start.count).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
                event.append(lineFeed)
            }
        } else {
            event += "event: ".utf8
            event += operation
            event.append(lineFeed)
        }
        // A body has no line ends: JSON escapes them.
        event += "data: ".utf8
        event += body
        event += "\n\n".utf8
        return event
    }
}
