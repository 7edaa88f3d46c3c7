import CSystem
import TweetSystem

/// A server's own directory: created if it is missing, and locked against a second server as long as this object lives.
public final class DataDirectory {
    public let path: String
    /// Holds the lock: an flock(2) lock ends with its process, however that ends, so it cannot become stale.
    private let lock: Descriptor

    /// Creates the directory and its parents with mode 0700, and takes the lock.
    ///
    /// - Throws: ``StoreError/cannotCreate(path:reason:)``, ``StoreError/inputOutput(path:reason:)`` and
    ///   ``StoreError/inUse(path:)``.
    public init(path: String) throws(StoreError) {
        self.path = path
        do throws(Errno) {
            try Self.create(path)
            lock = try Self.lock(path + "/lock")
        } catch {
            throw error.wouldBlock ? .inUse(path: path) : StoreError(creating: path, error)
        }
        // A lock file that belongs to root would lock out the user who runs the server.
        giveToOwner(lock)
    }

    deinit {
        lock.unlock()
    }

    /// Whether the directory has a store, created by a server or by the operator.
    public static func exists(at path: String) -> Bool { access(storePath(in: path), F_OK) == 0 }

    private static func lock(_ path: String) throws(Errno) -> Descriptor {
        let lock = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try lock.lockExclusively()
        return lock
    }

    /// Locks the directory's files, so that a restore does not replace them while a backup reads them; a server can
    /// start all the same.
    ///
    /// The lock ends with the descriptor. On a file system without such locks on directories there is no protection.
    static func lockContents(of path: String, exclusively: Bool) throws(StoreError) -> Descriptor? {
        guard let directory = try? Descriptor.open(path, O_RDONLY | O_DIRECTORY) else { return nil }
        do throws(Errno) {
            if exclusively { try directory.lockExclusively() } else { try directory.lockShared() }
        } catch {
            if error.wouldBlock { throw .inUse(path: path) }
            return nil
        }
        return directory
    }

    public var controlPath: String { Self.controlPath(in: path) }

    /// The path of the socket at which a directory's server listens for the operator.
    public static func controlPath(in path: String) -> String { path + "/control" }

    /// Bytes of the longest path that SQLite can open: its buffer of 512 must also hold `-journal`.
    private static let longestPath = 504

    var storePath: String { Self.storePath(in: path) }

    static func storePath(in path: String) -> String { sqlitePath(path) + "/" + storeName }

    static let storeName = "store.sqlite"

    /// A path in a form that SQLite accepts: it would take one that begins with `file:` for a URI.
    static func sqlitePath(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

    /// Creates the store's file if it is missing, and makes the store's files readable only by their owner.
    ///
    /// SQLite creates the companion files with the same mode. Closing a file releases all locks that the process has on
    /// it (see fcntl(2)), so this comes before SQLite opens them.
    ///
    /// - Throws: ENAMETOOLONG if the path is too long for SQLite, whose own error would not say so.
    func prepareStoreFiles() throws(Errno) {
        guard let real = realpath(path, nil) else { throw Errno.current }
        defer { free(real) }
        guard strlen(real) + "/store.sqlite".utf8.count <= Self.longestPath else { throw Errno(code: ENAMETOOLONG) }
        let store = try Descriptor.open(storePath, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        giveToOwner(store)
        try keepStorePrivate()
    }

    /// Makes the existing store files readable only by their owner.
    ///
    /// SQLite must not have them open, as in ``prepareStoreFiles()``.
    ///
    /// - Throws: why the first one cannot be made private; the others are all the same.
    func keepStorePrivate() throws(Errno) {
        try Self.keepPrivate(lock)
        var failure: Errno?
        for companion in ["", "-wal", "-shm", "-journal"] {
            do throws(Errno) {
                try Self.keepPrivate(try Descriptor.open(storePath + companion, O_RDWR | O_NOFOLLOW))
            } catch {
                if error.code != ENOENT { failure = failure ?? error }
            }
        }
        if let failure { throw failure }
    }

    /// Removes a file's permissions for everybody but its owner.
    private static func keepPrivate(_ file: borrowing Descriptor) throws(Errno) {
        var status = stat()
        let number = file.number
        try valueOrErrno { fstat(number, &status) }
        let mode = status.st_mode & 0o7777
        // A file of another user keeps its mode, which only its owner may change.
        guard mode & ~0o600 != 0, geteuid() == 0 || status.st_uid == geteuid() else { return }
        try valueOrErrno { fchmod(number, mode & 0o600) }
    }

    /// Gives a file that root created to the owner of the store, or else of the directory: that user runs the server.
    ///
    /// SQLite does the same with its own files. If it is not permitted, the file stays root's.
    func giveToOwner(_ file: borrowing Descriptor) {
        var owner = stat()
        var status = stat()
        guard geteuid() == 0, fstat(file.number, &status) == 0, status.st_uid == 0 else { return }
        guard stat(storePath, &owner) == 0 && owner.st_uid != 0 || stat(path, &owner) == 0 else { return }
        if owner.st_uid != 0 { _ = fchown(file.number, owner.st_uid, owner.st_gid) }
    }

    private static func create(_ path: String) throws(Errno) {
        if mkdir(path, 0o700) != 0 {
            let error = Errno.current
            if error.code == EEXIST { return }
            guard error.code == ENOENT, let parent = parent(of: path) else { throw error }
            try create(parent)
            // The directory may exist by now: `a/b/` names its own parent, and another server may be starting as well.
            if mkdir(path, 0o700) != 0, Errno.current.code != EEXIST { throw Errno.current }
        }
        // The new name must be on the disk before anything in the directory is durable.
        try syncNames(beside: path)
    }

    /// Syncs the directory that contains a file, which makes its names durable; see fsync(2).
    static func syncNames(beside path: String) throws(Errno) {
        let directory = try Descriptor.open(parent(of: path) ?? ".", O_RDONLY)
        let number = directory.number
        try valueOrErrno { fsync(number) }
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
