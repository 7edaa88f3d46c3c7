public import TweetJournal
import TweetSystem

/// A store that no server has open, for one change to an account that the operator makes.
///
/// An older store's hashtags are left to the next start of a server: that may take minutes, and reports how far it is.
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
        do throws(CommitError) {
            return try store.append([entry])[0]
        } catch {
            switch error {
            case .notStored(let reason): return .unavailable(reason.description)
            case .unknown(let reason): return .unknown(reason.description)
            }
        }
    }
}
