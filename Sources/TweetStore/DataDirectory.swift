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
        // A lock that root has made would shut out the user who runs the server.
        giveToOwner(lock)
    }

    deinit {
        lock.unlock()
    }

    /// Whether there is a store, made by a server or by the operator.
    public static func exists(at path: String) -> Bool { access(storePath(in: path), F_OK) == 0 }

    private static func lock(_ path: String) throws(Errno) -> Descriptor {
        let lock = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try lock.lockExclusively()
        return lock
    }

    /// Keeps the store's files from being put in place by a restore while a backup has them open, and the other way
    /// round; neither keeps a server from starting.
    ///
    /// It ends with the descriptor. A file system without such locks on directories is not protected so.
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

    /// Where the server of a data directory listens for the operator.
    public static func controlPath(in path: String) -> String { path + "/control" }

    /// Bytes of the longest path that SQLite opens, whose buffer of 512 has to take `-journal` as well.
    private static let longestPath = 504

    var storePath: String { Self.storePath(in: path) }

    static func storePath(in path: String) -> String { sqlitePath(path) + "/" + storeName }

    static let storeName = "store.sqlite"

    /// A path as SQLite reads it: one that begins with `file:` would be a URI to it.
    static func sqlitePath(_ path: String) -> String { path.hasPrefix("/") ? path : "./" + path }

    /// Sees to it that the store's file is there, and that nobody but its owner can read the store's files.
    ///
    /// SQLite makes the companions with the file's mode. Closing a file gives up all locks that the process has on it
    /// (see fcntl(2)), so this comes before SQLite opens them.
    ///
    /// - Throws: ENAMETOOLONG where SQLite would say only that it cannot open the file.
    func prepareStoreFiles() throws(Errno) {
        guard let real = realpath(path, nil) else { throw Errno.current }
        defer { free(real) }
        guard strlen(real) + "/store.sqlite".utf8.count <= Self.longestPath else { throw Errno(code: ENAMETOOLONG) }
        let store = try Descriptor.open(storePath, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        giveToOwner(store)
        try keepStorePrivate()
    }

    /// Sees to it that nobody but its owner can read the store's files, as far as they are there.
    ///
    /// SQLite must not have them open, as in ``prepareStoreFiles()``.
    func keepStorePrivate() throws(Errno) {
        try Self.keepPrivate(lock)
        for companion in ["", "-wal", "-shm", "-journal"] {
            do throws(Errno) {
                try Self.keepPrivate(try Descriptor.open(storePath + companion, O_RDWR | O_NOFOLLOW))
            } catch {
                if error.code != ENOENT { throw error }
            }
        }
    }

    /// Takes a file's permissions away from all but its owner.
    private static func keepPrivate(_ file: borrowing Descriptor) throws(Errno) {
        var status = stat()
        let number = file.number
        try valueOrErrno { fstat(number, &status) }
        let mode = status.st_mode & 0o7777
        // A file that another user owns keeps its mode: only that one may change it.
        guard mode & ~0o600 != 0, geteuid() == 0 || status.st_uid == geteuid() else { return }
        try valueOrErrno { fchmod(number, mode & 0o600) }
    }

    /// Gives a file that root has made to the owner of the store, else of the directory: one of them runs the server.
    ///
    /// SQLite gives its own files so. Where it is not permitted the file stays root's.
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
            // It may be there now: `a/b/` is a name of its own parent, and another server may start as well.
            if mkdir(path, 0o700) != 0, Errno.current.code != EEXIST { throw Errno.current }
        }
        // The new name itself must be on the disk before anything in the directory counts as kept.
        try syncNames(beside: path)
    }

    /// Makes durable which names there are in the directory of a file; see fsync(2).
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
