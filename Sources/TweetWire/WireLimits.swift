/// Bounds of the protocol: for one line, one request and one connection.
///
/// Each has a unit and a reason.
public enum WireLimits {
    /// Bytes of one line on the wire, including its line feed.
    public static let lineBytes = 8192
    /// Nested arrays and objects in one packet: a packet needs three.
    public static let packetDepth = 16
    /// Members of one packet's body: a request needs four; each is compared with all earlier ones.
    public static let packetMembers = 32
    /// Bytes of a key as it is written, perhaps with escapes; the longest one in use has 7 characters.
    public static let keyBytes = 64
    /// Tweets that one download may ask for.
    public static let downloadCount = 1000
    /// Names that one private message may go to.
    public static let messageRecipients = 16
    /// Messages that one request may mark as read: as many sequences of 18 digits as a line takes.
    public static let messagesRead = 400
    /// Hashtags that one connection may follow; the feed of all tweets is one more.
    public static let followedTags = 64
    /// Bytes of all hashtags of one request, and of all that one connection follows, counted like those of a tweet: 64 of
    /// the longest hashtags would be 128 KiB.
    public static let followedTagBytes = 4096
    /// The time after which a token for scripts expires at the latest, if it expires: ten years.
    public static let tokenLifetime: Duration = .seconds(315_360_000)
    /// The same for a session's token: a browser that is not used for three months has to log in again.
    public static let sessionLifetime: Duration = .seconds(7_776_000)
    /// Bytes of memory that one connection's uploads may occupy in flight: 140 of 100 bytes, which one commit stores.
    ///
    /// Together with the rest of a connection's memory this is below 64 KiB.
    public static let uploadBytesUnderWay = 40_960
    /// Bytes that an upload in flight counts for besides its text: the size of its entry and its reply (measured: 176 on
    /// average).
    public static let uploadOverheadBytes = 192
    /// Bytes that its id counts for besides its characters: the header of a string.
    public static let uploadIDOverheadBytes = 32
}
