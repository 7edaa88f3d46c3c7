public import TweetModel

/// Writes packets: each function returns one line with its line feed.
public enum PacketWriter {
    // MARK: Answers

    /// `["ok",{"seq":7,"time":"…","author":null,"text":"…","tags":["ops"]}]`.
    public static func ok(_ tweet: Tweet) -> [UInt8] { line(operation: "ok", tweet) }

    /// The answer while the session's last message is empty, and to a reset.
    public static func okEmpty() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(#"["ok","#)
        bytes.appendJSON(WireTweet(text: LastMessage.emptyText))
        bytes.append("]\n")
        return bytes
    }

    /// One tweet of a list: the `ok` that ends the list follows.
    public static func part(_ tweet: Tweet) -> [UInt8] { line(operation: "part", tweet) }

    /// The end of a list.
    public static func okCount(_ count: Int) -> [UInt8] {
        Array("[\"ok\",{\"count\":\(count)}]\n".utf8)
    }

    public static func error(_ error: WireError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(#"["error",{"code":"#)
        bytes.appendJSON(error.code.rawValue)
        bytes.append(#","message":"#)
        bytes.appendJSON(error.message)
        if let seconds = error.retryAfter {
            bytes.append(#","retry_after":"#)
            bytes.append(utf8: String(seconds))
        }
        bytes.append("}]\n")
        return bytes
    }

    /// `["ok",{"connections":{"open":7},…}]`: groups of figures.
    public static func ok(figures groups: [(name: String, figures: [(name: String, value: Int64)])]) -> [UInt8] {
        var bytes = Array(#"["ok",{"#.utf8)
        for (index, group) in groups.enumerated() {
            if index > 0 { bytes.append(",") }
            bytes.appendJSON(group.name)
            bytes.append(":{")
            for (index, figure) in group.figures.enumerated() {
                if index > 0 { bytes.append(",") }
                bytes.appendJSON(figure.name)
                bytes.append(":")
                bytes.append(utf8: String(figure.value))
            }
            bytes.append("}")
        }
        bytes.append("}]\n")
        return bytes
    }

    /// `["ok",{}]`.
    public static func okDone() -> [UInt8] { Array("[\"ok\",{}]\n".utf8) }

    /// The answer to a follow: later tweets have later sequences.
    public static func ok(following sequence: SequenceNumber) -> [UInt8] {
        Array("[\"ok\",{\"seq\":\(sequence)}]\n".utf8)
    }

    /// The answer after taking a name: the name as spelled, and the number of pending messages.
    public static func ok(_ name: Name, pending: Int) -> [UInt8] {
        Array("[\"ok\",{\"name\":\"\(name.string)\",\"pending\":\(pending)}]\n".utf8)
    }

    /// The answer after a log-in by a token that may not read messages: the name as spelled.
    public static func ok(_ name: Name) -> [UInt8] { Array("[\"ok\",{\"name\":\"\(name.string)\"}]\n".utf8) }

    public static func ok(_ message: WireMessage) -> [UInt8] { line("ok") { $0.appendJSON(message) } }
    public static func part(_ message: WireMessage) -> [UInt8] { line("part") { $0.appendJSON(message) } }
    public static func ok(_ person: WirePerson) -> [UInt8] { line("ok") { $0.appendJSON(person) } }
    public static func part(_ person: WirePerson) -> [UInt8] { line("part") { $0.appendJSON(person) } }

    /// One hashtag of a list.
    public static func part(_ tag: WireTag) -> [UInt8] { line("part") { $0.appendJSON(tag) } }

    /// One blocked name of a list.
    public static func part(_ block: WireBlock) -> [UInt8] { line("part") { $0.appendJSON(block) } }

    /// A new token, with the token itself.
    public static func ok(_ token: WireToken) -> [UInt8] { line("ok") { $0.appendJSON(token) } }

    /// One token of a list.
    public static func part(_ token: WireToken) -> [UInt8] { line("part") { $0.appendJSON(token) } }

    // MARK: Pushes

    /// A new tweet, for followers.
    public static func push(_ tweet: Tweet) -> [UInt8] { line(operation: "tweet", tweet) }

    /// The end of following for a client that was too slow: the missing tweets have later sequences.
    public static func lagged(_ sequence: SequenceNumber) -> [UInt8] {
        Array("[\"lagged\",{\"seq\":\(sequence)}]\n".utf8)
    }

    public static func joined(_ name: Name, _ time: Timestamp) -> [UInt8] { notice("joined", name, time) }
    public static func left(_ name: Name, _ time: Timestamp) -> [UInt8] { notice("left", name, time) }

    /// A private message, for a recipient who is online.
    public static func push(_ message: WireMessage) -> [UInt8] { line("message") { $0.appendJSON(message) } }

    private static func notice(_ operation: StaticString, _ name: Name, _ time: Timestamp) -> [UInt8] {
        line(operation) { bytes in
            bytes.append(#"{"name":"#)
            bytes.appendJSON(name.string)
            bytes.append(#","time":""#)
            time.append(to: &bytes)
            bytes.append(#""}"#)
        }
    }

    // MARK: Lines

    private static func line(operation: StaticString, _ tweet: Tweet) -> [UInt8] {
        line(operation, capacity: 128 + tweet.text.string.utf8.count) { $0.appendJSON(WireTweet(tweet)) }
    }

    /// Writes one line: an operation and a body, which the closure writes.
    static func line(_ operation: StaticString, capacity: Int = 256, _ body: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(capacity)
        bytes.append("[\"")
        bytes.append(operation)
        bytes.append("\",")
        body(&bytes)
        bytes.append("]\n")
        return bytes
    }
}
