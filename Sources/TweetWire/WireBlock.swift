public import TweetModel

/// A blocked name of a list as a packet carries it: only its types are validated, since the server may be a newer one.
public struct WireBlock: Hashable, Sendable {
    public var name: String
    /// The time since which the account takes no messages from the name.
    public var time: Timestamp?

    public init(name: String, time: Timestamp? = nil) {
        self.name = name
        self.time = time
    }

    init(_ members: [Packet.Member]) throws(WireError) {
        self.init(name: try members.string("name"), time: try members.time("blocked"))
    }
}
