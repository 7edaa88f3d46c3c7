import CSQLite
import CSystem
import TweetSystem

/// Saves a store to a file of its own, while a server runs on it or not.
public enum Backup {
    private static let isThere = "it is there already"

    /// Copies all that is committed when the copying begins; what was acknowledged before that is in it.
    ///
    /// The copy is made beside its place under another name, synced, and then given its name: an interrupted run leaves
    /// no file that looks like a backup.
    ///
    /// - Parameters:
    ///   - directory: the data directory.
    ///   - file: must not be there yet; it is made with mode 0600.
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
        // Only then may a restore put other files in the place of these.
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
            throw .cannotWrite(path: file, reason: error.description)
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
            throw .cannotWrite(path: file, reason: error.description)
        }
        do throws(Errno) {
            try copy.putInPlace()
        } catch {
            let reason = error.code == EEXIST ? Self.isThere : error.description
            throw .cannotWrite(path: file, reason: reason)
        }
        return summary
    }

    /// Opens a store for reading.
    ///
    /// The files are looked at as at a start, whether a server has them or not: it may be one that is about to refuse
    /// them. Where no server runs, the last to close the store leaves one file; that is why it is opened for writing. A
    /// server may start meanwhile.
    private static func open(_ directory: String) throws(BackupError) -> Database {
        let path = DataDirectory.storePath(in: directory)
        do throws(StoreError) {
            let lock = try lock(directory)
            // As at a start. Where that is not possible, there is a backup all the same.
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
                // Closing moves the log, which must be told apart from copies of the file that were made before.
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

    /// How often the log of a server that runs is compared with its file.
    private static let looks = 10

    /// Checks the store's files; a server that writes to them may begin another log between two looks at them.
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
