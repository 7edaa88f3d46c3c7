import CSQLite
import CSystem
import TweetSystem

/// Saves a store to a single file, whether a server runs on it or not.
public enum Backup {
    private static let isThere = "it already exists"

    /// Copies everything that is committed when the copy begins, so everything acknowledged before is in it.
    ///
    /// The copy is made in the same directory under a temporary name, synced, and then renamed: an interrupted run
    /// leaves no file that looks like a backup.
    ///
    /// - Parameters:
    ///   - directory: the data directory.
    ///   - file: must not exist yet; it is created with mode 0600.
    public static func save(_ directory: String, to file: String) throws(BackupError) -> BackupSummary {
        guard DataDirectory.exists(at: directory) else { throw .noStore(directory: directory) }
        guard access(file, F_OK) != 0 else { throw .cannotWrite(path: file, reason: Self.isThere) }
        let contents: Descriptor?
        do throws(StoreError) {
            contents = try DataDirectory.lockContents(of: directory, exclusively: false)
        } catch {
            throw .store(error)
        }
        let store = try open(directory)
        let summary = Result { () throws(BackupError) in try copy(store, of: directory, to: file) }
        // The lock is held until here, so that no restore replaces the files meanwhile.
        store.close()
        _ = consume contents
        return try summary.get()
    }

    private static func copy(
        _ store: Database, of directory: String, to file: String
    ) throws(BackupError) -> BackupSummary {
        let copy: NewFile
        do throws(Errno) {
            copy = try NewFile(for: file)
        } catch {
            throw BackupError(writing: file, error)
        }
        let summary: BackupSummary
        do throws(SQLiteError) {
            let name = copy.path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            try store.execute("VACUUM INTO '\(name)'")
            let saved = try Database(path: copy.path, readOnly: true)
            defer { saved.close() }
            summary = try BackupSummary(saved)
        } catch {
            let isDamaged = error.code & 0xFF == SQLITE_CORRUPT || error.code & 0xFF == SQLITE_NOTADB
            if isDamaged { throw .store(StoreError(error, path: DataDirectory.storePath(in: directory))) }
            if error.isInputOutput { throw .inputOutput(path: file, reason: error.description) }
            throw .cannotWrite(path: file, reason: error.description)
        }
        do throws(Errno) {
            try copy.putInPlace()
        } catch {
            if error.code == EEXIST { throw .cannotWrite(path: file, reason: Self.isThere) }
            throw BackupError(writing: file, error)
        }
        return summary
    }

    /// Opens a store for reading.
    ///
    /// The files are checked as at a server's start, even if a server has them open: that server may be about to refuse
    /// them. The store is opened for writing because, if no server runs, closing it merges the log and leaves one file.
    /// A server may start meanwhile.
    private static func open(_ directory: String) throws(BackupError) -> Database {
        let path = DataDirectory.storePath(in: directory)
        do throws(StoreError) {
            let lock = try lock(directory)
            // As at a server's start; if it fails, the backup is made all the same.
            try? lock?.keepStorePrivate()
            try checkFiles(at: path, isInUse: lock == nil)
            let database: Database
            let state: Schema.State
            do throws(SQLiteError) {
                database = try Database(path: path, readOnly: false)
                state = try Schema.state(of: database)
            } catch {
                throw StoreError(error, path: path)
            }
            switch state {
            case .current: break
            case .older(let version): if version == 0 { throw StoreError.notAStore(path: path) }
            case .newer(let version): throw StoreError.newerSchema(found: version, known: Schema.steps.count)
            case .foreign: throw StoreError.notAStore(path: path)
            }
            do throws(SQLiteError) {
                // Closing moves the log into the file, which must then differ from copies made before.
                if lock != nil { try Edition.renew(in: database) }
            } catch {
                throw StoreError(error, path: path)
            }
            withExtendedLifetime(lock) {}
            return database
        } catch {
            throw .store(error)
        }
    }

    /// The number of attempts to match a running server's log with its file.
    private static let looks = 10

    /// Checks the store's files, several times if in use: a running server may begin another log between two reads.
    private static func checkFiles(at path: String, isInUse: Bool) throws(StoreError) {
        for _ in 1..<(isInUse ? looks : 1) {
            do throws(StoreError) {
                return try StoreHeader.check(path: path)
            } catch {
                guard case .foreignLog = error else { throw error }
            }
        }
        try StoreHeader.check(path: path)
    }

    /// Takes the directory's lock; nil when a server holds it.
    private static func lock(_ directory: String) throws(StoreError) -> DataDirectory? {
        do throws(StoreError) {
            return try DataDirectory(path: directory)
        } catch {
            if case .inUse = error { return nil }
            throw error
        }
    }
}
