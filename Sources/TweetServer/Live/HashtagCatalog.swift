import TweetModel

/// The hashtags that were used last, and how often each was used; no I/O.
///
/// It is filled from the store when a client first asks for it and kept true by each upload from then on, so that a
/// server whose clients never ask pays nothing. A table of the store would cost every upload another row to change.
/// Counts are brought up to date when they are asked for: what was counted once is not counted again.
struct HashtagCatalog {
    /// The known facts about one hashtag.
    struct Use {
        /// The sequence of the newest tweet that has it.
        var newest: SequenceNumber
        /// Tweets that have it, up to ``countedThrough``.
        var count = 0
        var countedThrough: SequenceNumber = 0

        var isCounted: Bool { countedThrough >= newest }
    }

    /// Rows that looking up one hashtag or one tweet counts as.
    static let rowsPerLookUp = 16

    /// Hashtags of the store up to this key were read, those after it are still to come; nil when all were.
    private(set) var lastReadKey: String? = ""
    private var uses: [String: Use] = [:]
    /// All keys, those that were used last first; nil when that has changed since they were sorted.
    private var sortedKeys: [String]?

    subscript(key: String) -> Use? { uses[key] }

    /// The keys of the hashtags that were used last, those first.
    ///
    /// - Complexity: they are sorted once after each use, however many clients ask.
    mutating func latest(_ count: Int) -> ArraySlice<String> {
        let keys =
            sortedKeys ?? uses.sorted { ($1.value.newest, $0.key) < ($0.value.newest, $1.key) }.map(\.key)
        sortedKeys = keys
        return keys.prefix(count)
    }

    // MARK: Events

    /// A tweet has become durable.
    mutating func note(_ tweet: Tweet) {
        // Before the first hashtag was read nobody has asked, and this one is read with the others.
        guard lastReadKey != "" else { return }
        for tag in tweet.text.hashtags { note(tag.key, newest: tweet.sequence) }
    }

    /// The next hashtag of the store was read; nil at their end.
    mutating func noteRead(_ next: (key: String, newest: SequenceNumber)?) {
        lastReadKey = next?.key
        guard let next else { return }
        note(next.key, newest: next.newest)
    }

    /// More tweets of a hashtag were counted.
    mutating func noteCounted(_ key: String, _ counted: (count: Int, through: SequenceNumber)) {
        uses[key]?.count += counted.count
        uses[key]?.countedThrough = counted.through
    }

    private mutating func note(_ key: String, newest: SequenceNumber) {
        uses[key, default: Use(newest: newest)].newest.raise(to: newest)
        sortedKeys = nil
        // Forgotten many at a time, so that each costs next to nothing.
        guard uses.count >= 2 * ServerLimits.rememberedTags else { return }
        let kept = latest(ServerLimits.rememberedTags)
        uses = Dictionary(uniqueKeysWithValues: kept.map { ($0, uses[$0] ?? Use(newest: 0)) })
        sortedKeys = nil
    }
}

extension SequenceNumber {
    fileprivate mutating func raise(to other: SequenceNumber) { self = Swift.max(self, other) }
}
