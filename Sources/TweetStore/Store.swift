import TweetJournal
import TweetModel

/// How much a commit waits for; see PRAGMA synchronous.
public enum Durability: String, Sendable, CaseIterable {
    /// An answer `ok` survives the loss of power: each commit is synced.
    case full
    /// An answer `ok` survives the end of the process; the loss of power may take the last commits, in order.
    case normal
}

/// The writing side of the store: the one connection that writes, and that checkpoints.
///
/// Used by one thread at a time: whoever opens it, then the journal's.
final class Store {
    /// Pages in the write-ahead log from which a checkpoint is due: 16 MiB, which a start after a crash reads back in
    /// some hundredths of a second.
    ///
    /// With a quarter of it, uploads with hashtags into a store of a million tweets were a third slower: each changes
    /// another page of the hashtags, and the more commits share a checkpoint, the fewer times such a page is moved.
    static let checkpointPages = 4096
    /// Pages that the log has from the start: what a few hundred single uploads take.
    static let initialLogPages = 1024
    /// KiB of pages kept in memory.
    static let cacheKibibytes = 32_768

    /// Rows of the hashtags' index that are written together.
    var tailRows = HashtagTail.rowsAtOnce

    let database: Database
    let uploads: UploadStatements
    let accounts: AccountStatements
    let messages: MessageStatements
    /// The rows of the hashtags' index that are still to be written; nil until they are read from the store again.
    var tail: HashtagTail?
    /// Where SQLite leaves the size of the write-ahead log after each commit.
    private let loggedPages: UnsafeMutablePointer<Int>
    /// The sequence that the next entry gets if it stores something.
    private(set) var nextSequence: SequenceNumber
    /// The position of the last entry that was applied; it is stored in the same transaction as that entry's rows.
    private(set) var position: JournalPosition

    /// Opens a store's file, brings its tables up to date.
    ///
    /// The hashtags of an older store are still to be indexed anew: see ``reindexMore(rows:)``.
    ///
    /// - Throws: ``StoreError``; of a newer or a foreign file nothing was changed.
    convenience init(path: String, durability: Durability) throws(StoreError) {
        let database: Database
        let state: Schema.State
        try StoreHeader.check(path: path)
        do throws(SQLiteError) {
            database = try Database(path: path, readOnly: false)
            state = try Schema.state(of: database)
        } catch {
            throw StoreError(error, path: path)
        }
        if case .newer(let version) = state { throw .newerSchema(found: version, known: Schema.steps.count) }
        if case .foreign = state { throw .notAStore(path: path) }
        do throws(SQLiteError) {
            if case .older(let version) = state {
                // The log's first page: the steps change the cookie. A new file has no log.
                if version > 0 { try Edition.note(in: database) }
                try Schema.migrate(database, from: version)
            }
            try self.init(database, durability: durability)
            try begin()
            WriteAheadLog.extend(path + "-wal", toPages: Self.initialLogPages)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    private init(_ database: Database, durability: Durability) throws(SQLiteError) {
        self.database = database
        let mode = try database.prepare("PRAGMA journal_mode = WAL").first { $0.text(0) } ?? nil
        guard mode == "wal" else { throw SQLiteError(code: 0, message: "it cannot have a write-ahead log") }
        try database.execute(
            """
            PRAGMA synchronous = \(durability.rawValue);
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA secure_delete = ON;
            PRAGMA cache_size = -\(Self.cacheKibibytes);
            PRAGMA cache_spill = OFF;
            PRAGMA temp_store = MEMORY;
            """)
        nextSequence = try Schema.lastSequence(of: database) + 1
        position = try Schema.lastPosition(of: database)
        uploads = try UploadStatements(database)
        accounts = try AccountStatements(database)
        messages = try MessageStatements(database)
        // Checkpoints are made by `checkpoint`: SQLite's own, closing the file too, would hide a sync that fails.
        database.keepsLog = true
        loggedPages = .allocate(capacity: 1)
        loggedPages.initialize(to: 0)
        database.onCommit(loggedPages)
    }

    deinit {
        database.close()
        loggedPages.deallocate()
    }

    // MARK: Entries

    /// Gives entries the next positions and applies them, as long as there is no journal that does: at a start, or for
    /// the operator's command without a server.
    ///
    /// - Returns: an outcome for each entry, once all of them are durable.
    /// - Throws: as ``commit(_:)``.
    func append(_ entries: [Entry]) throws(CommitError) -> [Outcome] {
        try commit(positioned(entries)).map { outcome in
            guard let outcome else { preconditionFailure("a new position was applied before") }
            return outcome
        }
    }

    /// Gives entries the next positions.
    func positioned(_ entries: some Sequence<Entry>) -> [PositionedEntry] {
        var last = position
        return entries.map { entry in
            last = last.next
            return PositionedEntry(entry, at: last)
        }
    }

    /// Applies entries of a journal in one transaction, in order, and commits it.
    ///
    /// An entry at or below the store's position is skipped: a journal may hand the same entries over again, as one does
    /// that goes on after a crash. A batch that stores nothing writes nothing, and so not its position: applied again, its
    /// entries find the same and store nothing.
    ///
    /// - Returns: an outcome for each entry, nil for one that is skipped, once all of them are durable.
    /// - Throws: ``CommitError``, which says whether anything may have been stored.
    func commit(_ entries: [PositionedEntry]) throws(CommitError) -> [Outcome?] {
        var outcomes: [Outcome?] = []
        outcomes.reserveCapacity(entries.count)
        let former = (sequence: nextSequence, position: position)
        var isPositionStored = true
        var isCommitting = false
        do throws(SQLiteError) {
            try database.execute("BEGIN IMMEDIATE")
            if tail == nil { tail = try uploads.tail.read() }
            for item in entries {
                guard item.position > position else {
                    outcomes.append(nil)
                    continue
                }
                let outcome = try apply(
                    item.entry, EntryNumbers(position: item.position, sequence: nextSequence))
                position = item.position
                // A row that an entry makes has its position.
                isPositionStored = outcome.takesSequence
                if outcome.takesSequence { nextSequence += 1 }
                outcomes.append(outcome)
            }
            try writeTailIfDue()
            if !isPositionStored, nextSequence > former.sequence { try storePosition() }
            isCommitting = true
            try database.execute("COMMIT")
            return outcomes
        } catch {
            (nextSequence, position) = former
            tail = nil
            if database.isInTransaction { try? database.execute("ROLLBACK") }
            // A full disk cuts the log short before its commit mark, so nothing of it counts. Where only the index was
            // cut short, the log counts for whoever reads it anew after a crash, as long as nothing is written over it.
            let isCertain = !isCommitting || error.isFull && !error.leavesIndexBehind
            throw isCertain ? .notStored(error) : .unknown(error)
        }
    }

    /// Opens a session, before there is a journal to do it.
    func openSession(time: Timestamp) throws(SQLiteError) {
        do throws(CommitError) {
            _ = try append([.sessionOpened(time: time)])
        } catch {
            switch error {
            case .notStored(let reason), .unknown(let reason): throw reason
            }
        }
    }

    // MARK: Checkpoints

    var needsCheckpoint: Bool { loggedPages.pointee >= Self.checkpointPages }

    /// Moves the write-ahead log into the file; the log is then written from its start again.
    func checkpoint() throws(SQLiteError) {
        try Edition.renew(in: database)
        if try database.checkpoint() { try Edition.note(in: database) }
        // Until the next commit says what is there. A reader that was in the way is gone by the next one.
        loggedPages.pointee = 0
    }

    /// Moves what a server that was killed has left in the log, and makes the file one that no copy is the same as.
    ///
    /// A full disk does not prevent it from being read.
    private func begin() throws(SQLiteError) {
        do throws(SQLiteError) {
            try checkpoint()
        } catch {
            if !error.isFull { throw error }
        }
    }

    /// Closes the store: where nobody else has it open it is one file then, without a write-ahead log beside it.
    ///
    /// Where that fails the log stays, and the next start replays it.
    func close() throws(SQLiteError) {
        // A server that stops has little time.
        database.waitForLocks(atMost: .milliseconds(500))
        try Edition.renew(in: database)
        if try database.checkpoint(truncates: true) { database.keepsLog = false }
        database.close()
    }
}

/// Why entries were not acknowledged.
enum CommitError: Error {
    case notStored(SQLiteError)
    /// The commit itself failed: it may be on the disk or not.
    case unknown(SQLiteError)
}
