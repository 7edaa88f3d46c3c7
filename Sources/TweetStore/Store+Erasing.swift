import TweetJournal
import TweetModel

/// Erases the messages of removed accounts: in steps, so that nobody waits for a removal, and from the write-ahead log
/// too.
///
/// A step is a transaction of its own. It finds its work in the table `erasure`, so the next start continues where a
/// killed process stopped. No reader finds what is still to be erased: see ``MessageQueries``.
extension Store {
    /// Deliveries that one step erases: about a millisecond of work and a sync.
    static let erasedAtOnce = 128
    /// Pages in the write-ahead log at which a checkpoint is due while messages are erased or pruned: a checkpoint of more takes
    /// longer than an upload should wait.
    static let erasingPages = 256

    /// The result of one step.
    enum Erasing {
        /// There may be more to do.
        case underWay
        /// Nothing is left, also not in the write-ahead log.
        case done
        /// A full disk, a lock or a reader is in the way; another step later may succeed.
        case blocked
    }

    /// Erases the next messages of removed accounts; once there are none left, empties the write-ahead log, which has
    /// their texts.
    ///
    /// - Throws: ``CommitError/unknown(_:)`` for a failure of the disk.
    func eraseMore() throws(CommitError) -> Erasing {
        do throws(CommitError) {
            if isErasing {
                try eraseNext()
                return .underWay
            }
            guard hasErasedTexts else { return .done }
            return try emptyLog() ? .done : .blocked
        } catch {
            switch error {
            // A step that was certainly not made is made later: a damaged page must not end the server at each start.
            case .notStored: return .blocked
            case .unknown(let reason):
                if reason.isFull || reason.isPassing || reason.isOfReading { return .blocked }
                throw error
            }
        }
    }

    private func eraseNext() throws(CommitError) {
        var isCommitting = false
        do throws(SQLiteError) {
            try database.execute("BEGIN IMMEDIATE")
            let next = try accounts.nextErasure.first { (recipient: $0.text(0) ?? "", through: $0.integer(1)) }
            if let next, try erase(next.recipient, through: next.through) {
                try accounts.endErasure.bind(1, next.recipient)
                try accounts.endErasure.bind(2, next.through)
                try accounts.endErasure.run()
            }
            let used = try pages.bytes()
            isCommitting = true
            try database.execute("COMMIT")
            usedBytes = used
            isErasing = next != nil
            hasErasedTexts = true
        } catch {
            if database.isInTransaction { try? database.execute("ROLLBACK") }
            throw isCommitting ? .unknown(error) : .notStored(error)
        }
    }

    /// Erases the oldest deliveries to a recipient, and the texts of messages that nobody else received.
    ///
    /// The message rows stay, so that a repeated id is still recognised. Without a delivery nobody can find a message.
    ///
    /// - Parameters:
    ///   - recipient: a name's key.
    ///   - sequence: erases messages up to this sequence; later ones are a later account's.
    /// - Returns: whether none are left.
    func erase(_ recipient: String, through sequence: SequenceNumber) throws(SQLiteError) -> Bool {
        try accounts.endOfStep.bind(1, recipient)
        try accounts.endOfStep.bind(2, sequence)
        let end = try accounts.endOfStep.first { $0.integer(0) }
        for statement in [accounts.eraseTexts, accounts.removeDeliveries] {
            try statement.bind(1, recipient)
            try statement.bind(2, end ?? sequence)
            try statement.run()
        }
        return end == nil
    }

    /// Moves the write-ahead log into the file and truncates it.
    ///
    /// - Returns: false if a reader is in the way.
    private func emptyLog() throws(CommitError) -> Bool {
        database.waitForLocks(atMost: .zero)
        defer { database.waitForLocks(atMost: Database.patience) }
        do throws(SQLiteError) {
            guard try checkpoint(truncates: true) else { return false }
            hasErasedTexts = false
            hasPrunedTexts = false
            return true
        } catch {
            throw .unknown(error)
        }
    }
}
