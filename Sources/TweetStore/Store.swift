import CSQLite
import TweetJournal
import TweetModel
import TweetSystem

/// The guarantee that a commit waits for; see PRAGMA synchronous.
public enum Durability: String, Sendable, CaseIterable {
    /// An acknowledged change survives a power failure: each commit is synced.
    case full
    /// An acknowledged change survives the end of the process; a power failure may undo the last commits, newest first.
    case normal
}

/// The writing side of the store: the only connection that writes and checkpoints.
///
/// Used by one thread at a time: first the one that opens it, then the journal's.
final class Store {
    /// Pages in the write-ahead log at which a checkpoint is due: 16 MiB, which a start after a crash replays in some
    /// hundredths of a second.
    ///
    /// With a quarter of that, uploads with hashtags into a store of a million tweets were a third slower: each upload
    /// changes a different page of the hashtag index, and the more commits share a checkpoint, the less often a page is
    /// moved.
    static let checkpointPages = 4096
    /// Pages that the log has from the start: enough for a few hundred single uploads.
    static let initialLogPages = 1024
    /// The size of the page cache in KiB.
    static let cacheKibibytes = 32_768

    /// Rows of the hashtags' index from which on they are written.
    var tailRows = HashtagTail.rowsAtOnce

    let database: Database
    let uploads: UploadStatements
    let accounts: AccountStatements
    let messages: MessageStatements
    let pruning: PruningStatements
    let tokens: TokenStatements
    let words: WordStatements
    /// The guarantee that a commit waits for.
    let durability: Durability
    let pages: UsedPages
    /// The bytes of the pages that are in use after the last commit: see ``UsedPages``.
    var usedBytes: Int64
    /// The rows of the hashtags' index that are still to be written; nil if they must be read from the store again.
    var tail: HashtagTail?
    /// The rows of it that are being written and are still to come, in the index's order.
    var rowsUnderWay: ArraySlice<(key: String, sequence: SequenceNumber)> = []
    /// The sequence up to which the index has all tweets once they are written.
    var rowsEnd: SequenceNumber = 0
    /// The sequence up to which the index of words has all tweets.
    var wordsEnd: SequenceNumber
    /// Whether the index of words may still have some of pruned tweets.
    var hasPrunedWords: Bool
    /// Whether messages of removed accounts may be left to erase.
    var isErasing = false
    /// Whether the write-ahead log may have texts that were erased, and is to be emptied.
    var hasErasedTexts = false
    /// Whether it may have texts that were pruned; it is to be emptied when the run of steps ends.
    var hasPrunedTexts = false
    /// Whether the last commit had rows of the index to write.
    private var wroteTail = false
    /// The paths of the file and its log, and which files these were when the store was opened.
    private var files: [(path: String, identity: FileIdentity)] = []
    /// The reason why the last look at them did not show whether they are in their places; nil if it did.
    private var lookFailure: SQLiteError?
    /// The number of pages in the write-ahead log, which SQLite's hook updates after each commit.
    private let loggedPages: UnsafeMutablePointer<Int>
    /// The sequence of the next entry that stores something.
    private(set) var nextSequence: SequenceNumber
    /// The position of the last entry that was applied; it is stored in the same transaction as that entry's rows.
    private(set) var position: JournalPosition

    /// Opens a store's file and migrates its tables.
    ///
    /// The hashtags of an older store must still be reindexed: see ``reindexMore(rows:)``.
    ///
    /// - Throws: ``StoreError``; a newer or foreign file is left unchanged.
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
                // Notes the edition in the log first, since the steps change the cookie. A new file has no log.
                if version > 0 { try Edition.note(in: database) }
                try Schema.migrate(database, from: version)
            }
            try self.init(database, durability: durability)
            try begin()
        } catch {
            throw StoreError(error, path: path)
        }
        let log = path + "-wal"
        do throws(Errno) {
            try WriteAheadLog.extend(log, toPages: Self.initialLogPages)
        } catch {
            throw StoreError(creating: log, error)
        }
        files = [path, log].compactMap { path in FileIdentity(path).map { (path, $0) } }
    }

    private init(_ database: Database, durability: Durability) throws(SQLiteError) {
        self.database = database
        // The row comes before the commit, which may still fail.
        var mode: String?
        _ = try database.prepare("PRAGMA journal_mode = WAL").forEachRow { row in
            mode = row.text(0)
            return true
        }
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
        nextSequence = try Schema.lastSequence(of: database).addingSaturated(1)
        position = try Schema.lastPosition(of: database)
        uploads = try UploadStatements(database)
        accounts = try AccountStatements(database)
        messages = try MessageStatements(database)
        pruning = try PruningStatements(database)
        tokens = try TokenStatements(database)
        words = try WordStatements(database)
        self.durability = durability
        wordsEnd = try database.integer("SELECT sequence FROM search") ?? 0
        hasPrunedWords = try database.integer("SELECT pruned FROM search") ?? 0 != 0
        pages = try UsedPages(database)
        usedBytes = try pages.bytes()
        // Only `checkpoint` makes checkpoints: SQLite's automatic ones, also at closing, would hide a failed sync.
        database.keepsLog = true
        loggedPages = .allocate(capacity: 1)
        loggedPages.initialize(to: 0)
        database.onCommit(loggedPages)
        try checkNumbers()
        isErasing = try database.integer("SELECT 1 FROM erasure") != nil
    }

    /// Refuses a store whose numbers leave no room for the next entry, or that no ttweetsrv has written.
    private func checkNumbers() throws(SQLiteError) {
        guard nextSequence < .max, position.next != nil else {
            throw SQLiteError(code: SQLITE_TOOBIG, message: SQLiteError.noNumberLeft.message)
        }
        let last = nextSequence - 1
        guard let least = try Schema.leastNumber(of: database), least >= 0,
            let indexed = try database.integer("SELECT sequence FROM indexed"), indexed <= last
        else { throw SQLiteError(code: SQLITE_CORRUPT, message: "its sequences are damaged") }
    }

    deinit {
        database.close()
        loggedPages.deallocate()
    }

    // MARK: Entries

    /// Gives entries the next positions and applies them while no journal runs: at a start, or for an operator's
    /// command without a server.
    ///
    /// - Returns: an outcome for each entry, once all of them are durable.
    /// - Throws: as ``commit(_:)``.
    func append(_ entries: [Entry]) throws(CommitError) -> [Outcome] {
        try commit(try positioned(entries)).map { outcome in
            guard let outcome else { preconditionFailure("a new position was applied before") }
            return outcome
        }
    }

    /// Gives entries the next positions.
    ///
    /// - Throws: ``CommitError/notStored(_:)`` if there are not that many left.
    func positioned(_ entries: some Sequence<Entry>) throws(CommitError) -> [PositionedEntry] {
        var last = position
        var positioned: [PositionedEntry] = []
        for entry in entries {
            guard let next = last.next else { throw .notStored(.noNumberLeft) }
            last = next
            positioned.append(PositionedEntry(entry, at: next))
        }
        return positioned
    }

    /// Applies a journal's entries in order and commits them in one transaction.
    ///
    /// An entry at or below the store's position is skipped: a journal may pass the same entries again, for example
    /// after a crash. A batch that stores nothing writes nothing, not even its position: applied again, its entries
    /// give the same result.
    ///
    /// - Returns: an outcome for each entry, or nil for a skipped one, once all of them are durable.
    /// - Throws: ``CommitError``, which says whether anything may have been stored.
    func commit(_ entries: [PositionedEntry]) throws(CommitError) -> [Outcome?] {
        // As long as nobody can look, nothing more is stored without being acknowledged.
        if let error = lookFailure, lookForFiles() != nil { throw .notStored(error) }
        let outcomes = try commitWhatFits(entries)
        // Two calls of statx(2), about a microsecond each, beside the sync of a commit.
        if let error = lookForFiles() { throw .unknown(error) }
        return outcomes
    }

    /// Looks whether the file and its log are where they were: if not, the next start would not find what this store
    /// commits.
    ///
    /// - Returns: nil if they are; else the reason to acknowledge nothing. If it only says that nobody can look, such as
    ///   in a directory that may not be searched, a later look may succeed.
    private func lookForFiles() -> SQLiteError? {
        lookFailure = nil
        do throws(Errno) {
            for file in files where try FileIdentity.find(file.path) != file.identity { return .filesReplaced }
        } catch {
            lookFailure = .filesNotSeen(error)
        }
        return lookFailure
    }

    private func commitWhatFits(_ entries: [PositionedEntry]) throws(CommitError) -> [Outcome?] {
        do throws(CommitError) {
            return try commit(entries, writesTail: true)
        } catch {
            // A disk that has no room for rows of the index may have some for the entries themselves.
            guard case .notStored(let reason) = error, reason.isFull, wroteTail else { throw error }
            return try commit(entries, writesTail: false)
        }
    }

    private func commit(_ entries: [PositionedEntry], writesTail: Bool) throws(CommitError) -> [Outcome?] {
        wroteTail = false
        var outcomes: [Outcome?] = []
        outcomes.reserveCapacity(entries.count)
        let former = (sequence: nextSequence, position: position)
        var isPositionStored = true
        var isCommitting = false
        do throws(SQLiteError) {
            try database.execute("BEGIN IMMEDIATE")
            if tail == nil { tail = try uploads.tail.read() }
            let tailRows = tail?.rows ?? 0
            for item in entries {
                guard item.position > position else {
                    outcomes.append(nil)
                    continue
                }
                // The last number is never given to an entry, so that there is always a next one.
                guard nextSequence < .max else { throw SQLiteError.noNumberLeft }
                let outcome = try apply(
                    item.entry, EntryNumbers(position: item.position, sequence: nextSequence))
                position = item.position
                // An entry's own row contains its position.
                isPositionStored = outcome.takesSequence
                if outcome.takesSequence { nextSequence += 1 }
                outcomes.append(outcome)
            }
            if writesTail { wroteTail = try writeTail(added: (tail?.rows ?? 0) - tailRows) }
            if !isPositionStored, nextSequence > former.sequence { try storePosition() }
            let used = try pages.bytes()
            isCommitting = true
            try database.execute("COMMIT")
            usedBytes = used
            return outcomes
        } catch {
            (nextSequence, position) = former
            tail = nil
            rowsUnderWay = []
            if database.isInTransaction { try? database.execute("ROLLBACK") }
            // On a full disk the log ends before the commit mark, so nothing is committed. If only the index could not
            // grow, the log is complete: a process that reads it after a crash replays it, unless it is overwritten
            // before.
            let isCertain = !isCommitting || error.isFull && !error.leavesIndexBehind
            throw isCertain ? .notStored(error) : .unknown(error)
        }
    }

    /// Whether a transaction has failed and cannot be undone either, so that no other one can begin.
    var isStuck: Bool { database.isInTransaction }

    /// Opens a session, before the journal runs.
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

    var needsCheckpoint: Bool {
        loggedPages.pointee >= (isErasing || hasPrunedTexts ? Self.erasingPages : Self.checkpointPages)
    }

    /// Moves the write-ahead log into the file; later commits overwrite the log from its start.
    ///
    /// - Parameter truncates: whether to truncate the log too, which waits for readers.
    /// - Returns: whether all of it was moved.
    @discardableResult
    func checkpoint(truncates: Bool = false) throws(SQLiteError) -> Bool {
        try Edition.renew(in: database)
        let isWhole = try database.checkpoint(truncates: truncates)
        if isWhole { try Edition.note(in: database) }
        // The next commit sets it again. A reader that blocked this checkpoint is gone by the next one.
        loggedPages.pointee = 0
        return isWhole
    }

    /// Moves the log of a killed server into the file and truncates it, since it may have erased texts, and gives the file a new edition, which no copy has.
    ///
    /// A full disk is no error here: the store can still be read.
    private func begin() throws(SQLiteError) {
        do throws(SQLiteError) {
            try checkpoint(truncates: true)
        } catch {
            if !error.isFull { throw error }
        }
    }

    /// Closes the store; if nobody else has it open, one file remains, without a write-ahead log.
    ///
    /// If that fails, the log stays, and the next start replays it.
    func close() throws(SQLiteError) {
        // A stopping server has little time.
        database.waitForLocks(atMost: .milliseconds(500))
        try Edition.renew(in: database)
        if try database.checkpoint(truncates: true) { database.keepsLog = false }
        database.close()
    }
}

/// The reason why entries are not acknowledged.
enum CommitError: Error {
    case notStored(SQLiteError)
    /// The commit itself failed: the entries may be on the disk or not.
    case unknown(SQLiteError)
}
