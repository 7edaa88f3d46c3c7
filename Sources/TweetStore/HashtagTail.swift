import TweetModel

/// The hashtags of the newest tweets, of which the store's index has no rows yet.
///
/// In a large store nearly each hashtag's newest row lies on a page of its own, so that a row written at once costs a page
/// in the log and another when the log is moved into the file. Rows are written behind instead, thousands together and in
/// the index's order: into a store of a million tweets with a thousand hashtags half as many uploads again go in a second.
/// The writer has a tail of its own, and so has each reader; both find theirs again from the tweets behind
/// `indexed.sequence`, which is changed in the transaction that writes the rows.
struct HashtagTail {
    /// Rows that are written together.
    static let rowsAtOnce = 4096
    /// Sequences that a tail spans at most before its rows are written, so that a start has few tweets to look at.
    static let sequencesAtOnce: SequenceNumber = 8192

    /// The index has the tweets up to this sequence.
    private(set) var start: SequenceNumber
    /// The tail has those behind ``start`` up to this sequence.
    private(set) var end: SequenceNumber
    private(set) var rows = 0
    /// By the hashtag's key; in order, never empty.
    private var sequences: [String: [SequenceNumber]] = [:]
    /// All keys in the index's order; nil when they have changed since they were sorted.
    private var sortedKeys: [String]?

    /// An empty tail.
    init(behind sequence: SequenceNumber) {
        start = sequence
        end = sequence
    }

    /// Adds a tweet, if it comes behind those that are here.
    mutating func add(_ text: TweetText, at sequence: SequenceNumber) {
        guard sequence > end else { return }
        end = sequence
        for tag in text.hashtags {
            if sequences[tag.key, default: []].isEmpty { sortedKeys = nil }
            sequences[tag.key, default: []].append(sequence)
            rows += 1
        }
    }

    /// Forgets the tweets up to a sequence, of which the index has rows now.
    mutating func drop(through sequence: SequenceNumber) {
        guard sequence > start else { return }
        start = sequence
        end = max(end, sequence)
        sortedKeys = nil
        rows = 0
        for (key, all) in sequences {
            let kept = all.drop { $0 <= sequence }
            sequences[key] = kept.isEmpty ? nil : Array(kept)
            rows += kept.count
        }
    }

    // MARK: Finding

    /// The sequences of a hashtag's tweets behind one, in order.
    func sequences(of key: String, after floor: SequenceNumber) -> ArraySlice<SequenceNumber> {
        guard let all = sequences[key] else { return [] }
        return all[all.firstIndex(behind: { $0 <= floor })...]
    }

    /// The newest tweet of a hashtag before a sequence.
    func newest(of key: String, before limit: SequenceNumber = .max) -> SequenceNumber? {
        guard let all = sequences[key] else { return nil }
        return all[..<all.firstIndex(behind: { $0 < limit })].last
    }

    /// The next key behind one in the index's order.
    mutating func key(after key: String) -> String? {
        let keys = inOrder()
        let index = keys.firstIndex(behind: { !key.precedes($0) })
        return index < keys.endIndex ? keys[index] : nil
    }

    /// All rows in the index's order.
    mutating func forEachRow(_ body: (String, SequenceNumber) throws(SQLiteError) -> Void) throws(SQLiteError) {
        for key in inOrder() {
            for sequence in sequences[key] ?? [] { try body(key, sequence) }
        }
    }

    private mutating func inOrder() -> [String] {
        if let sortedKeys { return sortedKeys }
        let keys = sequences.keys.sorted { $0.precedes($1) }
        sortedKeys = keys
        return keys
    }
}

extension String {
    /// Whether it comes before another in SQLite's order, which is that of the bytes.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Array {
    /// The index behind the elements that lie before a place in the array's order, found by halving.
    fileprivate func firstIndex(behind isBefore: (Element) -> Bool) -> Int {
        var range = startIndex..<endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isBefore(self[middle]) ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
