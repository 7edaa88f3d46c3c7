import TweetModel

/// A walk over the tweets of several hashtags in one order: each hashtag's index is walked by itself, and the walks are
/// merged.
///
/// A query with `tag IN (…)` would sort all that the hashtags have before it gives the first row. Here a step costs one
/// look-up for each hashtag that the step's tweet has, and the first one a look-up for each of them.
struct HashtagMerge: Sendable {
    enum Direction: Sendable {
        case older
        case newer
    }

    /// Gives the next sequence of a hashtag behind another one, in the walk's direction.
    typealias LookUp = (Hashtag, Direction, SequenceNumber) throws(SQLiteError) -> SequenceNumber?

    let direction: Direction
    /// The walk ends before the first sequence outside of these.
    private let bounds: ClosedRange<SequenceNumber>
    /// The next sequence of each hashtag that has one left.
    private var heads: [(tag: Hashtag, sequence: SequenceNumber)] = []
    /// Look-ups so far.
    private(set) var lookUps = 0

    /// - Parameters:
    ///   - tags: at least one.
    ///   - bounds: the sequences to walk over, from one of their ends on.
    init(
        _ tags: [Hashtag], _ direction: Direction, over bounds: ClosedRange<SequenceNumber>, _ lookUp: LookUp
    ) throws(SQLiteError) {
        self.direction = direction
        self.bounds = bounds
        let start = direction == .newer ? bounds.lowerBound - 1 : bounds.upperBound
        for tag in tags { try advance(tag, behind: start, lookUp) }
    }

    private mutating func advance(_ tag: Hashtag, behind sequence: SequenceNumber, _ lookUp: LookUp) throws(SQLiteError)
    {
        lookUps += 1
        guard let next = try lookUp(tag, direction, sequence), bounds.contains(next) else { return }
        heads.append((tag, next))
    }

    var isAtEnd: Bool { heads.isEmpty }

    /// The next sequence of any of the hashtags, each once; nil at the end.
    mutating func next(_ lookUp: LookUp) throws(SQLiteError) -> SequenceNumber? {
        let sequences = heads.lazy.map(\.sequence)
        guard let next = direction == .newer ? sequences.min() : sequences.max() else { return nil }
        let passed = heads.filter { $0.sequence == next }
        heads.removeAll { $0.sequence == next }
        for head in passed { try advance(head.tag, behind: next, lookUp) }
        return next
    }
}
