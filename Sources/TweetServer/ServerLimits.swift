/// Bounds on the memory and work that clients can cause, and on how long the server waits for them.
///
/// Each has a unit and a reason.
public enum ServerLimits {
    /// Recent hashtags that the server remembers: as many as one list may have.
    public static let rememberedTags = 1000
    /// Requests after which a connection looks whether it has used its share of the turn.
    static let requestsPerLook = 16
    /// Rows that a list of tweets reads before it looks whether it has used its share of the turn, whether it sends them
    /// or not: about a quarter of a millisecond.
    public static let listLookUps = 64
    /// The longest time after which the server looks again whether a connection's token has expired: the clock that tells
    /// the time of day may be set.
    static let expiryLook: Duration = .seconds(3600)
    /// Entries of the journal that are applied to the live state in one turn of the loop: with writing their answers,
    /// about a millisecond.
    static let entriesPerTurn = 128
    /// Entries under way above which heavy connections wait with further requests, so that the next commit, for which
    /// the others wait, takes only some milliseconds; and from which entries do not wait for those of the next turn.
    static let entriesOfHeavy = 256
    /// Entries under way above which a connection waits that has some of them.
    static let entriesOfLight = 1024
    /// Rows that a list of hashtags reads in one turn of the loop: about a tenth of a millisecond.
    public static let hashtagRows = 1024
    /// Bytes of unsent output above which a connection's requests wait: the high-water mark.
    public static let outputHighWater = 8192
    /// Bytes of a list's lines that are queued in one turn of the loop: more means fewer turns, but more memory for a
    /// client that does not read.
    public static let listBytes = 24_576
    /// Networks whose allowances are remembered; more only as long as they are connected, see ``Visitors``.
    static let visitors = 10_000
    /// Accounts that one ``Site`` may make: a class that signs up at once, and then about one a minute.
    static let signUps = TokenBucket.Rate(burst: 50, perHour: 50)
    /// Names that the guests of one ``Site`` may hold at a time: enough for a large chat behind one address, and few of
    /// all names.
    static let guestNames = 4000
    /// The time after which a guest's name may be free again.
    static let guestNamePause: Duration = .seconds(10)
    /// Descriptors for everything but clients: the store, the log and its rotation, a backup, the listeners.
    static let reservedDescriptors = 32
    /// Connections of a site that are looked at for the one that has been idle longest.
    static let idleLooks = 64
    /// Sites that are looked at for one that can give a connection: if so many cannot, there is no room.
    static let siteLooks = 64
    /// Bytes that one ``Site`` may store: a burst of a million messages, then 5 GB a day.
    static let storedBytes = TokenBucket.Rate(burst: 256 << 20, perSecond: 65_536)
    /// Bytes that a stored message counts for besides its text: about the size of its row and its places in the indexes.
    static let storedOverhead = 128
    /// The pause between two passes of pruning: so much longer than asked for, at most, a message is kept.
    static let pruningPause: Duration = .seconds(60)
    /// The most that the wall clock may gain on the monotonic one between two passes of pruning; after more, the next pass
    /// waits as long, so that somebody or a time service can set the clock right.
    static let clockLeap: Duration = .seconds(3600)
    /// The work of one step of pruning, in rows to look at: it removes about a hundred tweets, in a millisecond or two.
    static let pruningWork: UInt16 = 2048
    /// Reports about the refusals of one ``Site``: a burst, then one a second.
    static let refusalReports = TokenBucket.Rate(burst: 100, perSecond: 1)
    /// Reports about the accounts and names of one ``Site``.
    static let accountReports = TokenBucket.Rate(burst: 2000, perSecond: 10)
    /// Reports about the connections of one ``Site``: four for each connection.
    static let connectionReports = TokenBucket.Rate(burst: 20_000, perSecond: 400)
    /// The time after which reports that were left out are summed up.
    static let summaryInterval: Duration = .seconds(1)
    /// Networks with a line of their own when reports are summed up.
    static let summarizedNetworks = 10
    /// The time from accepting a connection to its first whole line.
    public static let firstLine: Duration = .seconds(10)
    /// The time from an answer of HTTP to the first byte of the next request; that one then has ``firstLine``.
    static let idleHTTP: Duration = .seconds(60)
    /// The interval of signs of life in a stream by HTTP: proxies often close what is silent for a minute.
    static let heartbeat: Duration = .seconds(45)
    /// The interval of the pings of a WebSocket.
    static let pingInterval: Duration = .seconds(30)
    /// Pings in a row that a client may leave without any sign of life; with one more it is taken for gone, after 90 to
    /// 120 seconds.
    static let missedPings = 2
    /// Bytes of pushed lines that are kept for followers that lag; see ``feedLines``.
    public static let feedBytes = 4 << 20
    /// Pushed lines that are kept; a follower that lags further continues from the store.
    public static let feedLines = 16_384
    /// Tweets that a connection was sent from the store and has still to pass in the ring, 8 KiB; with more it has to
    /// continue from the store.
    static let sentAhead = 1024
    /// Connections that are notified of joining and leaving in one turn of the loop.
    public static let noticesPerTurn = 24
    /// The pause between two waves of such notices; notices that come meanwhile share the next wave.
    public static let noticePause: Duration = .milliseconds(20)
    /// Bytes of unsent output above which another private message disconnects a client that does not read.
    public static let messageBacklogBytes = 32_768
    /// Passwords that are hashed at the same time, each with 64 MiB of memory and a core.
    public static let passwordsAtOnce = 2
    /// Passwords of strangers that wait to be hashed, for a second or two; beyond them a client gets the error that the
    /// server is busy.
    public static let passwordsWaiting = 64
    /// Additional places for accounts that have logged in from the same network before.
    public static let passwordsOfKnown = 16
    /// Additional places for the operator, who must get in even when strangers have taken all others.
    public static let passwordsOfOperator = 2
    /// Passwords of a network and an account in some ``passwordMemory``s above which they come no longer before strangers.
    static let passwordsKnownLately = 16
    /// The time in which half of what a network and an account have had hashed is forgotten.
    static let passwordMemory: Duration = .seconds(10)
    /// Networks and accounts that are counted before those that have had none lately are forgotten; hashing makes some
    /// hundreds in ``passwordMemory``.
    static let passwordCounts = 4096
    /// Accounts whose networks are remembered, each with its last ones: some megabytes.
    static let knownAccounts = 50_000
    static let knownNetworks = 8
    /// The time by which a fresh tweet may be ahead of the server's clock: more than adjustments of a running clock.
    public static let clockTolerance: Duration = .seconds(5)
    /// The time for requests under way to finish when the server is stopped.
    public static let stop: Duration = .seconds(5)
    /// The time for closing the store, after which the process ends without it: together with ``stop`` less than the 15 s
    /// of the unit file in the README, and more than a busy disk takes.
    public static let close: Duration = .seconds(8)
    /// Bytes of reports that wait for an unread standard output; further reports are dropped and counted.
    public static let standardOutputBacklogBytes = 65_536
}
