import TweetModel

/// The hashtags of the newest tweets, which the store's index does not have yet.
///
/// In a large store nearly every hashtag's newest row is on a different page, so writing a row immediately costs a page
/// in the log, and another when the log is moved into the file. Instead, rows are written later, thousands together and
/// in the index's order: with a million tweets and a thousand hashtags in the store, this makes uploads half as fast
/// again. The writer and each reader have their own tail, and rebuild it from the tweets after `indexed.sequence`,
/// which changes in the transaction that writes the rows.
struct HashtagTail {
    /// The number of rows that are written together.
    static let rowsAtOnce = 4096
    /// The most sequences that a tail spans before its rows are written, so that a start has few tweets to read.
    static let sequencesAtOnce: SequenceNumber = 8192

    /// The sequence up to which the index has the tweets.
    private(set) var start: SequenceNumber
    /// The tail has the tweets after ``start`` up to this sequence.
    private(set) var end: SequenceNumber
    private(set) var rows = 0
    /// The sequences of each hashtag's tweets, by its key; in ascending order, never empty.
    private var sequences: [String: [SequenceNumber]] = [:]
    /// All keys in the index's order; nil if they have changed since they were sorted.
    private var sortedKeys: [String]?

    /// An empty tail.
    init(behind sequence: SequenceNumber) {
        start = sequence
        end = sequence
    }

    /// Adds a tweet, unless the tail has reached its sequence already.
    mutating func add(_ text: TweetText, at sequence: SequenceNumber) {
        guard sequence > end else { return }
        end = sequence
        for tag in text.hashtags {
            if sequences[tag.key, default: []].isEmpty { sortedKeys = nil }
            sequences[tag.key, default: []].append(sequence)
            rows += 1
        }
    }

    /// Drops the tweets up to a sequence, which the index has now.
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

    /// The sequences of a hashtag's tweets after a sequence, in ascending order.
    func sequences(of key: String, after floor: SequenceNumber) -> ArraySlice<SequenceNumber> {
        guard let all = sequences[key] else { return [] }
        return all[all.firstIndex(behind: { $0 <= floor })...]
    }

    /// The newest tweet of a hashtag before a sequence.
    func newest(of key: String, before limit: SequenceNumber = .max) -> SequenceNumber? {
        guard let all = sequences[key] else { return nil }
        return all[..<all.firstIndex(behind: { $0 < limit })].last
    }

    /// The next key after another in the index's order.
    mutating func key(after key: String) -> String? {
        let keys = inOrder()
        let index = keys.firstIndex(behind: { !key.precedes($0) })
        return index < keys.endIndex ? keys[index] : nil
    }

    /// Calls the body for each row, in the index's order.
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
    /// Whether the string precedes another in SQLite's order, which compares bytes.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Array {
    /// The index after the elements for which the predicate is true, found by binary search.
    fileprivate func firstIndex(behind isBefore: (Element) -> Bool) -> Int {
        var range = startIndex..<endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isBefore(self[middle]) ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
