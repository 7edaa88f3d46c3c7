import CSystem
public import TweetModel
import TweetSystem

/// A restore: replaces a data directory's store with a saved one, while no server runs there.
public struct Restore {
    private let directory: DataDirectory
    private let file: String
    private let time: Timestamp
    /// Called between two changes on the disk, at each of which the process may be killed.
    private let betweenSteps: () -> Void

    /// The copy that becomes the store.
    private var copyPath: String { directory.storePath + ".restored" }
    /// The directory in which the previous store is kept; it can be used as a data directory.
    private var keptPath: String {
        directory.path + "/before-" + String(time.text.filter { $0 != "-" && $0 != ":" })
    }

    /// A summary of the restored store, and the directory where the old one is kept, if there was one.
    public typealias Restored = (summary: BackupSummary, kept: String?)

    /// Restores a file.
    ///
    /// The file is copied into the data directory and checked there, so the file itself does not change. The old store
    /// gets a second name, then the copy is renamed over it in one step, then the old log is removed. If the process is
    /// killed, either the old or the new store is there. Between the last two steps the old log lies beside the new
    /// store; every start refuses that (``StoreError/foreignLog(path:)``), and the next restore repairs it.
    ///
    /// - Parameters:
    ///   - file: a backup, or a copy of a store that its server had closed.
    ///   - directory: the data directory; created if it is missing.
    ///   - time: the current time, for the name of the directory that keeps the old store.
    public static func restore(
        _ file: String, into directory: String, time: Timestamp
    ) throws(BackupError) -> Restored {
        try restore(file, into: directory, time: time) {}
    }

    static func restore(
        _ file: String, into directory: String, time: Timestamp, betweenSteps: @escaping () -> Void
    ) throws(BackupError) -> Restored {
        let opened = try openBackup(file)
        let locked: DataDirectory
        let contents: Descriptor?
        do throws(StoreError) {
            locked = try DataDirectory(path: directory)
            contents = try DataDirectory.lockContents(of: directory, exclusively: true)
        } catch {
            throw .store(error)
        }
        // The kept files of the old store keep their mode, so it is fixed first; a file whose mode cannot change can
        // still be replaced.
        try? locked.keepStorePrivate()
        let restore = Restore(directory: locked, file: file, time: time, betweenSteps: betweenSteps)
        let restored = try restore.run(opened)
        _ = consume contents
        return restored
    }

    // MARK: The backup

    /// Opens a file that may be a backup, and makes the checks that need no copy.
    private static func openBackup(_ file: String) throws(BackupError) -> Descriptor {
        let opened: Descriptor
        do throws(Errno) {
            opened = try Descriptor.open(file, O_RDONLY | O_NONBLOCK)
        } catch {
            throw BackupError(reading: file, error)
        }
        var status = stat()
        guard fstat(opened.number, &status) == 0, csystem_is_regular_file(status.st_mode) != 0 else {
            throw .unusable(path: file, reason: "it is not a regular file")
        }
        guard status.st_size > 0 else { throw .unusable(path: file, reason: "it is empty") }
        for companion in ["-wal", "-journal"] where StoreHeader.size(of: file + companion) > 0 {
            throw .unusable(
                path: file,
                reason: "a part of it is in \(file)\(companion); save it with --data DIR --backup FILE first")
        }
        do throws(StoreError) {
            try StoreHeader.check(path: file, withLog: false)
        } catch {
            throw unusable(file, error)
        }
        return opened
    }

    /// A newer version's backup is refused as a newer version's store is.
    private static func unusable(_ file: String, _ error: StoreError) -> BackupError {
        switch error {
        case .newerSchema: .store(error)
        case .inputOutput(_, let reason): .inputOutput(path: file, reason: reason)
        case .notAStore: .unusable(path: file, reason: "it is not a ttweet store")
        default: .unusable(path: file, reason: error.description)
        }
    }

    // MARK: The steps

    private func run(_ backup: borrowing Descriptor) throws(BackupError) -> Restored {
        guard !isStore(backup) else { throw .unusable(path: file, reason: "it is the store of \(directory.path)") }
        removeCopy()
        do throws(BackupError) {
            try copyBackup(backup)
            let summary = try checkCopy()
            betweenSteps()
            let kept = try writing { () throws(Errno) in try keepStore() }
            try writing { () throws(Errno) in try replaceStore() }
            return (summary, kept)
        } catch {
            removeCopy()
            throw error
        }
    }

    private func writing<Value: ~Copyable>(_ step: () throws(Errno) -> Value) throws(BackupError) -> Value {
        do throws(Errno) {
            return try step()
        } catch {
            throw BackupError(writing: directory.path, error)
        }
    }

    private func isStore(_ backup: borrowing Descriptor) -> Bool {
        guard let store = try? Descriptor.open(directory.storePath, O_RDONLY | O_NONBLOCK) else { return false }
        return LogStream.isSame(store.number, backup.number)
    }

    /// Removes the files of an earlier run that was killed.
    private func removeCopy() {
        for companion in ["", "-wal", "-shm", "-journal"] { unlink(copyPath + companion) }
    }

    private func copyBackup(_ backup: borrowing Descriptor) throws(BackupError) {
        let target = try writing { () throws(Errno) in try Descriptor.open(copyPath, Self.newFile, mode: 0o600) }
        do throws(CopyError) {
            try copy(backup, to: target)
        } catch {
            switch error {
            case .reading(let reason): throw BackupError(reading: file, reason)
            case .writing(let reason): throw BackupError(writing: directory.path, reason)
            }
        }
    }

    private static let newFile = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW

    private func copy(_ source: borrowing Descriptor, to copy: borrowing Descriptor) throws(CopyError) {
        directory.giveToOwner(copy)
        try source.copyRest(to: copy)
        let number = copy.number
        do throws(Errno) {
            try valueOrErrno { fsync(number) }
        } catch {
            throw .writing(error)
        }
    }

    /// Checks that the copy is a complete store, and brings it into one file with an edition of its own.
    private func checkCopy() throws(BackupError) -> BackupSummary {
        let checked: Result<BackupSummary, BackupError>
        do throws(SQLiteError) {
            let copy = try Database(path: copyPath, readOnly: false)
            defer { copy.close() }
            if let refusal = try refusal(of: copy) {
                checked = .failure(refusal)
            } else {
                try Edition.renew(in: copy)
                checked = .success(try BackupSummary(copy))
            }
        } catch {
            if error.isFull { throw .cannotWrite(path: directory.path, reason: error.description) }
            // The copy is in the directory.
            if error.isInputOutput { throw .inputOutput(path: directory.path, reason: error.description) }
            throw .unusable(path: file, reason: error.description)
        }
        return try checked.get()
    }

    /// The reason why a server could not use the copy; nil if it could.
    private func refusal(of copy: Database) throws(SQLiteError) -> BackupError? {
        switch try Schema.state(of: copy) {
        case .newer(let version): return .store(.newerSchema(found: version, known: Schema.steps.count))
        case .foreign, .older(version: 0): return .unusable(path: file, reason: "it is not a ttweet store")
        case .current, .older: break
        }
        let found = try copy.prepare("PRAGMA integrity_check(1)").first { $0.text(0) ?? "" } ?? ""
        return found == "ok" ? nil : .unusable(path: file, reason: "it is damaged: \(found)")
    }

    /// Gives the old store a second name, in a directory of its own.
    ///
    /// - Returns: the directory; nil if there was no store.
    private func keepStore() throws(Errno) -> String? {
        let names = ["", "-wal", "-journal"].filter { access(directory.storePath + $0, F_OK) == 0 }
        guard !names.isEmpty else { return nil }
        let path = keptPath
        try valueOrErrno { mkdir(path, 0o700) }
        // The directory is opened without following a link: its owner, who may have fewer rights than this process,
        // could have replaced it.
        let kept = try Descriptor.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        directory.giveToOwner(kept)
        betweenSteps()
        for name in names {
            try keep(directory.storePath + name, in: kept, as: DataDirectory.storeName + name)
            betweenSteps()
        }
        let number = kept.number
        try valueOrErrno { fsync(number) }
        try DataDirectory.syncNames(beside: directory.storePath)
        return path
    }

    /// Gives a file a second name in another directory; copies it if the file system does not support hard links.
    private func keep(_ path: String, in kept: borrowing Descriptor, as name: String) throws(Errno) {
        if linkat(AT_FDCWD, path, kept.number, name, 0) == 0 { return }
        let error = Errno.current
        guard error.meansNoLinks else { throw error }
        let old = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW)
        let new = try kept.open(name, Self.newFile, mode: 0o600)
        do throws(CopyError) {
            try copy(old, to: new)
        } catch {
            throw error.reason
        }
    }

    /// Renames the copy over the store, and removes the companion files of the old one.
    private func replaceStore() throws(Errno) {
        let (copy, store) = (copyPath, directory.storePath)
        // SQLite would apply a journal to whatever file is there. A store has one only briefly, during its first start.
        try remove("-journal")
        try valueOrErrno { csystem_rename(copy, store) }
        try DataDirectory.syncNames(beside: store)
        betweenSteps()
        try remove("-wal")
        betweenSteps()
        try remove("-shm")
        try DataDirectory.syncNames(beside: store)
    }

    private func remove(_ companion: String) throws(Errno) {
        if unlink(directory.storePath + companion) != 0, Errno.current.code != ENOENT { throw Errno.current }
    }
}
