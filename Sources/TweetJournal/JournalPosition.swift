/// The place of an entry in the journal: 1 for the first, greater for each later one, perhaps with gaps.
///
/// It differs from the sequence that clients see: an entry that stores nothing has a position but no sequence.
public struct JournalPosition: Hashable, Comparable, Sendable {
    public let number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    /// The position before any entry.
    public static let start = JournalPosition(0)

    /// The position of the next entry in a journal without gaps; nil after the last one that a number can express.
    public var next: JournalPosition? { number < .max ? JournalPosition(number + 1) : nil }

    public static func < (one: JournalPosition, other: JournalPosition) -> Bool { one.number < other.number }
}

/// An entry to which the journal has given its position.
public struct PositionedEntry: Hashable, Sendable {
    public let position: JournalPosition
    public let entry: Entry

    public init(_ entry: Entry, at position: JournalPosition) {
        self.position = position
        self.entry = entry
    }
}
