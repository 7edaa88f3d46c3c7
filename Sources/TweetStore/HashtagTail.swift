import TweetModel

/// The hashtags of the newest tweets, which the store's index does not have yet.
///
/// In a large store nearly each hashtag's newest row lies on a page of its own, so a row that is written alone costs one
/// page in the log and one more at the checkpoint. Rows are written behind instead, thousands in the index's order, a share
/// of them with each commit: a store of a million tweets and a thousand hashtags takes 1.5 times as many uploads a second.
/// The writer has a tail of its own, and so has each reader; each rebuilds its tail from the tweets after
/// `indexed.sequence`, which changes in the transaction that writes the last row.
struct HashtagTail {
    /// Rows from which on they are written.
    static let rowsAtOnce = 4096
    /// Rows that one commit writes at least, once they are written.
    static let rowsOfCommit = 64
    /// Sequences that a tail spans at most before its rows are written, so that a start has few tweets to look at.
    static let sequencesAtOnce: SequenceNumber = 8192

    /// The sequence up to which the index has the tweets.
    private(set) var start: SequenceNumber
    /// The tail has the tweets after ``start`` up to this sequence.
    private(set) var end: SequenceNumber
    private(set) var rows = 0
    /// The sequences of each hashtag's tweets, by its key; in ascending order, never empty.
    private var sequences: [String: [SequenceNumber]] = [:]
    /// All keys in the index's order; nil until somebody asks for it.
    private var sortedKeys: [String]?

    /// An empty tail.
    init(behind sequence: SequenceNumber) {
        start = sequence
        end = sequence
    }

    /// Whether there are so many rows that they are to be written.
    ///
    /// - Parameter rows: so many hashtags; or sequences without any, so that a start has few tweets to look at.
    func isDue(rows limit: Int = rowsAtOnce) -> Bool {
        rows >= limit || end.subtractingSaturated(start) >= Self.sequencesAtOnce
    }

    /// Whether the writer may have written rows of it: a tail that only grows would hold all that was ever uploaded.
    var isLong: Bool {
        rows >= 3 * Self.rowsAtOnce || end.subtractingSaturated(start) >= 3 * Self.sequencesAtOnce
    }

    /// Adds a tweet; ignores one that the tail or the index already has.
    mutating func add(_ text: TweetText, at sequence: SequenceNumber) {
        guard sequence > end else { return }
        end = sequence
        for tag in text.hashtags {
            if sequences[tag.key, default: []].isEmpty, let keys = sortedKeys {
                sortedKeys?.insert(tag.key, at: keys.firstIndex(notBefore: { $0.precedes(tag.key) }))
            }
            sequences[tag.key, default: []].append(sequence)
            rows += 1
        }
    }

    /// Drops the tweets up to a sequence, which the index has now.
    mutating func drop(through sequence: SequenceNumber) {
        guard sequence > start else { return }
        start = sequence
        end = max(end, sequence)
        rows = 0
        for (key, all) in sequences {
            let kept = all.drop { $0 <= sequence }
            sequences[key] = kept.isEmpty ? nil : Array(kept)
            rows += kept.count
        }
        sortedKeys = sortedKeys?.filter { sequences[$0] != nil }
    }

    /// Removes the hashtags of a tweet that was pruned.
    mutating func remove(_ keys: [String], of sequence: SequenceNumber) {
        guard sequence > start else { return }
        for key in keys {
            guard let all = sequences[key] else { continue }
            let index = all.firstIndex(notBefore: { $0 < sequence })
            guard index < all.endIndex, all[index] == sequence else { continue }
            rows -= 1
            guard all.count == 1 else {
                sequences[key]?.remove(at: index)
                continue
            }
            sequences[key] = nil
            sortedKeys?.removeAll { $0 == key }
        }
    }

    // MARK: Finding

    /// The sequences of a hashtag's tweets after a sequence, in ascending order.
    func sequences(of key: String, after floor: SequenceNumber) -> ArraySlice<SequenceNumber> {
        guard let all = sequences[key] else { return [] }
        return all[all.firstIndex(notBefore: { $0 <= floor })...]
    }

    /// The newest tweet of a hashtag before a sequence.
    func newest(of key: String, before limit: SequenceNumber = .max) -> SequenceNumber? {
        guard let all = sequences[key] else { return nil }
        return all[..<all.firstIndex(notBefore: { $0 < limit })].last
    }

    /// The next key after another in the index's order.
    mutating func key(after key: String) -> String? {
        let keys = inOrder()
        let index = keys.firstIndex(notBefore: { !key.precedes($0) })
        return index < keys.endIndex ? keys[index] : nil
    }

    /// All rows in the index's order.
    func allRows() -> [(key: String, sequence: SequenceNumber)] {
        let keys = sortedKeys ?? sequences.keys.sorted { $0.precedes($1) }
        return keys.flatMap { key in (sequences[key] ?? []).map { (key, $0) } }
    }

    private mutating func inOrder() -> [String] {
        if let sortedKeys { return sortedKeys }
        let keys = sequences.keys.sorted { $0.precedes($1) }
        sortedKeys = keys
        return keys
    }
}

extension String {
    /// Whether the string precedes another in SQLite's order, which compares bytes.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Array {
    /// The index of the first element that does not lie before a place in the array's order, found by halving.
    fileprivate func firstIndex(notBefore isBefore: (Element) -> Bool) -> Int {
        var range = startIndex..<endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isBefore(self[middle]) ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
