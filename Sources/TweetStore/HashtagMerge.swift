import TweetModel

/// A walk over the tweets of several hashtags in order of sequence: it walks each hashtag's index separately, and
/// merges the walks.
///
/// A query with `tag IN (…)` would sort all tweets of the hashtags before it returns the first row. Here the first step
/// costs one look-up for each hashtag of the walk, and each further step one for each of those that its tweet has.
struct HashtagMerge: Sendable {
    enum Direction: Sendable {
        case older
        case newer
    }

    /// Returns the next sequence of a hashtag after another one, in the walk's direction.
    typealias LookUp = (Hashtag, Direction, SequenceNumber) throws(SQLiteError) -> SequenceNumber?

    let direction: Direction
    /// The walk ends before the first sequence at or before this one.
    private let floor: SequenceNumber
    /// The walk ends before the first sequence after this one.
    private let end: SequenceNumber
    /// The next sequence of each hashtag that has tweets left.
    private var heads: [(tag: Hashtag, sequence: SequenceNumber)] = []
    /// The number of look-ups so far.
    private(set) var lookUps = 0

    /// - Parameters:
    ///   - tags: at least one.
    ///   - floor: the sequences to walk over are those after this one, …
    ///   - end: … up to this one; an older walk starts before it.
    init(
        _ tags: [Hashtag], _ direction: Direction, after floor: SequenceNumber, through end: SequenceNumber,
        _ lookUp: LookUp
    ) throws(SQLiteError) {
        self.direction = direction
        self.floor = floor
        self.end = end
        let start = direction == .newer ? floor : end
        for tag in tags { try advance(tag, behind: start, lookUp) }
    }

    private mutating func advance(_ tag: Hashtag, behind sequence: SequenceNumber, _ lookUp: LookUp) throws(SQLiteError)
    {
        lookUps += 1
        guard let next = try lookUp(tag, direction, sequence), next > floor, next <= end else { return }
        heads.append((tag, next))
    }

    var isAtEnd: Bool { heads.isEmpty }

    /// Returns the next sequence of any of the hashtags, each once; nil at the end.
    mutating func next(_ lookUp: LookUp) throws(SQLiteError) -> SequenceNumber? {
        let sequences = heads.lazy.map(\.sequence)
        guard let next = direction == .newer ? sequences.min() : sequences.max() else { return nil }
        let passed = heads.filter { $0.sequence == next }
        heads.removeAll { $0.sequence == next }
        for head in passed { try advance(head.tag, behind: next, lookUp) }
        return next
    }
}
