/// The single ordered record of all durable changes.
///
/// Entries are returned in its order, whichever process proposed them, and only then change what clients see. Belongs
/// to the loop's thread. The local journal is an SQLite file on this machine; a replicated journal can implement the
/// same calls.
public protocol Journal: AnyObject {
    /// Proposes an entry; a later ``takeNews()`` returns it once, with its ticket.
    func propose(_ entry: Entry, _ ticket: Ticket)

    /// Submits all proposals since the last call; called at the end of a turn.
    func submit()

    /// The descriptor that the loop watches; readable when ``takeNews()`` has any.
    var newsDescriptor: CInt { get }

    /// The entries that were decided since the last call, and the state of the journal after them.
    func takeNews() -> JournalNews

    /// The work that the journal has done.
    var statistics: JournalStatistics { get }

    /// The room of the store: how much it holds, and whether it may hold more.
    var room: StoreRoom { get }

    /// Takes entries that add to the store again, as long as it has room; see ``StoreRoom/isFull``.
    func reopen()

    /// Makes the submitted proposals durable and closes the journal.
    func close()
}

/// The decisions of a journal, and its state after them.
public struct JournalNews: Sendable {
    /// The decided entries, in the order of the journal.
    public var applied: [Applied]
    public var room: StoreRoom
    /// The reason why the journal will store nothing more, whatever happens to its disk; nil while it can.
    ///
    /// All later proposals are ``Outcome/unavailable(_:)``.
    public var failure: String?

    public init(applied: [Applied], room: StoreRoom, failure: String?) {
        self.applied = applied
        self.room = room
        self.failure = failure
    }
}

/// The room of a store, which a server's operator may limit.
public struct StoreRoom: Sendable {
    /// The bytes of the pages that are in use: without free pages, which the next entries use, and without the
    /// write-ahead log, which has a bound of its own.
    public var usedBytes: Int64 = 0
    /// The bytes from which on the store is full; nil without a limit.
    public let maximumBytes: Int64?
    /// Whether entries that add to the store are refused, with ``Outcome/storeFull``.
    ///
    /// They are from when the limit is reached until the loop calls ``Journal/reopen()``, not only until there is room:
    /// otherwise some entries of a client could be stored before an earlier one that was refused, and that it sends
    /// again.
    public var isFull = false

    public init(maximumBytes: Int64? = nil) {
        self.maximumBytes = maximumBytes
    }

    public var hasRoom: Bool { maximumBytes.map { usedBytes < $0 } ?? true }
}

/// The number of commits of a journal since its start, and the time that they took.
public struct JournalStatistics: Sendable {
    public private(set) var batches = 0
    public private(set) var entries = 0
    public private(set) var lastCommit = Duration.zero
    public private(set) var longestCommit = Duration.zero
    public private(set) var allCommits = Duration.zero
    /// The commits by their time in microseconds: from a fast disk's sync to one that is in trouble.
    public private(set) var commitTimes = Histogram(
        bounds: [100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000])
    /// The commits by the number of their entries.
    public private(set) var batchSizes = Histogram(bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000])

    public init() {}

    /// Adds a commit.
    ///
    /// - Parameters:
    ///   - count: the number of its entries.
    ///   - span: the time that it took, with the sync of the disk.
    public mutating func add(_ count: Int, took span: Duration) {
        batches += 1
        entries += count
        lastCommit = span
        longestCommit = max(longestCommit, span)
        allCommits += span
        commitTimes.add(Int64(span / .microseconds(1)))
        batchSizes.add(Int64(count))
    }
}
