import TweetSystem

/// A store that no server has open, for one change that the operator makes.
public enum OfflineStore {
    /// Applies an entry and makes it durable.
    ///
    /// - Parameter directory: locked, so that no server can start meanwhile.
    public static func commit(_ entry: Entry, in directory: DataDirectory) throws(StoreError) -> Outcome {
        do throws(Errno) {
            try directory.prepareStoreFiles()
        } catch {
            throw .cannotCreate(path: directory.path, reason: error.description)
        }
        let store = try Store(path: directory.storePath, durability: .full)
        // Where that fails the log stays, and the next start replays it.
        defer { try? store.close() }
        do throws(SQLiteError) {
            while try store.reindexMore() != nil {}
        } catch {
            throw StoreError(error, path: directory.storePath)
        }
        do throws(CommitError) {
            return try store.commit([entry])[0]
        } catch {
            switch error {
            case .notStored(let reason): return .unavailable(reason.description)
            case .unknown(let reason): return .unknown(reason.description)
            }
        }
    }
}
