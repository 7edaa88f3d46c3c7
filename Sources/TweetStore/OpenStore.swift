public import TweetJournal
public import TweetModel
import TweetSystem

/// A data directory's store, opened for a server: the journal, a reader, and the session.
public final class OpenStore {
    public let journal: LocalJournal
    public let reader: StoreReader
    public let session: Session
    private let directory: DataDirectory

    /// The path at which a server listens for the operator; only users with access to the data directory can reach it.
    public var controlPath: String { directory.controlPath }

    /// Opens the store with a new session, or continues the newest one.
    ///
    /// - Parameters:
    ///   - directory: stays locked as long as this object lives.
    ///   - resume: whether to continue the newest session, if there is one.
    ///   - time: when the session is opened.
    ///   - maximumBytes: the bytes from which on nothing is added; nil without a limit.
    ///   - progress: called repeatedly while the hashtags of an older store are reindexed.
    public convenience init(
        _ directory: DataDirectory, durability: Durability, resume: Bool, time: Timestamp, maximumBytes: Int64? = nil,
        progress: (ReindexProgress) -> Void = { _ in }
    ) throws(StoreError) {
        try self.init(
            directory, durability: durability, resume: resume, time: time, maximumBytes: maximumBytes,
            tailRows: HashtagTail.rowsAtOnce, progress: progress)
    }

    /// - Parameter tailRows: the number of rows of the hashtags' index that are written together.
    init(
        _ directory: DataDirectory, durability: Durability, resume: Bool, time: Timestamp, maximumBytes: Int64? = nil,
        tailRows: Int, progress: (ReindexProgress) -> Void = { _ in }
    ) throws(StoreError) {
        let path = directory.storePath
        do throws(Errno) {
            try directory.prepareStoreFiles()
        } catch {
            throw StoreError(creating: directory.path, error)
        }
        let store = try Store(path: path, durability: durability)
        store.tailRows = tailRows
        do throws(SQLiteError) {
            while let done = try store.reindexMore() { progress(done) }
            let reader = try StoreReader(path: path)
            var found = resume ? try reader.newestSession() : nil
            if found == nil {
                try store.openSession(time: time)
                found = try reader.newestSession()
            }
            guard let found else { throw SQLiteError(code: 0, message: "the new session is not there") }
            self.reader = reader
            session = found
        } catch {
            throw StoreError(error, path: path)
        }
        do throws(Errno) {
            journal = try LocalJournal(store, maximumBytes: maximumBytes)
        } catch {
            throw StoreError(creating: directory.path, error)
        }
        self.directory = directory
    }

    /// Commits the submitted proposals and closes the store; the reader closes first, so that the journal, which closes
    /// last, leaves one file.
    ///
    /// - Parameter other: a journal that passes its entries to the store's own, and is closed before it.
    public func close(after other: (any Journal)? = nil) {
        reader.close()
        other?.close()
        journal.close()
    }
}
