import TweetModel
import TweetWire

/// The body of a packet that is written member by member.
struct PacketBody {
    private var members: [UInt8] = []

    private mutating func begin(_ key: String) {
        if !members.isEmpty { members.append(",") }
        members.appendJSON(key)
        members.append(":")
    }

    mutating func add(_ key: String, integer: Int64) {
        begin(key)
        members.appendJSON(integer)
    }

    mutating func add(_ key: String, string: String) {
        begin(key)
        members.appendJSON(string)
    }

    mutating func add(_ key: String, strings: [String]) {
        begin(key)
        members.appendJSON(strings)
    }

    mutating func add(_ key: String, bool: Bool) {
        begin(key)
        members.append(bool ? "true" : "false")
    }

    /// Adds the member for hashtags; none for none.
    mutating func add(tags: [String]) {
        if tags.isEmpty { return }
        if tags.count == 1 {
            begin("tag")
            members.appendJSON(tags[0])
        } else {
            begin("tags")
            members.appendJSON(tags)
        }
    }

    /// The whole packet; a body without members is the empty string.
    func packet(_ operation: StaticString) -> [UInt8] {
        Self.packet(operation, members.isEmpty ? Array("\"\"".utf8) : Array("{".utf8) + members + Array("}".utf8))
    }

    /// The packet of an operation and its body as JSON.
    static func packet(_ operation: StaticString, _ body: [UInt8]) -> [UInt8] {
        var packet: [UInt8] = []
        packet.append("[\"")
        packet.append(operation)
        packet.append("\",")
        packet += body
        packet.append("]")
        return packet
    }
}
