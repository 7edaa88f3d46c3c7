/// Bounds of the protocol: what one line, one request and one connection may hold.
///
/// Each has a unit and a reason.
public enum WireLimits {
    /// Bytes of one line on the wire, its line feed included.
    public static let lineBytes = 8192
    /// Nested arrays and objects in one packet: a packet needs three.
    public static let packetDepth = 16
    /// Members of one packet's body: a request needs four; each is compared with all before it.
    public static let packetMembers = 32
    /// Tweets that one download may ask for.
    public static let downloadCount = 1000
    /// Names that one private message may go to.
    public static let messageRecipients = 16
    /// Messages that one request may mark as read: as many sequences of 18 digits as a line takes.
    public static let messagesRead = 400
    /// Hashtags that one connection may follow; all tweets together are one more.
    public static let followedTags = 64
    /// Bytes of memory of one connection's uploads that may be under way at once: at most 160 short ones, which one commit
    /// stores; with what else a connection holds it stays below 64 KiB.
    public static let uploadBytesUnderWay = 40_960
    /// Bytes that an upload under way counts for besides its text: about what its entry, its id and its reply take.
    public static let uploadOverheadBytes = 256
}
