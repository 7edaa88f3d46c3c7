import TweetJournal
import TweetModel

/// The most recently used hashtags, and how often each was used; no I/O.
///
/// It is filled from the store when a client first asks for it, and each upload updates it from then on, so a server
/// whose clients never ask keeps none. A table in the store would make every upload change another row. Counts are
/// brought up to date when a client asks for them; each tweet is counted only once.
struct HashtagCatalog {
    /// The known facts about one hashtag.
    struct Use {
        /// The number of the hashtag in this catalog, which is never used again.
        let number: Int
        /// The sequence of the newest tweet with the hashtag.
        var newest: SequenceNumber
        /// The number of tweets with the hashtag, up to ``countedThrough``.
        var count = 0
        var countedThrough: SequenceNumber = 0
        /// The counted tweets are those that the store had at this position of the journal, or at an earlier one.
        fileprivate var countedAt = JournalPosition.start

        var isCounted: Bool { countedThrough >= newest }
    }

    /// The number of rows that one look-up of a hashtag or a tweet counts as.
    static let rowsPerLookUp = 16

    /// The key of the last hashtag that was read from the store; nil once all were read.
    private(set) var lastReadKey: String? = ""
    private var uses: [String: Use] = [:]
    /// The keys by their numbers.
    private var keys: [Int: String] = [:]
    private var lastNumber = 0
    /// The numbers of all hashtags, the most recently used first; nil if a use has changed the order since they were
    /// sorted.
    private var sorted: [Int]?

    subscript(key: String) -> Use? { uses[key] }

    /// The key of a hashtag; nil if it is forgotten.
    func key(of number: Int) -> String? { keys[number] }

    /// The numbers of the most recently used hashtags, the newest first.
    ///
    /// - Complexity: they are sorted at most once after each use, however many clients ask.
    mutating func latest(_ count: Int) -> ArraySlice<Int> {
        let numbers =
            sorted ?? uses.sorted { ($1.value.newest, $0.key) < ($0.value.newest, $1.key) }.map(\.value.number)
        sorted = numbers
        return numbers.prefix(count)
    }

    // MARK: Events

    /// Notes a tweet that has become durable.
    mutating func note(_ tweet: Tweet) {
        // Until the first client asks, nothing is kept: this tweet's hashtags are then read with the others.
        guard lastReadKey != "" else { return }
        for tag in tweet.text.hashtags { note(tag.key, newest: tweet.sequence) }
    }

    /// Notes the next hashtag that was read from the store; nil at the end.
    mutating func noteRead(_ next: (key: String, newest: SequenceNumber)?) {
        lastReadKey = next?.key
        guard let next else { return }
        note(next.key, newest: next.newest)
    }

    /// Adds to the count of a hashtag.
    ///
    /// - Parameter position: a position of the journal whose effects the count may include, but none of a later entry
    ///   that removes tweets.
    mutating func noteCounted(
        _ key: String, _ counted: (count: Int, through: SequenceNumber), at position: JournalPosition
    ) {
        uses[key]?.count += counted.count
        uses[key]?.countedThrough = counted.through
        uses[key]?.countedAt = position
    }

    /// Notes a tweet that was pruned.
    ///
    /// - Parameter position: that of the entry that has removed it.
    mutating func notePruned(_ tweet: PrunedRows.PrunedTweet, at position: JournalPosition) {
        for key in tweet.keys {
            guard var use = uses[key], tweet.sequence <= use.countedThrough else { continue }
            if position > use.countedAt {
                use.count -= 1
            } else {
                // Perhaps it was already missing when it would have been counted: all are counted again.
                use.count = 0
                use.countedThrough = 0
            }
            uses[key] = use
        }
    }

    /// Notes the newest tweet of a hashtag, after a newer one was pruned; nil if there is none left.
    mutating func noteRest(_ key: String, newest: SequenceNumber?) {
        if let newest {
            uses[key]?.newest = newest
        } else if let use = uses.removeValue(forKey: key) {
            keys[use.number] = nil
        }
        sorted = nil
    }

    private mutating func note(_ key: String, newest: SequenceNumber) {
        if uses[key]?.newest.raise(to: newest) == nil {
            lastNumber += 1
            uses[key] = Use(number: lastNumber, newest: newest)
            keys[lastNumber] = key
        }
        sorted = nil
        // Hashtags are forgotten in batches, so that each costs next to nothing.
        guard uses.count >= 2 * ServerLimits.rememberedTags else { return }
        for number in latest(.max).dropFirst(ServerLimits.rememberedTags) {
            if let key = keys.removeValue(forKey: number) { uses[key] = nil }
        }
        sorted = nil
    }
}

extension SequenceNumber {
    fileprivate mutating func raise(to other: SequenceNumber) { self = Swift.max(self, other) }
}
