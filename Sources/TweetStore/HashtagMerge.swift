import TweetModel

/// Tweets of several hashtags in one order: each hashtag's index is walked by itself, and the walks are merged.
///
/// A query with `tag IN (…)` would sort all that the hashtags have before it gives the first row. Here a step costs one
/// look-up for each hashtag that the step's tweet has, and the first one a look-up for each of them.
struct HashtagMerge {
    enum Direction {
        case older
        case newer
    }

    private let look: (Hashtag, SequenceNumber) throws(SQLiteError) -> SequenceNumber?
    private let direction: Direction
    /// The next sequence of each hashtag that has one left.
    private var heads: [(tag: Hashtag, sequence: SequenceNumber)] = []

    /// - Parameters:
    ///   - sequence: the walk begins behind it, in its direction.
    ///   - look: gives the next sequence of a hashtag behind another one, in the same direction.
    init(
        _ tags: [Hashtag], _ direction: Direction, from sequence: SequenceNumber,
        look: @escaping (Hashtag, SequenceNumber) throws(SQLiteError) -> SequenceNumber?
    ) throws(SQLiteError) {
        self.direction = direction
        self.look = look
        for tag in tags {
            if let next = try look(tag, sequence) { heads.append((tag, next)) }
        }
    }

    /// The next sequence of any of the hashtags, each once; nil at the end.
    mutating func next() throws(SQLiteError) -> SequenceNumber? {
        let sequences = heads.lazy.map(\.sequence)
        guard let next = direction == .newer ? sequences.min() : sequences.max() else { return nil }
        var rest: [(tag: Hashtag, sequence: SequenceNumber)] = []
        for head in heads {
            if head.sequence != next {
                rest.append(head)
            } else if let further = try look(head.tag, next) {
                rest.append((head.tag, further))
            }
        }
        heads = rest
        return next
    }
}
