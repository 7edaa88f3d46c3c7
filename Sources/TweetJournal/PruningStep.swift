public import TweetModel

/// One step of pruning, which removes what was stored long ago: so much that the next commit takes a millisecond or two
/// longer.
///
/// A step that has not come to the end says where the next one continues. Each is an entry of its own, so what is
/// removed, and which ids are known, depends only on the entries before.
public struct PruningStep: Hashable, Sendable {
    /// The rows that one step looks at.
    public enum Kind: UInt8, CaseIterable, Sendable {
        /// Tweets that were stored before the limit.
        case tweets = 1
        /// Private messages that were stored and read before the limit: a message goes when none of its recipients has
        /// it any more.
        case messages = 2
        /// Resets of the last message before the limit, except the newest one.
        case resets = 3
    }

    public let kind: Kind
    /// Removes only what was stored before this time.
    public let limit: Timestamp
    /// Looks at rows after this sequence, in their order.
    public let start: SequenceNumber
    /// The work after which the step ends, at least 1: a row to look at is one unit, one to remove is some more.
    public let work: UInt16

    public init(_ kind: Kind, before limit: Timestamp, after start: SequenceNumber, work: UInt16) {
        self.kind = kind
        self.limit = limit
        self.start = start
        self.work = work
    }
}

/// The rows that a step has removed.
public struct PrunedRows: Sendable {
    /// A removed tweet's sequence, and the keys of its hashtags.
    public typealias PrunedTweet = (sequence: SequenceNumber, keys: [String])

    public var tweets: [PrunedTweet] = []
    public var messages = 0
    /// Removed rows of any kind.
    public var count = 0
    /// The sequence up to which the step has looked.
    public var through: SequenceNumber
    /// Whether no row is behind that.
    public var isAtEnd = false

    public init(through sequence: SequenceNumber) {
        through = sequence
    }
}
