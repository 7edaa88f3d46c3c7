public import TweetJournal
import TweetSystem

/// A store that no server has open, for one change to an account by the operator.
///
/// Reindexing an older store's hashtags is left to the next start of a server, since it may take minutes, and a server
/// reports its progress.
public enum OfflineStore {
    /// Applies an entry and makes it durable.
    ///
    /// - Parameter directory: locked, so that no server can start meanwhile.
    public static func commit(_ entry: Entry, in directory: DataDirectory) throws(StoreError) -> Outcome {
        do throws(Errno) {
            try directory.prepareStoreFiles()
        } catch {
            throw StoreError(creating: directory.path, error)
        }
        let store = try Store(path: directory.storePath, durability: .full)
        // If that fails, the log stays, and the next start replays it.
        defer { try? store.close() }
        do throws(CommitError) {
            let outcome = try store.append([entry])[0]
            // Whatever is left, the next start continues with it.
            while case .underWay? = try? store.eraseMore() {}
            return outcome
        } catch {
            switch error {
            case .notStored(let reason) where reason.isInputOutput: throw StoreError(reason, path: directory.storePath)
            case .notStored(let reason): return .unavailable(reason.description)
            case .unknown(let reason): return .unknown(reason.description)
            }
        }
    }
}
