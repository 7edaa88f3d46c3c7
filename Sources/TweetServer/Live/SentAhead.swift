import TweetModel

/// Tweets that a connection was sent from the store for one feed, and will meet again in the ring for another.
struct SentAhead {
    /// In ascending order.
    private var sequences: [SequenceNumber] = []

    var isEmpty: Bool { sequences.isEmpty }

    func contains(_ sequence: SequenceNumber) -> Bool {
        let index = place(of: sequence)
        return index < sequences.endIndex && sequences[index] == sequence
    }

    /// - Returns: false if there are too many to remember another one.
    mutating func insert(_ sequence: SequenceNumber) -> Bool {
        let index = place(of: sequence)
        if index < sequences.endIndex, sequences[index] == sequence { return true }
        guard sequences.count < ServerLimits.sentAhead else { return false }
        sequences.insert(sequence, at: index)
        return true
    }

    /// Notes that the connection has read the ring up to a tweet.
    mutating func passed(_ sequence: SequenceNumber) {
        if let last = sequences.last, sequence >= last { sequences = [] }
    }

    /// The index of a sequence, or the index at which to insert it.
    private func place(of sequence: SequenceNumber) -> Int {
        // Nearly always the newest.
        if sequences.last ?? 0 < sequence { return sequences.endIndex }
        var range = sequences.startIndex..<sequences.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = sequences[middle] < sequence ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
