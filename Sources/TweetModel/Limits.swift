/// Bounds of what others can make grow or last: each has a name, a unit and a reason.
///
/// Values that are tuned and not promised stand where they are used: the store's cache, the sweep's interval, the
/// client's pauses.
public enum Limits {
    // MARK: Text

    /// Characters of a tweet as a person counts them: the original's limit.
    public static let textCharacters = 150
    /// Bytes of a tweet in UTF-8.
    ///
    /// 150 characters of any script in use take fewer; only stacked combining marks reach it.
    public static let textBytes = 4096
    /// Bytes of standard input, or of one of its lines, that a client keeps; the rest is read and dropped.
    ///
    /// They hold a message's worth of text with all the colour sequences that it is freed of.
    public static let inputBytes = 65_536
    /// Bytes of all hashtags of one tweet, so that the text and its tags together fit one line on the wire; as they are
    /// written, or as they are indexed where that is longer.
    public static let hashtagBytes = 2048
    /// Characters of a name.
    public static let nameCharacters = 20
    /// Bytes of a password: the fewest that are worth a hash, and the most that anybody types.
    public static let passwordBytes = 8...128
    /// Characters of a resume secret: the fewest that nobody guesses, and room for other ways to write 128 bits or more.
    public static let resumeSecretCharacters = 16...64
    /// Characters of an upload's id: a UUID takes 36.
    public static let uploadIDCharacters = 64

    // MARK: Wire

    /// Bytes of one line on the wire, its line feed included.
    public static let lineBytes = 8192
    /// Nested arrays and objects in one packet: a packet needs three.
    public static let packetDepth = 16
    /// Members of one packet's body: a request needs four; each is compared with all before it.
    public static let packetMembers = 32
    /// Tweets that one download may ask for.
    public static let downloadCount = 1000
    /// Hashtags that the server remembers as those used last: as many as one list may have.
    public static let rememberedTags = 1000
    /// Rows that a list of tweets looks at in one turn of the loop, whether it sends them or not: about a millisecond.
    public static let listLookUps = 256
    /// Rows that a list of hashtags reads in one turn of the loop: about a tenth of a millisecond.
    public static let hashtagRows = 1024
    /// Names that one private message may go to.
    public static let messageRecipients = 16
    /// Messages that one request may mark as read: as many sequences of 18 digits as a line takes.
    public static let messagesRead = 400
    /// Hashtags that one connection may follow; all tweets together are one more.
    public static let followedTags = 64

    // MARK: Connection

    /// Bytes read from a connection in one turn of the loop, into a buffer that all connections share.
    public static let readBytes = 8192
    /// Bytes of unsent output above which a connection's requests wait: its high-water mark.
    public static let outputHighWater = 8192
    /// Bytes of a list's lines that are made in one turn of the loop: more means fewer turns, and more memory for a
    /// client that does not read them.
    public static let listBytes = 24_576
    /// Uploads of one connection that may be under way at once.
    public static let uploadsUnderWay = 64
    /// Bytes of text of those uploads.
    public static let uploadBytesUnderWay = 16_384
    /// Milliseconds from accepting a connection to its first whole line.
    public static let firstLineMilliseconds: UInt64 = 10_000
    /// Milliseconds that output may wait for a client that does not read.
    public static let stalledOutputMilliseconds: UInt64 = 30_000
    /// Seconds that a peer may be out of reach, silent or with bytes on their way to it: for so long its name stays
    /// taken and its client waits.
    ///
    /// A little more than ``stalledOutputMilliseconds``: the kernel counts a peer that is there and does not read as one
    /// that has vanished, and the server's own rule says why it disconnects that one.
    public static let vanishedPeerSeconds: Int32 = 35
    /// Milliseconds that a refused connection's input is read and dropped, so that the answer is not lost to a reset.
    public static let lingerMilliseconds: UInt64 = 2_000
    /// Connections waiting to be accepted, as far as the kernel allows.
    public static let listenBacklog: Int32 = 4096
    /// Connections accepted in one turn of the loop, so that a flood leaves room for those already here.
    public static let acceptsPerTurn = 64
    /// Milliseconds that accepting pauses when descriptors have run out.
    public static let acceptPauseMilliseconds: UInt64 = 100

    // MARK: People

    /// Bytes of pushed lines that are kept for followers that are behind; see ``feedLines``.
    public static let feedBytes = 4 << 20
    /// Pushed lines that are kept: a follower that is further behind goes on from the store.
    public static let feedLines = 16_384
    /// People who are told in one turn of the loop that somebody has joined or left.
    public static let noticesPerTurn = 64
    /// Milliseconds between two waves of such notices: what happens meanwhile is told at once.
    public static let noticePauseMilliseconds: UInt64 = 20
    /// Bytes of unsent output above which a connection that gets another private message is closed: it does not read.
    public static let messageBacklogBytes = 65_536
    /// Passwords that are hashed at once, each with 64 MiB of memory and a core.
    public static let passwordsAtOnce = 2
    /// Passwords that wait for that; beyond them a client is told that the server is busy.
    public static let passwordsWaiting = 16
    /// Places beyond those for the operator, who has to get in when strangers have taken all others.
    public static let passwordsOfOperator = 2

    // MARK: Server

    /// Milliseconds that a tweet's time may be ahead of the server's clock and still count as fresh: more than clocks are
    /// adjusted by while they run.
    public static let clockToleranceMilliseconds: Int64 = 5_000

    /// Milliseconds for what is under way when the server is told to stop.
    public static let stopMilliseconds: UInt64 = 5_000
    /// Bytes of reports waiting for a standard output that is not read; more are dropped and counted.
    public static let standardOutputBacklogBytes = 65_536
}
