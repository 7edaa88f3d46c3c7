import CSystem
import TweetSystem

/// A server's own directory: made if it is missing, locked against a second server as long as the owner lives.
public final class DataDirectory {
    public let path: String
    /// Holds the lock: flock(2) ends with the process, however that ends, so a stale one cannot be.
    private let lock: Descriptor

    /// Makes the directory (0700, its parents too), and takes the lock.
    ///
    /// - Throws: ``StoreError/cannotCreate(path:reason:)`` and ``StoreError/inUse(path:)``.
    public init(path: String) throws(StoreError) {
        self.path = path
        do throws(Errno) {
            try Self.create(path)
            lock = try Self.lock(path + "/lock")
        } catch {
            throw error.wouldBlock ? .inUse(path: path) : .cannotCreate(path: path, reason: error.description)
        }
    }

    /// Whether there is a store, made by a server or by the operator.
    public static func exists(at path: String) -> Bool { access(storePath(in: path), F_OK) == 0 }

    private static func lock(_ path: String) throws(Errno) -> Descriptor {
        let lock = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        let number = lock.number
        try valueOrErrno { flock(number, LOCK_EX | LOCK_NB) }
        return lock
    }

    public var controlPath: String { Self.controlPath(in: path) }

    /// Where the server of a data directory listens for the operator.
    public static func controlPath(in path: String) -> String { path + "/control" }

    var storePath: String { Self.storePath(in: path) }

    /// SQLite takes a name that begins with `file:` for a URI, so none does.
    static func storePath(in path: String) -> String {
        (path.hasPrefix("/") ? "" : "./") + path + "/store.sqlite"
    }

    /// Sees to it that the store's file is there with mode 0600, which SQLite gives its companions too.
    func createStoreFile() throws(Errno) {
        _ = try Descriptor.open(storePath, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
    }

    private static func create(_ path: String) throws(Errno) {
        if mkdir(path, 0o700) != 0 {
            let error = Errno.current
            if error.code == EEXIST { return }
            guard error.code == ENOENT, let parent = parent(of: path) else { throw error }
            try create(parent)
            // It may be there now: `a/b/` is a name of its own parent, and another server may start as well.
            if mkdir(path, 0o700) != 0, Errno.current.code != EEXIST { throw Errno.current }
        }
        // The new name itself must be on the disk before anything in the directory counts as kept; see fsync(2).
        let directory = try Descriptor.open(parent(of: path) ?? ".", O_RDONLY)
        let number = directory.number
        try valueOrErrno { fsync(number) }
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
