/// Bounds of what clients can make the server hold or do, and of how long it waits for them.
///
/// Each has a unit and a reason.
public enum ServerLimits {
    /// Hashtags that the server remembers as those used last: as many as one list may have.
    public static let rememberedTags = 1000
    /// Rows that a list of tweets looks at in one turn of the loop, whether it sends them or not: about a millisecond.
    public static let listLookUps = 256
    /// Rows that a list of hashtags reads in one turn of the loop: about a tenth of a millisecond.
    public static let hashtagRows = 1024
    /// Bytes of unsent output above which a connection's requests wait: its high-water mark.
    public static let outputHighWater = 8192
    /// Bytes of a list's lines that are made in one turn of the loop: more means fewer turns, and more memory for a
    /// client that does not read them.
    public static let listBytes = 24_576
    /// The time from accepting a connection to its first whole line.
    public static let firstLine: Duration = .seconds(10)
    /// Bytes of pushed lines that are kept for followers that are behind; see ``feedLines``.
    public static let feedBytes = 4 << 20
    /// Pushed lines that are kept: a follower that is further behind goes on from the store.
    public static let feedLines = 16_384
    /// People who are told in one turn of the loop that somebody has joined or left.
    public static let noticesPerTurn = 64
    /// The pause between two waves of such notices: what happens meanwhile is told at once.
    public static let noticePause: Duration = .milliseconds(20)
    /// Bytes of unsent output above which a connection that gets another private message is closed: it does not read.
    public static let messageBacklogBytes = 65_536
    /// Passwords that are hashed at once, each with 64 MiB of memory and a core.
    public static let passwordsAtOnce = 2
    /// Passwords that wait for that; beyond them a client is told that the server is busy.
    public static let passwordsWaiting = 16
    /// Places beyond those for the operator, who has to get in when strangers have taken all others.
    public static let passwordsOfOperator = 2
    /// How far a tweet's time may be ahead of the server's clock and still count as fresh: more than clocks are adjusted
    /// by while they run.
    public static let clockTolerance: Duration = .seconds(5)
    /// The time for what is under way when the server is told to stop.
    public static let stop: Duration = .seconds(5)
    /// Bytes of reports waiting for a standard output that is not read; more are dropped and counted.
    public static let standardOutputBacklogBytes = 65_536
}
